// Saving what the page holds into the person's downloads.

/** Milliseconds the bytes stay reachable for the browser's download: it reads a large file long after the click. */
const kept = 10 * 60 * 1000

export function save(file: Blob, name: string): void {
  const url = URL.createObjectURL(file)
  const anchor = document.createElement('a')
  anchor.href = url
  anchor.download = name
  document.body.append(anchor)
  anchor.click()
  anchor.remove()
  setTimeout(() => {
    URL.revokeObjectURL(url)
  }, kept)
}
