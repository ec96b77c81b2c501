import type { ShellCursor } from './cursor.ts'
import type { SimpleCommand } from './syntax.ts'
import { readDocument, readWord } from './words.ts'

const OPERATOR = /[0-9]*(<<<|<<-|<<|<&|<>|<\(|<|>>|>&|>\||>\(|>)/y
const DELIMITER = /(?:(['"])([A-Za-z0-9_.-]+)\1|(\\?)([A-Za-z0-9_.-]+))(?![^ \t\n;&|<>()])/y

/** Reads a redirection, if one stands here. Throws NotUnderstood. */
export function readRedirection(cursor: ShellCursor, command: SimpleCommand): boolean {
  const offset = cursor.position
  const found = cursor.match(OPERATOR)
  if (!found) return false
  const [text, operator = ''] = found
  const span = { offset, length: text.length }
  if (operator === '<<<')
    cursor.refuse('<<< is not part of sh', "write printf '%s\\n' … | in front of the command", span)
  if (operator.endsWith('(')) cursor.refuse(`${operator} ) is not part of sh`, 'write a pipeline or a file', span)
  cursor.position += text.length
  cursor.skipBlanks()
  if (operator.startsWith('<<')) announceDocument(cursor, command, operator === '<<-')
  else {
    const target = readWord(cursor)
    if (operator.endsWith('&')) command.duplications.push(target)
    if (target.length === 0) cursor.refuse(`no file name follows ${operator}`, 'write one', span)
  }
  return true
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
        cursor.refuse(`the here-document is never closed: the line ${delimiter} is missing`, 'close it', {
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
    refuseVariables(cursor, offset, end)
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
  command.documents.push(readDocument(cursor))
  cursor.position = end
}

function refuseVariables(cursor: ShellCursor, offset: number, end: number): void {
  for (const placeholder of cursor.placeholders.values())
    if (placeholder.offset >= offset && placeholder.offset < end)
      cursor.refuse(
        `{${placeholder.variable}} stands in a here-document whose delimiter is quoted, where nothing is replaced`,
        'write the delimiter after << without quotes',
        { offset: placeholder.offset, length: placeholder.length },
      )
}
