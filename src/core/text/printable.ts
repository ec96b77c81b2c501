/** Controls, invisible characters, separators of lines and halves of characters; not newlines, tabs and selectors of emoji. */
const HIDDEN = String.raw`[[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{DI}\ufff9-\ufffb]--[\n\t\ufe00-\ufe0f]]`

/** Scripts in which a joiner, or a non-joiner, between two letters is a matter of spelling. */
const JOINING = ['Arab', 'Beng', 'Deva', 'Gujr', 'Guru', 'Khmr', 'Knda', 'Mlym', 'Mong', 'Mymr', 'Orya', 'Sinh', 'Syrc']
  .concat('Taml', 'Telu', 'Tibt')
  .map((script) => String.raw`\p{scx=${script}}`)
const LETTER = String.raw`[[${JOINING.join('')}]&&[\p{L}\p{M}]]`
const EMOJI = String.raw`[\p{Emoji_Modifier}\p{ExtPict}\ufe0f]`
/** The flags of England, Scotland and Wales are a black flag, five hidden letters and an end. */
const FLAG = String.raw`\u{1f3f4}`
const TAG = String.raw`[\u{e0061}-\u{e007a}]`
const TAG_END = String.raw`\u{e007f}`

/** Hidden characters that are part of what is read. */
const SPELLING = [
  String.raw`(?<=${LETTER})[\u200c\u200d](?=${LETTER})`,
  String.raw`(?<=${EMOJI})\u200d(?=\p{ExtPict})`,
  ...[0, 1, 2, 3, 4].map((before) => `(?<=${FLAG}${TAG}{${before}})${TAG}(?=${TAG}{${4 - before}}${TAG_END})`),
  `(?<=${FLAG}${TAG}{5})${TAG_END}`,
]

/**
 * What a terminal would obey or hide instead of show: control characters (ANSI sequences begin with one), characters
 * that turn the direction of writing, invisible ones, separators of lines and halves of characters.
 * Newlines, tabs, the selectors that colour emoji, and joiners where they are spelling are harmless.
 */
export const UNPRINTABLE = new RegExp(`(?=${HIDDEN})(?!${SPELLING.join('|')})${HIDDEN}`, 'gv')

/** `escape` shows a line break as `\n`, so that the text stays on one line. */
export interface PrintableOptions {
  readonly newlines: 'keep' | 'escape'
}

/**
 * Makes any text safe to print to a terminal: unprintable characters are written out (`\x1b`, `\u202e`, `\u{e0041}`).
 * For people only: a backslash of the text itself stays as it is, so the way back is not unique.
 */
export function printable(text: string, options: PrintableOptions = { newlines: 'keep' }): string {
  const shown = text.replace(UNPRINTABLE, escapeCharacter)
  return options.newlines === 'keep' ? shown : shown.replaceAll('\n', '\\n')
}

function escapeCharacter(character: string): string {
  if (character === '\r') return '\\r'
  const hex = (character.codePointAt(0) ?? 0).toString(16)
  if (hex.length <= 2) return `\\x${hex.padStart(2, '0')}`
  return hex.length <= 4 ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`
}

/** A name in a sentence: `"Web" is down`. One that has quotes of its own gets no others: `Site "A" is down`. */
export function named(name: string): string {
  return name.includes('"') ? name : `"${name}"`
}

/** The text on one line: a line break, and any other control character, becomes a space. */
export function onOneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()
}
