const CUT = ' … '

/** Linux takes at most 128 KiB for one argument; 16 KiB leaves room for many variables beside each other. */
const VALUE_LIMIT_BYTES = 16 * 1024
const VALUE_HEAD_BYTES = 4 * 1024

/**
 * The beginning and the end of a text, at most `maxChars` UTF-16 units together; a short text comes back unchanged.
 * Splits no character. Mask secrets first: half a secret is no longer found.
 */
export function excerpt(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text
  const room = maxChars - CUT.length
  if (room < 2) return wholeStart(text, Math.max(0, maxChars))
  const headLength = Math.ceil(room / 2)
  return wholeStart(text, headLength) + CUT + wholeEnd(text, room - headLength)
}

function wholeStart(text: string, length: number): string {
  return text.slice(0, splitsPair(text, length) ? length - 1 : length)
}

function wholeEnd(text: string, length: number): string {
  const start = text.length - length
  return text.slice(splitsPair(text, start) ? start + 1 : start)
}

function splitsPair(text: string, index: number): boolean {
  return index > 0 && (text.codePointAt(index - 1) ?? 0) > 0xffff
}

/** Stands where the middle of an output was left out. ASCII: otherwise the whole text would take two bytes a character. */
export function cutMark(byteCount: number): string {
  return `\n[... ${byteCount} bytes left out ...]\n`
}

/** Finds the marks of `cutMark`. */
export const CUT_MARK = /\n\[\.\.\. \d+ bytes left out \.\.\.\]\n/g

/**
 * The text as a command can receive it: without NUL, which would end an argument, without halves of surrogate pairs,
 * which are not text, and at most 16 KiB of whole UTF-8 characters. Of more, the first 4 KiB are there and, as errors
 * stand at the end, the last 12 KiB, with a mark in between.
 */
export function cleanValue(text: string): string {
  return headAndTail(text.replaceAll('\0', '').toWellFormed(), {
    limitBytes: VALUE_LIMIT_BYTES,
    headBytes: VALUE_HEAD_BYTES,
  })
}

const encoder = new TextEncoder()

/** Well-formed text of at most `limitBytes` in UTF-8: of more, as `joinEnds` has it. */
export function headAndTail(text: string, limits: Limits): string {
  // No UTF-16 unit is longer than three bytes, so that most texts need not be measured.
  if (text.length * 3 <= limits.limitBytes) return text
  const bytes = encoder.encode(text)
  return joinEnds({ start: bytes, end: bytes, byteCount: bytes.length }, limits)
}

interface Limits {
  readonly limitBytes: number
  readonly headBytes: number
}

interface Ends {
  /** The first bytes of a text, and its last ones, at least `limitBytes` each where there are as many. */
  readonly start: Uint8Array
  readonly end: Uint8Array
  readonly byteCount: number
}

/** The longest end of a character that began before. */
const LONGEST_REST = 3

/**
 * A text of which only the ends are known, if it is longer than `limitBytes`: about `headBytes` of its beginning and the rest
 * from its end, with the mark of `cutMark` in between. Splits no character.
 */
export function joinEnds({ start, end, byteCount }: Ends, { limitBytes, headBytes }: Limits): string {
  const decoder = new TextDecoder()
  if (byteCount <= limitBytes) return decoder.decode(start)
  const isRest = (byte: number | undefined) => byte !== undefined && (byte & 0xc0) === 0x80
  let head = headBytes
  while (isRest(start[head]) && headBytes - head < LONGEST_REST) head--
  const room = limitBytes - headBytes - cutMark(byteCount).length
  let tail = end.length - room
  while (isRest(end[tail]) && tail - (end.length - room) < LONGEST_REST) tail++
  const leftOut = byteCount - head - (end.length - tail)
  return decoder.decode(start.subarray(0, head)) + cutMark(leftOut) + decoder.decode(end.subarray(tail))
}

/** The lines of a text; of very many the first and the last ones, with a line in between that says how many are missing. */
export function someLines(text: string, { head, tail }: { head: number; tail: number }): string[] {
  const lines = text.trim() === '' ? [] : text.trimEnd().split('\n')
  const rest = lines.length - head - tail
  return rest <= 1 ? lines : [...lines.slice(0, head), `… ${rest} lines left out`, ...lines.slice(-tail)]
}
