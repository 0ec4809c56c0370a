// Words of this room.

export const report = {
  title: 'Report and export',
}
