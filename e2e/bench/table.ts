// Figures on a terminal: plain text, the first column to the left, the others to the right, never wider than 80 columns.

const width = 80

/** Throws when a row is wider than a terminal: a table that wraps cannot be read. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)))
  const lines = all.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
  const wide = lines.find((line) => line.length > width)
  if (wide !== undefined) throw new Error(`wider than ${width} columns: ${wide}`)
  return `${[lines[0] ?? '', '-'.repeat(Math.max(...lines.map((line) => line.length))), ...lines.slice(1)].join('\n')}\n`
}

export function verdict(met: boolean): string {
  return met ? 'met' : 'MISSED'
}
