// Words of this room.

export const terminal = {
  title: 'Terminal',
}
