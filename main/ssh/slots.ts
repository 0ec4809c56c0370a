// A counted set of places, first come first served. Closing it wakes everyone who waits with the same refusal.

export class Slots {
  private free: number
  private readonly waiting: { readonly go: () => void; readonly refuse: (error: Error) => void }[] = []
  private closed: (() => Error) | null = null

  constructor(places: number) {
    this.free = places
  }

  /** Resolves with a place. Rejects with what `close` was given. */
  take(): Promise<void> {
    if (this.closed) return Promise.reject(this.closed())
    if (this.free > 0) {
      this.free--
      return Promise.resolve()
    }
    return new Promise((go, refuse) => this.waiting.push({ go, refuse }))
  }

  /** Gives a place back: to the longest waiting, if any. */
  give(): void {
    const next = this.waiting.shift()
    if (next) next.go()
    else this.free++
  }

  close(why: () => Error): void {
    this.closed ??= why
    for (const { refuse } of this.waiting.splice(0)) refuse(why())
  }
}
