import type { VariableName } from '../model/types.ts'
import type { ShellCursor } from './cursor.ts'
import { isForeign } from './placeholder.ts'
import { addText, type Piece, type Place } from './syntax.ts'

const NAME = /\$(?:[A-Za-z_]\w*|[0-9@*#?$!-])/y
/** To the first quote that is not escaped; a shell that does not know this kind of quotes ends at the first one. */
const DOLLAR_QUOTES = /\$'(?:[^'\\]|\\[\s\S])*'/y
/** Quotes in pairs, without braces in them: all shells find the same end. */
const BRACED =
  /\$\{(?:[^{}'"`\\$]|\$(?:\w+|[@*#?$!-])|\$\{(?:[^{}'"`\\$])*\}|\$(?=[}/])|\\[^{}'"]|'[^'"`{}\\$]*'|"(?:[^'"`{}\\$]|\$\w+)*")*\}/y
const BACKTICKS = /`(?:[^`\\]|\\[\s\S])*`/y
const ARITHMETIC_UNIT = /[\w \t\n+\-*/%=<>!&|^~?:,.#[\]"]/y
const OLD_ARITHMETIC = /\$\[[^\]'"`\\\n]*\]/y

/** Reads what begins with a dollar. `place` is where it stands. Throws NotUnderstood. */
export function readDollar(cursor: ShellCursor, pieces: Piece[], place: Place): void {
  const offset = cursor.position
  const isSplit = place === 'bare'
  if (cursor.startsWith('$((')) readArithmetic(cursor)
  else if (cursor.startsWith('$(')) readSubstitution(cursor)
  else if (cursor.startsWith('${')) {
    if (readBraced(cursor, pieces, isSplit)) return
  } else if (cursor.startsWith('$[')) readOldArithmetic(cursor)
  else if (place === 'bare' && cursor.startsWith("$'")) readDollarQuotes(cursor)
  else {
    const name = cursor.match(NAME)?.[0].slice(1)
    if (name === undefined) {
      addText(pieces, '$', place !== 'bare')
      cursor.position++
      return
    }
    cursor.position += name.length + 1
    const variable = cursor.foreign(name)
    if (variable !== null) {
      cursor.values.push({ variable, offset })
      pieces.push({ kind: 'variable', variable, isSplit })
      return
    }
  }
  pieces.push({ kind: 'expansion', text: cursor.text.slice(offset, cursor.position), isSplit })
}

/** Reads the commands in backticks. Throws NotUnderstood. */
export function readBackticks(cursor: ShellCursor, pieces: Piece[], place: Place): void {
  const offset = cursor.position
  const content = cursor.match(BACKTICKS)?.[0]
  if (content === undefined) cursor.refuseUnterminated({ offset, length: 1 }, '`')
  const closing = offset + content.length - 1
  if (content.includes('\\')) {
    // A backslash means something else to each shell here, but all of them end at the same backtick.
    const placeholder = cursor.placeholderIn(offset, closing)
    if (placeholder)
      cursor.refuseBroken(
        `{${placeholder.variable}} stands in backticks with a backslash, which each shell reads differently`,
        'write $( ) instead',
        { offset, length: content.length },
      )
    noteNames(cursor, content, offset)
  } else {
    const { end } = cursor
    cursor.position++
    cursor.end = closing
    readNested(cursor, null)
    if (!cursor.isAtEnd)
      cursor.refuse(`${cursor.next} is not expected here`, 'quote it', { offset: cursor.position, length: 1 })
    cursor.end = end
  }
  cursor.position = closing + 1
  const isSplit = place === 'bare'
  pieces.push({ kind: 'expansion', text: cursor.text.slice(offset, cursor.position), isSplit })
}

/** Reads `<( )` or `>( )`, a word of bash. The commands in `>( )` read what the command around it prints. */
export function readProcess(cursor: ShellCursor, pieces: Piece[]): void {
  const offset = cursor.position
  const isReader = cursor.next === '>'
  const { fedBy } = cursor
  if (isReader) cursor.fedBy = cursor.values.at(-1)?.variable ?? fedBy
  readSubstitution(cursor)
  cursor.fedBy = fedBy
  pieces.push({ kind: 'expansion', text: cursor.text.slice(offset, cursor.position), isSplit: false })
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
  const { pending, fedBy, stageOffset } = cursor
  const blocks = cursor.blocks.splice(0)
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
  cursor.fedBy = fedBy
  cursor.stageOffset = stageOffset
  cursor.blocks.splice(0, cursor.blocks.length, ...blocks)
}

