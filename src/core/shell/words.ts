import type { ShellCursor } from './cursor.ts'
import { readBackticks, readDollar, readProcess } from './expansion.ts'
import { isForeign } from './placeholder.ts'
import { addText, type Piece, type Place, type Word } from './syntax.ts'

/** Reads one word as far as it goes; a word without pieces means that none begins here. Throws NotUnderstood. */
export function readWord(cursor: ShellCursor): Word {
  return collectWord(cursor, (pieces) => {
    while (!cursor.isAtEnd) {
      if (cursor.match(/[<>]\(/y)) {
        readProcess(cursor, pieces)
        continue
      }
      if (' \t\n;&|<>()'.includes(cursor.next)) return
      if (readVariable(cursor, pieces, 'bare')) continue
      switch (cursor.next) {
        case "'":
          readSingleQuotes(cursor, pieces)
          break
        case '"':
          readDoubleQuotes(cursor, pieces)
          break
        case '\\':
          readEscape(cursor, pieces)
          break
        case '$':
          readDollar(cursor, pieces, 'bare')
          break
        case '`':
          readBackticks(cursor, pieces, 'bare')
          break
        default:
          addText(pieces, cursor.next, false)
          cursor.position++
      }
    }
  })
}

/** Reads the text of a here-document, from here to `cursor.end`, the way its shell expands it. */
export function readDocument(cursor: ShellCursor): Word {
  return collectWord(cursor, (pieces) => {
    while (!cursor.isAtEnd) {
      if (readVariable(cursor, pieces, 'here')) continue
      if (cursor.next === '\\') readQuotedEscape(cursor, pieces)
      else readQuotedUnit(cursor, pieces, 'here')
    }
  })
}

/** A variable in backticks or `$( )` belongs to the word around it, too: its output is part of that word. */
function collectWord(cursor: ShellCursor, read: (pieces: Piece[]) => void): Word {
  const { position: offset } = cursor
  const count = cursor.values.length
  const pieces: Piece[] = []
  read(pieces)
  return { offset, length: cursor.position - offset, pieces, values: cursor.valuesSince(count) }
}

function readVariable(cursor: ShellCursor, pieces: Piece[], place: Place): boolean {
  const { placeholder } = cursor
  if (!placeholder) return false
  const { variable, offset } = placeholder
  cursor.references.push({ placeholder, place })
  if (isForeign(variable)) cursor.values.push({ variable, offset })
  pieces.push({ kind: 'variable', variable, isSplit: false })
  cursor.position += placeholder.length
  return true
}

function readSingleQuotes(cursor: ShellCursor, pieces: Piece[]): void {
  const offset = cursor.position++
  addText(pieces, '', true)
  while (cursor.next !== "'") {
    if (cursor.isAtEnd) cursor.refuseUnterminated({ offset, length: 1 }, "'")
    if (readVariable(cursor, pieces, 'single')) continue
    readQuotedNewline(cursor)
    addText(pieces, cursor.next, true)
    cursor.position++
  }
  cursor.position++
}

function readDoubleQuotes(cursor: ShellCursor, pieces: Piece[]): void {
  const offset = cursor.position++
  addText(pieces, '', true)
  while (cursor.next !== '"') {
    if (cursor.isAtEnd) cursor.refuseUnterminated({ offset, length: 1 }, '"')
    if (readVariable(cursor, pieces, 'double')) continue
    if (cursor.next === '\\') readQuotedEscape(cursor, pieces)
    else readQuotedUnit(cursor, pieces, 'double')
  }
  cursor.position++
}

/** One unit, or one expansion, where quotes are text and `$` and backticks are not. */
function readQuotedUnit(cursor: ShellCursor, pieces: Piece[], place: Place): void {
  if (cursor.next === '$') readDollar(cursor, pieces, place)
  else if (cursor.next === '`') readBackticks(cursor, pieces, place)
  else {
    readQuotedNewline(cursor)
    addText(pieces, cursor.next, true)
    cursor.position++
  }
}

function readEscape(cursor: ShellCursor, pieces: Piece[]): void {
  refuseEscapedVariable(cursor)
  if (cursor.startsWith('\\\n')) cursor.position += 2
  else {
    cursor.position++
    if (cursor.isAtEnd)
      cursor.refuse('the script ends with a backslash', 'remove it, or quote it', { offset: cursor.position - 1 })
    addText(pieces, cursor.next, true)
    cursor.position++
  }
}

/** In double quotes and here-documents a backslash is text, except before the few units it takes their meaning. */
function readQuotedEscape(cursor: ShellCursor, pieces: Piece[]): void {
  refuseEscapedVariable(cursor)
  cursor.position++
  const isEscape = '$`"\\'.includes(cursor.next)
  if (cursor.next !== '\n') addText(pieces, isEscape ? cursor.next : `\\${cursor.next}`, true)
  else readQuotedNewline(cursor)
  if (!cursor.isAtEnd) cursor.position++
}

function refuseEscapedVariable(cursor: ShellCursor): void {
  const placeholder = cursor.placeholders.get(cursor.position + 1)
  if (placeholder)
    cursor.refuseBroken(
      `a backslash stands before {${placeholder.variable}}`,
      `remove it; for the text {${placeholder.variable}} itself write {{${placeholder.variable}}}`,
      { offset: cursor.position, length: placeholder.length + 1 },
    )
}

function readQuotedNewline(cursor: ShellCursor): void {
  if (cursor.next === '\n' && cursor.pending.length > 0)
    cursor.refuse(
      'a quoted text goes on where a here-document should begin, which shells read differently',
      'end the quotes on the line with <<',
    )
}
