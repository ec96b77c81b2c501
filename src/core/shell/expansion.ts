import type { VariableName } from '../model/types.ts'
import type { ShellCursor } from './cursor.ts'
import { addText, type Piece, type Place } from './syntax.ts'

const NAME = /\$(?:[A-Za-z_]\w*|[0-9@*#?$!-])/y
/** Without escaped quotes it ends at the same place whether or not a shell knows this kind of quotes. */
const DOLLAR_QUOTES = /\$'(?:[^'\\]|\\[^'])*'/y
const BRACED_NAME = /\$\{(?:#(?=[^}]))?([A-Za-z_]\w*|[0-9]+|[@*#?$!-])/y
const OPERATOR = /:?[-=?+]|%%?|##?/y
/** Quotes and brackets inside `${ }` are not read alike by all shells. */
const OPERAND_UNIT = /[^'"`\\{}()<>&;|\n$]/y
const ARITHMETIC_UNIT = /[\w \t+\-*/%=<>!&|^~?:,]/y

/** Reads what begins with a dollar. `place` is where it stands. Throws NotUnderstood. */
export function readDollar(cursor: ShellCursor, pieces: Piece[], place: Place): void {
  const offset = cursor.position
  if (cursor.startsWith('$((')) readArithmetic(cursor)
  else if (cursor.startsWith('$(')) readSubstitution(cursor)
  else if (cursor.startsWith('${')) readBraced(cursor)
  else if (cursor.startsWith('$['))
    cursor.refuse('$[ ] is not part of sh', 'write $(( )), or \\$[ for the text itself', { offset, length: 2 })
  else if (place === 'bare' && cursor.startsWith("$'")) readDollarQuotes(cursor)
  else if (place === 'bare' && cursor.startsWith('$"'))
    cursor.refuse('$" is not part of sh', 'remove the dollar, or write \\$ for the text itself', { offset, length: 2 })
  else {
    const name = cursor.match(NAME)?.[0]
    if (name === undefined) {
      addText(pieces, '$', place !== 'bare')
      cursor.position++
      return
    }
    cursor.parameters.push(name.slice(1))
    cursor.position += name.length
  }
  pieces.push({ kind: 'expansion', text: cursor.text.slice(offset, cursor.position), isQuoted: place !== 'bare' })
}

/** Reads the commands in backticks. Throws NotUnderstood. */
export function readBackticks(cursor: ShellCursor, pieces: Piece[], place: Place): void {
  const offset = cursor.position++
  const closing = cursor.text.indexOf('`', cursor.position)
  if (closing === -1 || closing >= cursor.end) cursor.refuseUnterminated({ offset, length: 1 }, '`')
  const length = closing + 1 - offset
  if (cursor.text.slice(offset, closing).includes('\\'))
    cursor.refuse('a backslash in backticks means something else to each shell', 'write $( ) instead', {
      offset,
      length,
    })
  const { end } = cursor
  cursor.end = closing
  readNested(cursor, null)
  if (!cursor.isAtEnd)
    cursor.refuse(`${cursor.next} is not expected here`, 'quote it', { offset: cursor.position, length: 1 })
  cursor.end = end
  cursor.position = closing + 1
  pieces.push({ kind: 'expansion', text: cursor.text.slice(offset, cursor.position), isQuoted: place !== 'bare' })
}

function readSubstitution(cursor: ShellCursor): void {
  const span = { offset: cursor.position, length: 2 }
  cursor.position += 2
  readNested(cursor, ')')
  if (cursor.next !== ')') cursor.refuseUnterminated(span, ')')
  cursor.position++
}

/** Commands of their own: a here-document announced in them must also end in them. */
function readNested(cursor: ShellCursor, closing: ')' | null): void {
  const offset = cursor.position
  const { pending } = cursor
  cursor.pending = []
  cursor.readCommands(cursor, closing)
  if (cursor.pending.length > 0)
    cursor.refuse(
      'a here-document is announced in $( ), but its text is not in it',
      'close $( ) after the here-document',
    )
  if (pending.length > 0 && cursor.text.slice(offset, cursor.position).includes('\n'))
    cursor.refuse(
      '$( ) goes on where a here-document should begin, which shells read differently',
      'close $( ) on the line with <<',
      { offset },
    )
  cursor.pending = pending
}

function readBraced(cursor: ShellCursor): void {
  const offset = cursor.position
  const refuse = () =>
    cursor.refuse(
      'this parameter in braces is more than sh knows, or is read differently by different shells',
      'keep to plain text in it, or assign to a shell variable first',
      { offset, length: Math.max(2, cursor.position - offset) },
    )
  const [opening = '', name = ''] = cursor.match(BRACED_NAME) ?? refuse()
  cursor.parameters.push(name)
  const firstParameter = cursor.parameters.length
  cursor.position += opening.length
  const operator = cursor.match(OPERATOR)?.[0] ?? ''
  cursor.position += operator.length
  while (cursor.next !== '}') {
    if (cursor.isAtEnd) cursor.refuseUnterminated({ offset, length: 2 }, '}')
    refuseVariable(cursor, 'inside a parameter in braces')
    if (operator === '') refuse()
    if (cursor.startsWith('${')) readBraced(cursor)
    else if (cursor.next === '$') {
      const inner = cursor.match(NAME)?.[0] ?? refuse()
      cursor.parameters.push(inner.slice(1))
      cursor.position += inner.length
    } else if (cursor.match(OPERAND_UNIT)) cursor.position++
    else refuse()
  }
  const parameters = cursor.parameters.slice(firstParameter)
  const pieces: Piece[] = [{ kind: 'expansion', text: cursor.text.slice(offset, cursor.position), isQuoted: false }]
  const word = { offset, length: cursor.position - offset, pieces, variables: [], parameters }
  if (operator.endsWith('=')) cursor.bindings.push({ name, word })
  cursor.position++
}

function readDollarQuotes(cursor: ShellCursor): void {
  const offset = cursor.position
  const quoted = cursor.match(DOLLAR_QUOTES)?.[0]
  if (quoted === undefined)
    cursor.refuse("$' is not part of sh, and here it would not end at the same place", 'write \'…\' or "…"', {
      offset,
      length: 2,
    })
  for (const end = offset + quoted.length; cursor.position < end; cursor.position++) refuseVariable(cursor, "in $'…'")
}

function readArithmetic(cursor: ShellCursor): void {
  const offset = cursor.position
  const names: string[] = []
  const variables: VariableName[] = []
  cursor.position += 3
  for (let depth = 0; depth > 0 || !cursor.startsWith('))'); ) {
    const { placeholder } = cursor
    const name =
      cursor.match(/\$?([A-Za-z_]\w*)/y) ?? cursor.match(/\$\{([A-Za-z_]\w*)\}/y) ?? cursor.match(/\$([0-9@*#?$!-])/y)
    const number = cursor.match(/[0-9]\w*/y)
    if (placeholder) {
      cursor.references.push({ placeholder, place: 'arithmetic' })
      variables.push(placeholder.variable)
      cursor.position += placeholder.length
    } else if (name) {
      names.push(name[1] ?? '')
      cursor.parameters.push(name[1] ?? '')
      cursor.position += name[0].length
    } else if (number) cursor.position += number[0].length
    else if (cursor.match(ARITHMETIC_UNIT)) cursor.position++
    else if (cursor.next === '(' || (cursor.next === ')' && depth > 0))
      depth += cursor.text[cursor.position++] === '(' ? 1 : -1
    else
      cursor.refuse(
        'this $(( )) holds more than numbers, names and operators',
        'assign to shell variables first; for commands write $( ( …',
        { offset, length: Math.max(3, cursor.position - offset) },
      )
  }
  cursor.position += 2
  cursor.arithmetics.push({ offset, length: cursor.position - offset, names, variables })
}

function refuseVariable(cursor: ShellCursor, where: string): void {
  const { placeholder } = cursor
  if (placeholder)
    cursor.refuse(
      `{${placeholder.variable}} stands ${where}, where it cannot be quoted`,
      'write it outside, in double quotes',
      {
        offset: cursor.position,
        length: placeholder.length,
      },
    )
}
