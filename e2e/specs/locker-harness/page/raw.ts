// The tables of the locker seen and changed past the locker, as somebody with a debugger or a failing disk would.

import type { Calls } from '../calls.ts'

type Raw = Pick<Calls, 'raw' | 'damage' | 'forge' | 'bundles' | 'bare'>

const locker = 'tourniquet-locker'

interface Chunk {
  readonly caseId: string
  readonly sha256: string
  readonly index: number
  readonly sealed: Blob | Uint8Array<ArrayBuffer>
}

export const raw: Raw = {
  raw: async () => {
    const db = await open(locker)
    const exhibits = await all<{ sha256: string }>(db, 'exhibits')
    const chunks: Record<string, number> = {}
    let plain = false
    for (const { sha256, sealed } of await all<Chunk>(db, 'chunks')) {
      chunks[sha256] = (chunks[sha256] ?? 0) + 1
      const text = new TextDecoder('latin1').decode(await bytes(sealed))
      plain ||= text.includes('PLAIN-MARK')
    }
    const journal = (await all(db, 'journal')).length
    db.close()
    return { exhibits: exhibits.map(({ sha256 }) => sha256), chunks, journal, plain }
  },
  damage: async (sha256, index, how) => {
    const db = await open(locker)
    const chunk = (await all<Chunk>(db, 'chunks')).find((one) => one.sha256 === sha256 && one.index === index)
    if (chunk === undefined) throw new Error('no such chunk')
    const changed = (await bytes(chunk.sealed)).slice()
    changed[5] = (changed[5] ?? 0) ^ 1
    await write(db, 'chunks', (store) => {
      if (how === 'remove') store.delete([chunk.caseId, sha256, index])
      else store.put({ ...chunk, sealed: chunk.sealed instanceof Blob ? new Blob([changed]) : changed })
    })
    db.close()
  },
  forge: async (chain, seq) => {
    const db = await open(locker)
    const rows = await all<{ chain: string; seq: number; event: { at: string } }>(db, 'journal')
    const row = rows.find((one) => one.chain === chain && one.seq === seq)
    if (row === undefined) throw new Error('no such event')
    await write(db, 'journal', (store) => {
      store.put({ ...row, event: { ...row.event, at: '2001-01-01T00:00:00.000Z' } })
    })
    db.close()
  },
  bundles: async () => {
    const root = await navigator.storage.getDirectory()
    const folder = await root.getDirectoryHandle('bundles', { create: true })
    const names: string[] = []
    for await (const name of folder.keys()) names.push(name)
    return names
  },
  bare: async (mebibytes) => {
    const request = indexedDB.open('bare', 1)
    request.onupgradeneeded = () => {
      request.result.createObjectStore('chunks')
    }
    const db = await done(request)
    const chunk = new Uint8Array(4 * 1024 * 1024)
    for (let at = 0; at < chunk.length; at += 65_536) crypto.getRandomValues(chunk.subarray(at, at + 65_536))
    const began = performance.now()
    for (let key = 0; key < mebibytes / 4; key += 4) {
      const blobs = [0, 1, 2, 3].map((n) => {
        chunk[0] = key + n
        return new Blob([chunk])
      })
      await write(
        db,
        'chunks',
        (store) => {
          for (const [n, blob] of blobs.entries()) store.put(blob, key + n)
        },
        'strict',
      )
    }
    const ms = performance.now() - began
    db.close()
    await done(indexedDB.deleteDatabase('bare'))
    return ms
  },
}

async function bytes(sealed: Blob | Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return sealed instanceof Blob ? new Uint8Array(await sealed.arrayBuffer()) : sealed
}

function open(name: string): Promise<IDBDatabase> {
  return done(indexedDB.open(name))
}

function all<T>(db: IDBDatabase, name: string): Promise<T[]> {
  return done(db.transaction(name).objectStore(name).getAll()) as Promise<T[]>
}

function write(
  db: IDBDatabase,
  name: string,
  work: (store: IDBObjectStore) => void,
  durability: 'strict' | 'default' = 'default',
): Promise<void> {
  return new Promise((resolve, reject) => {
    const transaction = db.transaction(name, 'readwrite', { durability })
    transaction.oncomplete = () => {
      resolve()
    }
    transaction.onabort = () => {
      reject(transaction.error ?? new Error('aborted'))
    }
    work(transaction.objectStore(name))
  })
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => {
      resolve(request.result)
    }
    request.onerror = () => {
      reject(request.error ?? new Error('failed'))
    }
  })
}
