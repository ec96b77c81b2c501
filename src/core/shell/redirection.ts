import type { ShellCursor } from './cursor.ts'
import type { SimpleCommand, Word } from './syntax.ts'
import { readDocument, readWord } from './words.ts'

const OPERATOR = /(?:[0-9]*|\{[A-Za-z_]\w*\})(<<<|<<-|<<|<&|<>|<(?!\()|>>|>&|>\||>(?!\())|&>>?/y
const DELIMITER = /(?:(['"])([^'"\n$`\\]+)\1|(\\?)([A-Za-z0-9_.-]+))(?![^ \t\n;&|<>()])/y

/** Reads a redirection, if one stands here. Throws NotUnderstood. */
export function readRedirection(cursor: ShellCursor, command: SimpleCommand): boolean {
  const offset = cursor.position
  const found = cursor.match(OPERATOR)
  if (!found) return false
  const [text, operator = '>'] = found
  cursor.position += text.length
  cursor.skipBlanks()
  if (operator === '<<' || operator === '<<-') {
    announceDocument(cursor, command, operator === '<<-')
    return true
  }
  const target = readInside(cursor, command, readWord)
  if (target.length === 0)
    cursor.refuseBroken(`no file name follows ${operator}`, 'write one', { offset, length: text.length })
  if (operator.endsWith('&')) command.duplications.push(target)
  if (operator === '<<<' || operator === '<') command.inputs.push(target)
  return true
}

/** What a redirection runs itself reads the earlier ones of the command, in bash: `cat <<A <<B` with `$(sh)` in B. */
function readInside(cursor: ShellCursor, command: SimpleCommand, read: (cursor: ShellCursor) => Word): Word {
  const first = cursor.commands.length
  const word = read(cursor)
  const inside = cursor.commands.slice(first)
  if (inside.length > 0) cursor.closings.push({ command, inside })
  return word
}

function announceDocument(cursor: ShellCursor, command: SimpleCommand, stripsTabs: boolean): void {
  const found = cursor.match(DELIMITER)
  if (!found)
    cursor.refuse('the word after << is not a plain one', 'write <<EOF', { offset: cursor.position, length: 1 })
  const [text, quote, quoted, backslash, plain] = found
  cursor.pending.push({
    delimiter: quoted ?? plain ?? '',
    isQuoted: Boolean(quote ?? backslash),
    stripsTabs,
    command,
  })
  cursor.position += text.length
}

/** Reads the here-documents that were announced on the line that just ended. Throws NotUnderstood. */
export function readDocuments(cursor: ShellCursor): void {
  const announced = cursor.pending
  cursor.pending = []
  for (const { delimiter, isQuoted, stripsTabs, command } of announced) {
    const offset = cursor.position
    const { end } = cursor
    for (let isDelimiter = false; !isDelimiter; ) {
      if (cursor.position >= end)
        cursor.refuseBroken(`the here-document is never closed: the line ${delimiter} is missing`, 'close it', {
          offset,
          length: 1,
        })
      const newline = cursor.text.indexOf('\n', cursor.position)
      const lineEnd = newline === -1 || newline > end ? end : newline
      const line = cursor.text.slice(cursor.position, lineEnd)
      isDelimiter = (stripsTabs ? line.replace(/^\t+/, '') : line) === delimiter
      if (isDelimiter) {
        readContent(cursor, command, { offset, end: cursor.position, isQuoted })
        cursor.end = end
      }
      cursor.position = Math.min(lineEnd + 1, end)
    }
  }
}

function readContent(
  cursor: ShellCursor,
  command: SimpleCommand,
  { offset, end, isQuoted }: { offset: number; end: number; isQuoted: boolean },
): void {
  if (isQuoted) {
    const placeholder = cursor.placeholderIn(offset, end)
    if (placeholder)
      cursor.refuseBroken(
        `{${placeholder.variable}} stands in a here-document whose delimiter is quoted, where nothing is replaced`,
        'write the delimiter after << without quotes',
        placeholder,
      )
    return
  }
  // Bash joins such lines before it reads anything else in them, even a single-quoted text in `$( )`.
  const joined = /(?<!\\)\\(?:\\\\)*\n/.exec(cursor.text.slice(offset, end))
  if (joined)
    cursor.refuse(
      'a line of a here-document ends with a backslash, which shells read differently',
      'write it as one line, or end the line with two backslashes',
      { offset: offset + joined.index, length: joined[0].length - 1 },
    )
  cursor.position = offset
  cursor.end = end
  command.inputs.push(readInside(cursor, command, readDocument))
  cursor.position = end
}
