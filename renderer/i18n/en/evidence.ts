// Words of this room.

export const evidence = {
  title: 'Evidence',
}
