import type { ShellCursor } from './cursor.ts'
import { readCalculated } from './expansion.ts'
import { readDocuments, readRedirection } from './redirection.ts'
import { type SimpleCommand, unquotedText, type Word } from './syntax.ts'
import { readWord } from './words.ts'

/** These begin a block that ends with one of `CLOSING`; which one is left to the shell. */
const OPENING = new Set(['if', 'while', 'until', '{'])
const CLOSING = new Set(['fi', 'done', '}'])
/** After these, too, a command begins. */
const BETWEEN = new Set(['then', 'elif', 'else', 'do', '!', 'time', 'coproc'])
const SEPARATOR = /&&|\|\||\|&|;;&|;&|[;&|](?![;&|])/y
/** `(( ))` that surely calculates; anything else is two subshells. */
const CALCULATION = /\(\((?:[^()'`\\]|\([^()'`\\]*\))*\)\)/y
/** What bash makes a pattern of: `@(a|b)`. */
const EXTENDED_PATTERN = /\((?:[^()'"`\\$\n]|\([^()'"`\\$\n]*\))*\)/y

/**
 * Reads commands up to the end, or up to `closing`, which is left where it stands. What bash adds to sh is read, too: it does
 * no harm where no variable stands in it. Throws NotUnderstood.
 */
export function readCommands(cursor: ShellCursor, closing: ')' | null): void {
  cursor.nest(() => readList(cursor, closing))
}

function readList(cursor: ShellCursor, closing: ')' | null): void {
  const { fedBy } = cursor
  for (;;) {
    cursor.skipBlanks()
    if (cursor.isAtEnd || cursor.next === closing) return
    if (cursor.next === '\n') {
      cursor.position++
      readDocuments(cursor)
    } else if (cursor.startsWith(';;') || !readSeparator(cursor, fedBy)) {
      const { position } = cursor
      readCommand(cursor)
      if (cursor.position === position) return
    }
  }
}

/** A pipe feeds the next command with all that the one before it, or the block before it, may print. */
function readSeparator(cursor: ShellCursor, fedBefore: ShellCursor['fedBy']): boolean {
  const separator = cursor.match(SEPARATOR)?.[0]
  if (separator === undefined) return false
  const isPipe = separator === '|' || separator === '|&'
  if (!isPipe) cursor.fedBy = cursor.blocks.at(-1)?.fedBy ?? fedBefore
  else {
    const from = cursor.stageOffset
    cursor.fedBy = cursor.values.findLast(({ offset }) => offset >= from)?.variable ?? cursor.fedBy
  }
  cursor.position += separator.length
  return true
}

function readCommand(cursor: ShellCursor): void {
  cursor.stageOffset = cursor.position
  const calculation = cursor.match(CALCULATION)?.[0]
  if (calculation !== undefined) {
    readCalculated(cursor, calculation.length)
    return
  }
  if (cursor.next === '(') {
    readSubshell(cursor)
    return
  }
  cursor.unfinished.push(cursor.position)
  readSimpleCommand(cursor, [])
  cursor.unfinished.pop()
}

/** `inside` are the commands of the block that ends here, whose redirections these are. */
function readSimpleCommand(cursor: ShellCursor, inside: readonly SimpleCommand[]): void {
  const words: Word[] = []
  const assignments: Word[] = []
  const offset = cursor.position
  const duplications: Word[] = []
  const command = { words, assignments, inputs: [], duplications, offset, length: 1, fedBy: cursor.fedBy }
  cursor.commands.push(command)
  if (inside.length > 0) cursor.closings.push({ command, inside })
  for (;;) {
    cursor.skipBlanks()
    if (readRedirection(cursor, command)) continue
    if (cursor.next === '(') {
      if (words.length === 1 && assignments.length === 0 && cursor.match(/\([ \t]*\)/y)) {
        // `name()`; the body is the command that follows.
        cursor.position += cursor.match(/\([ \t]*\)/y)?.[0].length ?? 0
        return
      }
      cursor.refuse('a parenthesis stands where sh knows none', 'quote it, or begin a new command before it', {
        offset: cursor.position,
        length: 1,
      })
    }
    const word = readWord(cursor)
    if (word.length === 0) break
    const whole = readAttached(cursor, word)
    if (words.length === 0 && isAssignment(whole)) assignments.push(whole)
    else {
      if (words.length === 0 && assignments.length === 0 && inside.length === 0 && readReserved(cursor, whole)) {
        // The keyword is no command, unless something is redirected in front of it.
        if (command.duplications.length === 0) cursor.commands.splice(cursor.commands.indexOf(command), 1)
        return
      }
      words.push(whole)
    }
  }
  command.length = Math.max(1, cursor.position - offset)
}

/** Bash's `name=( … )` and `@(a|b)…` belong to the word in front of them. */
function readAttached(cursor: ShellCursor, word: Word): Word {
  if (cursor.next !== '(') return word
  const text = unquotedText(word)
  const count = cursor.values.length
  if (/^[A-Za-z_]\w*(?:\[[^\]]*\])?\+?=$/.test(text)) readArray(cursor)
  else {
    const pattern = /[?*+@!]$/.test(text) ? cursor.match(EXTENDED_PATTERN)?.[0] : undefined
    if (pattern === undefined || cursor.placeholderIn(cursor.position, cursor.position + pattern.length)) return word
    cursor.position += pattern.length
  }
  const rest = readWord(cursor)
  const pieces = [...word.pieces, { kind: 'expansion', text: '', isSplit: false } as const, ...rest.pieces]
  const values = [...word.values, ...cursor.valuesSince(count)]
  return { offset: word.offset, length: cursor.position - word.offset, pieces, values }
}

function readArray(cursor: ShellCursor): void {
  const span = { offset: cursor.position, length: 1 }
  cursor.position++
  for (;;) {
    skipLines(cursor)
    if (cursor.next === ')') break
    const item = readWord(cursor)
    if (item.length === 0) cursor.refuseUnterminated(span, ')')
    // `[index]=value`: bash calculates the index.
    if (item.values.length > 0 && unquotedText(item).startsWith('['))
      cursor.arithmetics.push({ offset: item.offset, length: item.length, values: item.values })
  }
  cursor.position++
}

function readSubshell(cursor: ShellCursor): void {
  const span = { offset: cursor.position, length: 1 }
  const { fedBy } = cursor
  const firstCommand = cursor.commands.length
  cursor.position++
  readCommands(cursor, ')')
  if (cursor.next !== ')') cursor.refuseUnterminated(span, ')')
  cursor.position++
  cursor.fedBy = fedBy
  cursor.stageOffset = span.offset
  readSimpleCommand(cursor, cursor.commands.slice(firstCommand))
}

function readReserved(cursor: ShellCursor, word: Word): boolean {
  const text = unquotedText(word)
  if (text === 'for' || text === 'select') readFor(cursor, word)
  else if (text === 'case') readCase(cursor, word)
  else if (text === '[[') readConditional(cursor, word)
  else if (text === 'function') {
    cursor.skipBlanks()
    readWord(cursor)
    cursor.skipBlanks()
    cursor.position += cursor.match(/\([ \t]*\)/y)?.[0].length ?? 0
  } else if (OPENING.has(text)) open(cursor, word)
  else if (CLOSING.has(text)) close(cursor)
  else if (!BETWEEN.has(text)) return false
  // Bash's `time` takes options before a command, which otherwise would be taken for the command.
  if (text === 'time') cursor.position += cursor.match(/(?:[ \t]+-[p-])*/y)?.[0].length ?? 0
  return true
}

function open(cursor: ShellCursor, { offset }: Word): void {
  cursor.limit(cursor.blocks.length)
  // The last command is the one that the keyword was taken for, which leaves the list.
  cursor.blocks.push({ offset, firstCommand: cursor.commands.length - 1, fedBy: cursor.fedBy })
}

/** Reads what follows the end of a block: its redirections. A pipe after them takes what the whole block prints. */
function close(cursor: ShellCursor): void {
  const block = cursor.blocks.pop()
  if (block === undefined) return
  cursor.fedBy = block.fedBy
  readSimpleCommand(cursor, cursor.commands.slice(block.firstCommand))
  cursor.stageOffset = block.offset
}

function readFor(cursor: ShellCursor, keyword: Word): void {
  cursor.skipBlanks()
  open(cursor, keyword)
  const calculation = cursor.match(CALCULATION)?.[0]
  if (calculation !== undefined) {
    readCalculated(cursor, calculation.length)
    return
  }
  if (!/^[A-Za-z_]\w*$/.test(unquotedText(readWord(cursor))))
    cursor.refuse('this loop has no plain name', 'write: for name in …', keyword)
  skipLines(cursor)
  const { position } = cursor
  if (unquotedText(readWord(cursor)) !== 'in') {
    cursor.position = position
    return
  }
  do cursor.skipBlanks()
  while (readWord(cursor).length > 0)
}

function readCase(cursor: ShellCursor, keyword: Word): void {
  const refuse = () => cursor.refuse('this case is not understood', 'write: case word in pattern) …;; esac', keyword)
  open(cursor, keyword)
  cursor.skipBlanks()
  if (readWord(cursor).length === 0) refuse()
  skipLines(cursor)
  if (unquotedText(readWord(cursor)) !== 'in') refuse()
  for (;;) {
    skipLines(cursor)
    const isOpened = cursor.next === '('
    if (isOpened) cursor.position++
    for (let isFirst = true; ; isFirst = false) {
      cursor.skipBlanks()
      const pattern = readAttached(cursor, readWord(cursor))
      if (isFirst && !isOpened && unquotedText(pattern) === 'esac') {
        close(cursor)
        return
      }
      if (pattern.length === 0) refuse()
      cursor.skipBlanks()
      if (cursor.next === ')') break
      if (cursor.next !== '|') refuse()
      cursor.position++
    }
    cursor.position++
    if (readBranch(cursor) === 'esac') {
      close(cursor)
      return
    }
  }
}

/** The commands of a pattern, up to `;;` or the `esac` that ends the last of them. */
function readBranch(cursor: ShellCursor): ';;' | 'esac' {
  const { fedBy } = cursor
  for (;;) {
    skipLines(cursor)
    const end = cursor.match(/;;&?|;&/y)?.[0]
    if (end !== undefined) {
      cursor.position += end.length
      return ';;'
    }
    if (cursor.match(/esac(?![^ \t\n;&|<>()])/y)) {
      cursor.position += 4
      return 'esac'
    }
    const offset = cursor.position
    if (!readSeparator(cursor, fedBy)) readCommand(cursor)
    if (cursor.position === offset)
      cursor.refuseBroken('this case is never closed: esac is missing', 'close it with esac', { offset, length: 1 })
  }
}

/** `[[ ]]` of bash, as a command whose words are its operands and operators. */
function readConditional(cursor: ShellCursor, opening: Word): void {
  const words = [opening]
  for (;;) {
    skipLines(cursor)
    const operator = cursor.match(/&&|\|\||[<>()|&;]/y)?.[0]
    if (operator !== undefined) {
      cursor.position += operator.length
      continue
    }
    const word = readWord(cursor)
    if (word.length === 0) cursor.refuseUnterminated(opening, ']]')
    if (unquotedText(word) === ']]') break
    words.push(word)
  }
  const { offset } = opening
  const length = cursor.position - offset
  cursor.commands.push({ words, assignments: [], inputs: [], duplications: [], offset, length, fedBy: null })
}

function skipLines(cursor: ShellCursor): void {
  for (;;) {
    cursor.skipBlanks()
    if (cursor.next !== '\n') return
    cursor.position++
    readDocuments(cursor)
  }
}

function isAssignment(word: Word): boolean {
  const [first] = word.pieces
  return first?.kind === 'text' && !first.isQuoted && /^[A-Za-z_]\w*(?:\[|\+?=)/.test(first.text)
}
