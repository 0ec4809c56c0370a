// Words of this room.

export const timeline = {
  title: 'Timeline',
}
