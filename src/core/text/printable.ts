/**
 * What a terminal would obey or hide instead of show: control characters (ANSI sequences begin with one), characters
 * that turn the direction of writing, invisible ones, separators of lines and halves of characters.
 * Newlines, tabs and the selectors that colour emoji are harmless.
 */
export const UNPRINTABLE = /[[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{DI}\ufff9-\ufffb]--[\n\t\ufe00-\ufe0f]]/gv

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

/** The text on one line: a line break, and any other control character, becomes a space. */
export function onOneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()
}
