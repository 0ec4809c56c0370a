// What carries a contract between page and main: whole messages in order, text for control and bytes for streams. A MessagePort and a WebSocket
// both look like this, and carry the very same messages. No limit is trusted to the other side.

/** One end of a link. Messages arrive in the order they were posted, or the wire closes. */
export interface Wire {
  /** Never throws and never waits; after the end it does nothing. */
  post(message: string | Uint8Array): void
  /** Called once, before any message is delivered. Listeners must not throw. `closed` is called once, also for a close from this side. */
  listen(listeners: {
    readonly message: (message: string | Uint8Array) => void
    readonly closed: (detail: string) => void
  }): void
  /** `detail` reaches the other side where the transport can carry it; at most 120 characters of it. */
  close(detail: string): void
}

/** Bytes of one control message to main: a playbook to lint or a list of indicators is the longest. */
export const maxToMain = 1024 * 1024
/** Bytes of one control message to the page: a page of findings with the longest command lines. */
export const maxToPage = 8 * 1024 * 1024
/** Payload of one byte frame: large enough for full speed, small enough that a control message never waits long behind one. */
export const maxFrame = 256 * 1024
/** type, stream, sequence */
export const frameHeader = 9

const dataFrame = 1

export interface Frame {
  readonly stream: number
  readonly seq: number
  readonly bytes: Uint8Array
}

export function encodeFrame({ stream, seq, bytes }: Frame): Uint8Array {
  const message = new Uint8Array(frameHeader + bytes.length)
  const view = new DataView(message.buffer)
  view.setUint8(0, dataFrame)
  view.setUint32(1, stream)
  view.setUint32(5, seq)
  message.set(bytes, frameHeader)
  return message
}

/** Null when it is not a frame of ours: wrong type, empty, or longer than a frame may be. The payload is not copied. */
export function decodeFrame(message: Uint8Array): Frame | null {
  if (message.length <= frameHeader || message.length > frameHeader + maxFrame) return null
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength)
  if (view.getUint8(0) !== dataFrame) return null
  return { stream: view.getUint32(1), seq: view.getUint32(5), bytes: message.subarray(frameHeader) }
}

/** True when the text takes more than `limit` bytes in UTF-8; counts only when it could. */
export function exceeds(text: string, limit: number): boolean {
  if (text.length > limit) return true
  return text.length * 3 > limit && new TextEncoder().encode(text).length > limit
}
