import { onOneLine } from '../text/printable.ts'

/** Added where the message does not have them. */
const DEFAULTS: Readonly<Record<string, string>> = {
  'MIME-Version': '1.0',
  'Content-Type': 'text/plain; charset=utf-8',
  'Content-Transfer-Encoding': '8bit',
}
/** Headers whose parts mean something: addresses, dates, types. They stay as they are. */
const STRUCTURED =
  /^(?:from|sender|to|cc|bcc|reply-to|return-path|date|message-id|in-reply-to|references|mime-version|content-.*)$/i

/**
 * A mail as mail servers pass it on (RFC 5322, 2045, 2047): headers of one line each whatever is in them, other characters
 * than ASCII in them encoded, the character set declared, and no line longer than 998 bytes.
 */
export function mailText(headers: readonly string[], body: string): string {
  const given = headers.map((line) => ({
    name: line.slice(0, line.indexOf(':')),
    value: onOneLine(line.slice(line.indexOf(':') + 1)),
  }))
  const names = new Set(given.map(({ name }) => name.toLowerCase()))
  const added = Object.entries(DEFAULTS).filter(([name]) => !names.has(name.toLowerCase()))
  const lines = [...given, ...added.map(([name, value]) => ({ name, value }))].map(headerText)
  const text = body.replace(/\r\n?/g, '\n').split('\n').map(wrapped).join('\n')
  return `${lines.join('\n')}\n\n${text}${text.endsWith('\n') ? '' : '\n'}`
}

/** A longer line of a header is encoded, as that can be folded anywhere. */
const LONGEST_HEADER = 900

function headerText({ name, value }: { name: string; value: string }): string {
  const isPlain = /^[ -~]*$/.test(value) && !value.includes('=?') && value.length <= LONGEST_HEADER
  return `${name}: ${isPlain || STRUCTURED.test(name) ? value : encodedWords(value)}`
}

/** 52 characters of Base64, which with `Subject: ` and what marks them fit into the 76 that RFC 2047 allows for. */
const WORD_BYTES = 39

function encodedWords(text: string): string {
  return pieces(text, WORD_BYTES)
    .map((piece) => `=?utf-8?B?${Buffer.from(piece).toString('base64')}?=`)
    .join('\n ')
}

/** RFC 5322 allows 998, and some servers return what is longer. */
const LONGEST_LINE_BYTES = 990

function wrapped(line: string): string {
  return line.length * 3 <= LONGEST_LINE_BYTES ? line : pieces(line, LONGEST_LINE_BYTES).join('\n')
}

/** Cuts a text into pieces of at most so many bytes in UTF-8, and cuts no character. */
function pieces(text: string, limitBytes: number): string[] {
  const found: string[] = []
  let piece = ''
  let bytes = 0
  for (const character of text) {
    const length = Buffer.byteLength(character)
    if (bytes + length > limitBytes) {
      found.push(piece)
      piece = ''
      bytes = 0
    }
    piece += character
    bytes += length
  }
  return [...found, piece]
}
