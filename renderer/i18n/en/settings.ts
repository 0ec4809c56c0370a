// Words of this room.

export const settings = {
  title: 'Settings',
}
