import { printable } from '../../core/text/printable.ts'
import type { Mistake } from '../yaml/source.ts'

/** Longer lines are cut to the part around the mistake. */
const LINE_WIDTH = 120

/** All mistakes as plain text for people: what, where, the line with a caret below, and what to do. */
export function renderMistakes(mistakes: readonly Mistake[], kind: 'error' | 'warning' = 'error'): string {
  return mistakes.map((mistake) => renderMistake(mistake, kind)).join('\n')
}

/** A mistake on one line, for the log. */
export function mistakeLine({ file, line, column, message, hint }: Mistake): string {
  return onOneLine(`${file}:${line}:${column}: ${message}${hint === null ? '' : `; ${hint}`}`)
}

function renderMistake(mistake: Mistake, kind: string): string {
  const { file, line, column, message, hint, excerpt } = mistake
  const gutter = ' '.repeat(String(line).length)
  const lines = [
    `${kind}: ${onOneLine(message)}`,
    `${gutter}--> ${onOneLine(file)}:${line}:${column}`,
    ...(excerpt === '' ? [] : [`${gutter} |`, ...quote(mistake)]),
    ...(hint === null ? [] : [`${gutter} = help: ${onOneLine(hint)}`]),
  ]
  return `${lines.join('\n')}\n`
}

function quote({ line, column, excerpt, caretLength }: Mistake): readonly string[] {
  const characters = [...excerpt]
  const from = column + Math.min(caretLength, LINE_WIDTH / 2) > LINE_WIDTH ? column - 1 - LINE_WIDTH / 2 : 0
  const before = onOneLine(characters.slice(from, column - 1).join(''))
  const marked = onOneLine(characters.slice(column - 1, column - 1 + caretLength).join('')) || ' '
  const shown = onOneLine(characters.slice(from, from + LINE_WIDTH).join(''))
  const prefix = from === 0 ? '' : '…'
  const suffix = characters.length > from + LINE_WIDTH ? '…' : ''
  const indent = ' '.repeat(Bun.stringWidth(prefix + before))
  const room = Bun.stringWidth(prefix + shown) - indent.length
  const carets = '^'.repeat(Math.max(1, Math.min(Bun.stringWidth(marked), room)))
  const gutter = ' '.repeat(String(line).length)
  return [`${line} | ${prefix}${shown}${suffix}`, `${gutter} | ${indent}${carets}`]
}

function onOneLine(text: string): string {
  return printable(text, { newlines: 'escape' }).replaceAll('\t', '  ')
}
