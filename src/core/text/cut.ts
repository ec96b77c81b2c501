const CUT = ' … '

/**
 * The beginning and the end of a text, at most `maxChars` UTF-16 units together; a short text comes back as it is.
 * Splits no character. Mask secrets first: half a secret is not found any more. Pure.
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
