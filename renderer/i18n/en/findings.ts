// Words of this room.

export const findings = {
  title: 'Triage',
}
