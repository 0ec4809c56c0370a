// Run inside the hidden window of `--self-test`: what the page can and cannot do there. Resolves to one object a check, with the same shape as in the program.
;(async () => {
  const checks = []
  const check = async (name, look) => {
    try {
      checks.push({ name, ok: true, detail: String(await look()) })
    } catch (cause) {
      checks.push({ name, ok: false, detail: String(cause && cause.message ? cause.message : cause) })
    }
  }
  const refused = async (what, attempt) => {
    let came
    try {
      came = await attempt()
    } catch {
      return `${what} refused`
    }
    throw new Error(`${what} was allowed (${String(came)})`)
  }
  const must = (holds, otherwise) => {
    if (!holds) throw new Error(otherwise)
  }

  await check('page-policy', async () => {
    const policy = (await fetch(location.href)).headers.get('content-security-policy') ?? ''
    must(policy.startsWith("default-src 'none'; script-src 'self';"), `policy: ${policy || 'none'}`)
    return policy
  })
  await check('page-eval', () => refused('eval', () => new Function('return 1')()))
  await check('page-wasm', () =>
    refused('WebAssembly', () => WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))),
  )
  await check('page-network', () => refused('a request elsewhere', () => fetch('https://example.invalid/')))
  await check('page-sandbox', () => {
    const seen = ['process', 'require', 'module', 'Buffer', 'global'].filter((name) => name in globalThis)
    must(seen.length === 0, `the page sees ${seen.join(', ')}`)
    const given = Object.keys(window.tourniquet)
    must(given.join() === 'connect', `the preload gives ${given.join(', ')}`)
    return 'no Node, one function'
  })
  await check('page-window', () => {
    must(window.open('https://example.invalid/') === null, 'a window opened')
    return 'no window opens'
  })
  await check('page-indexeddb', async () => {
    const done = (request) =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error)
      })
    const opening = indexedDB.open('self-test', 1)
    opening.onupgradeneeded = () => opening.result.createObjectStore('bytes')
    const db = await done(opening)
    const writing = db.transaction('bytes', 'readwrite', { durability: 'strict' })
    writing.objectStore('bytes').put(new Blob([new Uint8Array(100_000).fill(7)]), 'key')
    await new Promise((resolve, reject) => {
      writing.oncomplete = resolve
      writing.onabort = () => reject(writing.error)
    })
    const blob = await done(db.transaction('bytes').objectStore('bytes').get('key'))
    const bytes = new Uint8Array(await blob.arrayBuffer())
    db.close()
    await done(indexedDB.deleteDatabase('self-test'))
    must(bytes.length === 100_000 && bytes.every((byte) => byte === 7), 'other bytes came back')
    return `kept and read; persistent storage ${(await navigator.storage.persist()) ? 'granted' : 'refused'}`
  })
  await check('page-crypto', async () => {
    const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt'])
    const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: new Uint8Array(12) }, key, new Uint8Array(10))
    must(sealed.byteLength === 26, 'AES-GCM made another size')
    return 'a secure context with AES-GCM'
  })
  await check('page-wire', async () => {
    const port = await new Promise((resolve, reject) => {
      setTimeout(() => reject(new Error('no port came')), 5000)
      addEventListener('message', ({ source, data, ports }) => {
        if (source === window && data === 'tourniquet-wire') resolve(ports[0])
      })
      window.tourniquet.connect()
    })
    const echo = (message) =>
      new Promise((resolve, reject) => {
        setTimeout(() => reject(new Error('no echo came')), 5000)
        port.onmessage = ({ data }) => resolve(data)
        port.postMessage(message)
      })
    must((await echo('text 止血')) === 'text 止血', 'text came back otherwise')
    const bytes = await echo(new Uint8Array([1, 0, 255]))
    must(bytes instanceof Uint8Array && [...bytes].join() === '1,0,255', 'bytes came back otherwise')
    port.close()
    return 'text and bytes go both ways'
  })
  return checks
})()
