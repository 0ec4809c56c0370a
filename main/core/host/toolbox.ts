// The tools we bring, as the core sees them: bytes with digests. An adapter reads them from resources/toolbox and has checked them against SHA256SUMS.

export type Arch = 'x86_64' | 'aarch64'

/** A static executable. `name` is its file name on the host; busybox must be called `busybox`, because it picks its applet by its own name. */
export interface Tool {
  readonly name: string
  readonly bytes: Uint8Array
  /** lower-case hex */
  readonly sha256: string
}

/** Every toolbox holds `busybox`; the others (`getfattr`, `setfattr`, `stat` with birth time) stand beside it and are reached as `"$PATH/stat"`. */
export type Toolbox = Readonly<Partial<Record<Arch, readonly Tool[]>>>
