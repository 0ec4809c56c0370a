// Words of this room.

export const cases = {
  title: 'Cases',
}
