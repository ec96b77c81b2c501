const CUT = ' … '

/** Linux takes at most 128 KiB for one argument; 16 KiB leaves room for many variables beside each other. */
const VALUE_LIMIT_BYTES = 16 * 1024

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
 * which are not text, and at most 16 KiB of whole UTF-8 characters.
 */
export function cleanValue(text: string): string {
  // No UTF-16 unit is longer than three bytes, so that most values need not be measured.
  const cleaned = text
    .replaceAll('\0', '')
    .slice(0, VALUE_LIMIT_BYTES + 1)
    .toWellFormed()
  if (cleaned.length * 3 <= VALUE_LIMIT_BYTES) return cleaned
  let bytes = 0
  let end = 0
  for (const character of cleaned) {
    bytes += utf8Length(character.codePointAt(0) ?? 0)
    if (bytes > VALUE_LIMIT_BYTES) return cleaned.slice(0, end)
    end += character.length
  }
  return cleaned
}

function utf8Length(codePoint: number): number {
  if (codePoint < 0x80) return 1
  if (codePoint < 0x800) return 2
  return codePoint < 0x10000 ? 3 : 4
}
