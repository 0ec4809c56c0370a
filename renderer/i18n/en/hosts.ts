// Words of this room.

export const hosts = {
  title: 'Hosts',
}
