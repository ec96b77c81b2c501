import type { ShellCursor } from './cursor.ts'
import { readDocuments, readRedirection } from './redirection.ts'
import { type Assignment, assignmentOf, unquotedText, type Word } from './syntax.ts'
import { readWord } from './words.ts'

/** After these a command begins. Whether they match each other is left to the shell: nothing is quoted by them. */
const RESERVED = new Set(['if', 'then', 'elif', 'else', 'fi', 'while', 'until', 'do', 'done', '{', '}', '!', 'time'])
const FOREIGN: ReadonlyMap<string, string> = new Map([
  ['[[', 'write [ ] with every variable in double quotes'],
  ['function', 'write name() { …; }'],
  ['select', 'write a loop'],
  ['coproc', 'write a pipeline'],
])
const SEPARATOR = /&&|\|\||[;&|](?![;&|])/y

/**
 * Reads commands up to the end, or up to `closing`, which is left where it stands. A small and strict reading of sh:
 * what dash, bash and busybox could understand differently is refused. Throws NotUnderstood.
 */
export function readCommands(cursor: ShellCursor, closing: ')' | null): void {
  for (;;) {
    cursor.skipBlanks()
    if (cursor.isAtEnd || cursor.next === closing) return
    if (cursor.next === '\n') {
      cursor.position++
      readDocuments(cursor)
    } else if (cursor.startsWith(';;') || !readSeparator(cursor)) {
      const offset = cursor.position
      readCommand(cursor)
      if (cursor.position === offset) return
    }
  }
}

function readSeparator(cursor: ShellCursor): boolean {
  if (cursor.startsWith('&>') || cursor.startsWith('|&'))
    cursor.refuse(`${cursor.text.slice(cursor.position, cursor.position + 2)} is not part of sh`, 'write 2>&1')
  const separator = cursor.match(SEPARATOR)?.[0]
  if (separator === undefined) return false
  cursor.position += separator.length
  return true
}

function readCommand(cursor: ShellCursor): void {
  if (cursor.next === '(') {
    readSubshell(cursor)
    return
  }
  const words: Word[] = []
  const assignments: Assignment[] = []
  const documents: Word[] = []
  const duplications: Word[] = []
  const offset = cursor.position
  const command = { words, assignments, documents, duplications, offset, length: 1 }
  cursor.commands.push(command)
  for (;;) {
    cursor.skipBlanks()
    if (readRedirection(cursor, command)) continue
    if (cursor.next === '(') {
      readFunction(cursor, words.length === 1 && assignments.length === 0 ? words[0] : undefined)
      return
    }
    const word = readWord(cursor)
    if (word.length === 0) break
    refuseBraceExpansion(cursor, word)
    const assignment = words.length === 0 ? asAssignment(cursor, word) : null
    if (assignment) assignments.push(assignment)
    else {
      if (words.length === 0 && assignments.length === 0 && readReserved(cursor, word)) return
      words.push(word)
    }
  }
  command.length = Math.max(1, cursor.position - offset)
}

function readSubshell(cursor: ShellCursor): void {
  const span = { offset: cursor.position, length: 1 }
  cursor.position++
  if (cursor.next === '(')
    cursor.refuse('(( )) is not part of sh', 'write [ "$n" -gt 3 ] to compare, $(( )) to calculate', {
      ...span,
      length: 2,
    })
  readCommands(cursor, ')')
  if (cursor.next !== ')') cursor.refuseUnterminated(span, ')')
  cursor.position++
}

/** `name()`; the body is the command that follows. */
function readFunction(cursor: ShellCursor, name: Word | undefined): void {
  const empty = cursor.match(/\([ \t]*\)/y)
  if (!empty || !name || !/^[A-Za-z_]\w*$/.test(unquotedText(name))) {
    cursor.refuse('a parenthesis stands where sh knows none', 'quote it, or begin a new command before it', {
      offset: cursor.position,
      length: 1,
    })
  }
  cursor.position += empty[0].length
}

function readReserved(cursor: ShellCursor, word: Word): boolean {
  const text = unquotedText(word)
  const advice = FOREIGN.get(text)
  if (advice) cursor.refuse(`${text} is not part of sh`, advice, word)
  if (text === 'for') readFor(cursor, word)
  else if (text === 'case') readCase(cursor, word)
  else if (!RESERVED.has(text)) return false
  // Bash's `time` takes options before a command, which otherwise would be taken for the command.
  if (text === 'time') cursor.position += cursor.match(/(?:[ \t]+-[p-])*/y)?.[0].length ?? 0
  return true
}

function readFor(cursor: ShellCursor, keyword: Word): void {
  cursor.skipBlanks()
  const variable = readWord(cursor)
  const name = unquotedText(variable)
  if (!/^[A-Za-z_]\w*$/.test(name)) cursor.refuse('this loop has no plain name', 'write: for name in …', keyword)
  skipLines(cursor)
  const { position } = cursor
  const isList = unquotedText(readWord(cursor)) === 'in'
  if (!isList) cursor.position = position
  // Without a list the loop goes over the parameters of the script.
  if (!isList) cursor.bindings.push({ name, word: { ...variable, pieces: [], parameters: ['@'] } })
  for (;;) {
    cursor.skipBlanks()
    if (!isList) return
    const word = readWord(cursor)
    if (word.length === 0) return
    refuseBraceExpansion(cursor, word)
    cursor.bindings.push({ name, word })
  }
}

function readCase(cursor: ShellCursor, keyword: Word): void {
  const refuse = () => cursor.refuse('this case is not understood', 'write: case word in pattern) …;; esac', keyword)
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
      const pattern = readWord(cursor)
      if (isFirst && !isOpened && unquotedText(pattern) === 'esac') return
      if (pattern.length === 0) refuse()
      cursor.skipBlanks()
      if (cursor.next === ')') break
      if (cursor.next !== '|') refuse()
      cursor.position++
    }
    cursor.position++
    if (readBranch(cursor) === 'esac') return
  }
}

/** The commands of a pattern, up to `;;` or the `esac` that ends the last of them. */
function readBranch(cursor: ShellCursor): ';;' | 'esac' {
  for (;;) {
    skipLines(cursor)
    if (cursor.startsWith(';;')) {
      if (cursor.startsWith(';;&')) cursor.refuse(';;& is not part of sh', 'write ;;')
      cursor.position += 2
      return ';;'
    }
    if (cursor.match(/esac(?![^ \t\n;&|<>()])/y)) {
      cursor.position += 4
      return 'esac'
    }
    const offset = cursor.position
    if (!readSeparator(cursor)) readCommand(cursor)
    if (cursor.position === offset)
      cursor.refuse('this case is never closed: esac is missing', 'close it with esac', { offset, length: 1 })
  }
}

function skipLines(cursor: ShellCursor): void {
  for (;;) {
    cursor.skipBlanks()
    if (cursor.next !== '\n') return
    cursor.position++
    readDocuments(cursor)
  }
}

function asAssignment(cursor: ShellCursor, word: Word): Assignment | null {
  const [first] = word.pieces
  const isArray = first?.kind === 'text' && !first.isQuoted && /^[A-Za-z_]\w*(?:\[|\+=)/.test(first.text)
  const assignment = assignmentOf(word)
  if (isArray || (assignment && cursor.next === '('))
    cursor.refuse('arrays and += are not part of sh', 'write name=value with a plain name', word)
  return assignment
}

function refuseBraceExpansion(cursor: ShellCursor, word: Word): void {
  if (/\{.*(?:,|\.\.).*\}/s.test(unquotedText(word)))
    cursor.refuse('some shells make several words of this, others do not', 'put it in quotes', word)
}
