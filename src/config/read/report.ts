import { printable } from '../../core/text/printable.ts'
import type { Mistake } from '../yaml/source.ts'

/** Longer lines are cut to the part around the mistake. */
const LINE_WIDTH = 120

/** All mistakes as plain text: what, where, the line with a caret below, and what to do. */
export function renderMistakes(mistakes: readonly Mistake[]): string {
  return mistakes.map(renderMistake).join('\n')
}

function renderMistake(mistake: Mistake): string {
  const { file, line, column, message, hint, excerpt } = mistake
  const gutter = ' '.repeat(String(line).length)
  const lines = [
    `error: ${onOneLine(message)}`,
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
