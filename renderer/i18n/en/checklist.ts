// Words of this room.

export const checklist = {
  title: 'Checklist',
}