/** `${ }`; whether it is a foreign text as it is, which then is a piece of its own. */
function readBraced(cursor: ShellCursor, pieces: Piece[], isSplit: boolean): boolean {
  const offset = cursor.position
  const text = cursor.match(BRACED)?.[0]
  // What stands in it, up to where it seems to end: a variable in it is refused in any case.
  const within = text?.length ?? cursor.text.slice(offset, cursor.end).indexOf('}') + 1
  const placeholder = cursor.placeholderIn(offset, offset + Math.max(within, 2))
  if (placeholder) cursor.refusePlaceholder(placeholder, 'inside a parameter in braces')
  if (text === undefined)
    cursor.refuse(
      'this parameter in braces is read differently by different shells',
      'assign it first, in single steps',
      {
        offset,
        length: Math.max(2, within),
      },
    )
  cursor.position += text.length
  const [, indirect = '', name = '', rest = ''] = /^\$\{([!#]?)([A-Za-z_]\w*|[0-9]+|[@*]|)(.*)\}$/s.exec(text) ?? []
  const variable = cursor.foreign(name)
  if (variable !== null && indirect !== '#') {
    cursor.values.push({ variable, offset })
    // The text would be a name, or a prompt: bash runs what is hidden in either.
    if (indirect === '!' || rest.startsWith('@'))
      cursor.arithmetics.push({ offset, length: text.length, values: [variable] })
    else {
      pieces.push({ kind: 'variable', variable, isSplit })
      noteNames(cursor, rest, offset)
      return true
    }
  }
  const inside = noteNames(cursor, rest, offset)
  const isCalculated = /^(?:\[|:[^-=?+])/.test(rest)
  if (isCalculated && inside.length > 0) cursor.arithmetics.push({ offset, length: text.length, values: inside })
  return false
}

/** Notes the foreign texts whose names stand in a part of the script that is not read further. */
function noteNames(cursor: ShellCursor, text: string, offset: number): VariableName[] {
  const found = [...text.matchAll(/[A-Za-z_]\w*|(?<=\$\{?)[0-9@*]/g)].flatMap(([name]) => cursor.foreign(name) ?? [])
  for (const variable of found) cursor.values.push({ variable, offset })
  return found
}

function readDollarQuotes(cursor: ShellCursor): void {
  const offset = cursor.position
  const quoted = cursor.match(DOLLAR_QUOTES)?.[0]
  if (quoted === undefined) cursor.refuseUnterminated({ offset, length: 2 }, "'")
  const placeholder = cursor.placeholderIn(offset, offset + quoted.length)
  if (placeholder) cursor.refusePlaceholder(placeholder, "in $'…'")
  if (quoted.includes("\\'") && !cursor.isBash)
    cursor.refuse("$' with an escaped quote does not end at the same place in all shells", 'write \'…\' or "…"', {
      offset,
      length: quoted.length,
    })
  cursor.position += quoted.length
}

function readOldArithmetic(cursor: ShellCursor): void {
  const text = cursor.match(OLD_ARITHMETIC)?.[0]
  if (text === undefined)
    cursor.refuse('$[ ] is not part of sh', 'write $(( )), or \\$[ for the text itself', {
      offset: cursor.position,
      length: 2,
    })
  readCalculated(cursor, text.length)
}

/** A stretch of text that bash calculates, and that holds nothing but names, numbers and operators. */
export function readCalculated(cursor: ShellCursor, length: number): void {
  const { position: offset } = cursor
  const values = noteNames(cursor, cursor.text.slice(offset, offset + length), offset)
  for (let placeholder = cursor.placeholderIn(offset, offset + length); placeholder; ) {
    cursor.references.push({ placeholder, place: 'arithmetic' })
    if (isForeign(placeholder.variable)) values.push(placeholder.variable)
    placeholder = cursor.placeholderIn(placeholder.offset + 1, offset + length)
  }
  cursor.position += length
  cursor.arithmetics.push({ offset, length, values })
}

function readArithmetic(cursor: ShellCursor): void {
  const offset = cursor.position
  const count = cursor.values.length
  const pieces: Piece[] = []
  const names: VariableName[] = []
  cursor.position += 3
  for (let depth = 0; depth > 0 || !cursor.startsWith('))'); ) {
    const { placeholder } = cursor
    const name = cursor.match(/[A-Za-z_]\w*/y)?.[0]
    if (placeholder) {
      cursor.references.push({ placeholder, place: 'arithmetic' })
      if (isForeign(placeholder.variable)) names.push(placeholder.variable)
      cursor.position += placeholder.length
    } else if (name !== undefined) {
      const variable = cursor.foreign(name)
      if (variable !== null) names.push(variable)
      cursor.position += name.length
    } else if (cursor.next === '$') cursor.nest(() => readDollar(cursor, pieces, 'arithmetic'))
    else if (cursor.match(ARITHMETIC_UNIT)) cursor.position++
    else if (cursor.next === '(' || (cursor.next === ')' && depth > 0))
      depth += cursor.text[cursor.position++] === '(' ? 1 : -1
    else
      cursor.refuse('this $(( )) is not understood', 'assign to shell variables first; for commands write $( ( …', {
        offset,
        length: Math.max(3, cursor.position - offset),
      })
  }
  cursor.position += 2
  cursor.arithmetics.push({
    offset,
    length: cursor.position - offset,
    values: [...names, ...cursor.valuesSince(count)],
  })
}
