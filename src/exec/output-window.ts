import { cutMark } from '../core/text/cut.ts'

const HEAD_BYTES = 16 * 1024
const TAIL_BYTES = 48 * 1024

/** Output up to this size stays whole. */
const WINDOW_BYTES = HEAD_BYTES + TAIL_BYTES

/** Bytes as text: what is no UTF-8 becomes U+FFFD, NUL is dropped. Pure. */
export function decodeOutput(bytes: Buffer, end: number): string {
  if (end === 0) return ''
  const text = bytes.toString('utf8', 0, end)
  return text.includes('\0') ? text.replaceAll('\0', '') : text
}

// Where a ring is laid out straight, only to be decoded at once: one for all.
const unrolled = Buffer.allocUnsafeSlow(TAIL_BYTES)

/**
 * The first 16 KiB and the last 48 KiB of what a command prints, in a fixed 64 KiB of memory.
 * The head stays; the tail is a ring in which a byte's place follows from its place in the whole output.
 */
export class OutputWindow {
  readonly #bytes = Buffer.allocUnsafeSlow(WINDOW_BYTES)
  #totalBytes = 0

  clear(): void {
    this.#totalBytes = 0
  }

  /** Adds the first `byteCount` of `bytes`. Copies without making views: a flood would make thousands a second. */
  append(bytes: Buffer, byteCount: number): void {
    const headCount = Math.min(byteCount, Math.max(0, HEAD_BYTES - this.#totalBytes))
    if (headCount > 0) bytes.copy(this.#bytes, this.#totalBytes, 0, headCount)
    this.#totalBytes += byteCount
    const tailCount = Math.min(byteCount - headCount, TAIL_BYTES)
    if (tailCount === 0) return
    const from = byteCount - tailCount
    const place = (this.#totalBytes - tailCount - HEAD_BYTES) % TAIL_BYTES
    const untilWrap = Math.min(tailCount, TAIL_BYTES - place)
    bytes.copy(this.#bytes, HEAD_BYTES + place, from, from + untilWrap)
    bytes.copy(this.#bytes, HEAD_BYTES, from + untilWrap, byteCount)
  }

  /** Whole UTF-8 sequences, with a mark where something was cut. */
  text(): string {
    if (this.#totalBytes <= WINDOW_BYTES) return decodeOutput(this.#bytes, this.#totalBytes)
    const headEnd = utf8EdgeBefore(this.#bytes, HEAD_BYTES)
    const seam = HEAD_BYTES + ((this.#totalBytes - HEAD_BYTES) % TAIL_BYTES)
    this.#bytes.copy(unrolled, 0, seam)
    this.#bytes.copy(unrolled, WINDOW_BYTES - seam, HEAD_BYTES, seam)
    const tail = unrolled.subarray(utf8EdgeAfter(unrolled, 0))
    const leftOutBytes = this.#totalBytes - headEnd - tail.length
    return decodeOutput(this.#bytes, headEnd) + cutMark(leftOutBytes) + decodeOutput(tail, tail.length)
  }
}

// A sequence is at most four bytes long, so an edge is never more than three bytes away.
const MAX_CONTINUATION_BYTES = 3

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80

function sequenceLength(lead: number): number {
  if (lead >= 0xf0) return 4
  if (lead >= 0xe0) return 3
  return lead >= 0xc0 ? 2 : 1
}

/** The last place at or before `end` that splits no UTF-8 sequence. Bytes that are no UTF-8 are left alone. Pure. */
export function utf8EdgeBefore(bytes: Uint8Array, end: number): number {
  let lead = end - 1
  while (lead >= 0 && end - lead <= MAX_CONTINUATION_BYTES && isContinuation(bytes[lead])) lead--
  const leadByte = bytes[lead]
  if (leadByte === undefined || isContinuation(leadByte)) return end
  return lead + sequenceLength(leadByte) > end ? lead : end
}

/** The first place at or after `start` that splits no UTF-8 sequence. Pure. */
export function utf8EdgeAfter(bytes: Uint8Array, start: number): number {
  let edge = start
  while (edge - start < MAX_CONTINUATION_BYTES && isContinuation(bytes[edge])) edge++
  return edge
}
