// Files that go with an answer: sent to the program as they are chosen, so that the answer itself is quick and a full disk is said before it.

import { useEffect, useRef, useState } from 'react'
import { isTourniquetError } from '../../../main/core/errors.ts'
import { wire } from '../../state/session.ts'
import { failureOf } from '../../ui/attempt.ts'
import type { Failure } from '../../ui/kit.tsx'

/** As many as an answer takes. */
export const mostAttachments = 16

export interface Attachment {
  readonly key: number
  readonly name: string
  /** bytes */
  readonly size: number
  readonly done: number
  readonly state: 'sending' | 'there' | 'failed'
  /** what the answer names it by, once it is there */
  readonly upload: string | null
  readonly sha256: string | null
  readonly error: Failure | null
}

export interface Attachments {
  readonly files: readonly Attachment[]
  readonly add: (files: readonly File[]) => void
  /** Also stops one that is being sent. */
  readonly remove: (key: number) => void
}

let last = 0

export function useAttachments(): Attachments {
  const [files, setFiles] = useState<readonly Attachment[]>([])
  const sending = useRef(new Map<number, AbortController>())
  useEffect(() => {
    const all = sending.current
    return () => {
      for (const one of all.values()) one.abort()
    }
  }, [])
  const change = (key: number, to: Partial<Attachment>): void => {
    setFiles((before) => before.map((one) => (one.key === key ? { ...one, ...to } : one)))
  }
  const send = async (key: number, file: File): Promise<void> => {
    const stop = new AbortController()
    sending.current.set(key, stop)
    try {
      const { upload, sha256 } = await wire().send(
        'upload',
        { name: file.name.slice(0, 512), size: file.size },
        bytesOf(file, (done) => {
          change(key, { done })
        }),
        { signal: stop.signal },
      )
      change(key, { state: 'there', upload, sha256 })
    } catch (cause) {
      if (!isTourniquetError(cause, 'cancelled')) change(key, { state: 'failed', error: failureOf(cause) })
    } finally {
      sending.current.delete(key)
    }
  }
  return {
    files,
    add: (chosen) => {
      const room = chosen.slice(0, Math.max(0, mostAttachments - files.length))
      const added = room.map((file) => ({ key: (last += 1), file }))
      setFiles((before) => [...before, ...added.map(({ key, file }) => start(key, file))])
      for (const { key, file } of added) void send(key, file)
    },
    remove: (key) => {
      sending.current.get(key)?.abort()
      setFiles((before) => before.filter((one) => one.key !== key))
    },
  }
}

function start(key: number, { name, size }: File): Attachment {
  return { key, name, size, done: 0, state: 'sending', upload: null, sha256: null, error: null }
}

/** The file piece by piece: it may be larger than memory. */
async function* bytesOf(file: File, told: (done: number) => void): AsyncGenerator<Uint8Array> {
  const reader = file.stream().getReader()
  let done = 0
  try {
    for (;;) {
      const piece = await reader.read()
      if (piece.done) return
      yield piece.value
      done += piece.value.length
      told(done)
    }
  } finally {
    await reader.cancel().catch(() => undefined) // it was read to its end, or nobody wants the rest
  }
}
