import type { ShellCursor } from './cursor.ts'
import { environmentName, type TemplateMistake } from './placeholder.ts'
import {
  type Arithmetic,
  baseName,
  canVanish,
  fixedText,
  leadingText,
  type SimpleCommand,
  type Span,
  startText,
  staticText,
  unquotedText,
  type Word,
} from './syntax.ts'

/** Set from outside, these make a program run something. */
const DANGEROUS_NAME =
  /^(?:PATH|ENV|BASH_ENV|PS4|PROMPT_COMMAND|LD_\w+|PERL5?\w*|PYTHON\w*|RUBY\w*|NODE_OPTIONS|GIT_\w+)$/
/** Programs that run the program which follows their options. */
const WRAPPERS =
  /^(?:sshpass|proxychains\d?|torsocks|firejail|env|sudo|doas|exec|command|builtin|time|nice|ionice|timeout|nohup|setsid|stdbuf|chroot|chronic|busybox|toybox|xargs|flock|runuser|gosu|su-exec|taskset|strace|unshare|systemd-run|setpriv|prlimit)$/
/** Options of theirs that take the next word: a user, a group, a signal, a directory. */
const TAKES_WORD = /^-[a-zA-Z]*[ugsCp]$|^--(?:user|group|signal|chdir)$/
const RUNS_TEXT = new Set(['eval', 'trap', '.', 'source', 'alias', 'let', 'bind', 'complete', 'compgen'])
/** Bash evaluates `name[…]` wherever it takes the name of a variable. */
const TAKES_NAMES = new Set(['read', 'unset', 'wait', 'getopts', 'mapfile', 'readarray'])
const DECLARES = new Set(['export', 'readonly', 'local', 'declare', 'typeset'])

/** What a simple command runs: the place of the program among its words, after `sudo`, `env` and the like. */
export interface Program {
  /** The last part of its path; empty if only the shell knows it. */
  readonly name: string
  readonly arguments: readonly Word[]
  readonly wrappers: readonly string[]
  /** The word that chooses the program, if a foreign text does. */
  readonly chosenBy: Word | null
}

export function findProgram(words: readonly Word[]): Program {
  const wrappers: string[] = []
  let isOption = false
  for (const [index, word] of words.entries()) {
    const text = staticText(word)
    const start = startText(word)
    const isInside = wrappers.length > 0
    if (isInside && isOption) isOption = false
    else if (isInside && start.startsWith('-')) isOption = TAKES_WORD.test(start)
    else if (isInside && /^(?:\w+=|[\d.]+[smhd]?$)/.test(start)) continue
    else if (canVanish(word) && index < words.length - 1) continue
    else if (word.values.length > 0 || isVariable(word)) return { name: '', arguments: [], wrappers, chosenBy: word }
    else if (text === null || !WRAPPERS.test(baseName(text))) {
      const name = baseName(fixedText(word))
      return { name, arguments: words.slice(index + 1), wrappers, chosenBy: null }
    } else wrappers.push(baseName(text))
  }
  return { name: '', arguments: [], wrappers, chosenBy: null }
}

/** `{kind}` alone; `notify-{kind}.sh` is as good as a constant. */
function isVariable({ pieces }: Word): boolean {
  return pieces.length > 0 && pieces.every(({ kind }) => kind === 'variable')
}

/** What the shell itself would run or calculate: a foreign text as a program's name, in `eval`, as the format of printf. */
export function shellTrap(
  command: SimpleCommand,
  program: Program,
  foreign: ShellCursor['foreign'],
): TemplateMistake | null {
  const { words, duplications } = command
  for (const word of [...command.assignments, ...words]) {
    const name = /^(\w+)\+?=/.exec(leadingText(word))?.[1]
    if (name !== undefined && DANGEROUS_NAME.test(name) && word.values.length > 0)
      return mistakeAt(word, `${name} decides what programs run, and would be set from a variable`, 'use another name')
    if (isIndexed(word)) return calculated(word)
  }
  if (
    /^(?:\.|source)$/.test(program.name) &&
    fedBy(command) &&
    program.arguments.some((word) => /^\/(?:dev|proc)\//.test(startText(word)))
  )
    return mistakeAt(
      command,
      `${program.name} would run its input as code`,
      'read it line by line: while read -r line; do …',
    )
  const duplicated = duplications.find(({ values }) => values.length > 0)
  // Bash expands what follows `>&` once more if it is not a number.
  if (duplicated) return mistakeAt(duplicated, 'bash would run code hidden in the text after >&', 'write: > file 2>&1')
  const [first] = words
  if (program.chosenBy)
    return mistakeAt(program.chosenBy, 'a variable would choose the program to run', 'write the name of the program')
  if (first && /\{.*(?:,|\.\.).*\}/s.test(unquotedText(first)) && words.some(({ values }) => values.length > 0))
    return mistakeAt(first, 'bash makes several words of this, the first of which is the program', 'write its name')
  const holdsName = (word: Word) =>
    [...fixedText(word).matchAll(/[A-Za-z_]\w*/g)].some(([name]) => foreign(name) !== null)
  const byName = calculatedWords(command, program).find(holdsName)
  return byName ? calculated(byName) : builtinTrap(program.name, program.arguments)
}

/** Where bash calculates: there, the bare name of a variable means what is in it. */
function calculatedWords({ assignments, words }: SimpleCommand, { name, arguments: rest }: Program): readonly Word[] {
  if (name === 'let' || (DECLARES.has(name) && declaresNumber(rest))) return rest
  const isOperand = (_: Word, index: number) =>
    [rest[index - 1], rest[index + 1]].some((one) => one && comparesNumbers(one))
  const indexed = [...assignments, ...words].filter((word) => /^[A-Za-z_]\w*\[/.test(fixedText(word)))
  return name === '[[' ? [...indexed, ...rest.filter(isOperand)] : indexed
}

/** `declare -i`, and `-n`, which makes a name of a text. */
function declaresNumber(words: readonly Word[]): boolean {
  return words.some((word) => /^-[a-zA-Z]*[in]/.test(leadingText(word)))
}

function comparesNumbers(word: Word): boolean {
  return /^-(?:eq|ne|lt|le|gt|ge)$/.test(staticText(word) ?? '')
}

function fedBy({ fedBy, inputs }: SimpleCommand): boolean {
  return fedBy !== null || inputs.some(({ values }) => values.length > 0)
}

export function arithmeticTrap({ offset, length }: Arithmetic): TemplateMistake {
  return calculated({ offset, length })
}

function calculated(span: Span): TemplateMistake {
  return mistakeAt(
    span,
    'a text would be calculated, where bash runs commands that are hidden in it',
    'calculate only with numbers that this script sets itself, or with {failure_count} and {alert_count}',
  )
}

/** `name[{last_output}]=…` */
function isIndexed({ pieces, values }: Word): boolean {
  const [first] = pieces
  return values.length > 0 && first?.kind === 'text' && !first.isQuoted && /^[A-Za-z_]\w*\[[^\]]*$/.test(first.text)
}

export function builtinTrap(name: string, words: readonly Word[]): TemplateMistake | null {
  const found = words.find(({ values }) => values.length > 0)
  if (found === undefined) return null
  if (RUNS_TEXT.has(name))
    return mistakeAt(found, `${name} would run foreign text as code`, 'name the variable in a command instead')
  if (TAKES_NAMES.has(name)) return mistakeAt(found, `${name} takes names here, not text`, 'write a plain name')
  if (DECLARES.has(name)) return declarationTrap(name, words)
  if (name === 'test' || name === '[' || name === '[[') return testTrap(name, words)
  return name === 'printf' ? printfTrap(words) : null
}

function declarationTrap(name: string, words: readonly Word[]): TemplateMistake | null {
  const isNumber = declaresNumber(words)
  for (const word of words) {
    if (word.values.length === 0) continue
    if (isNumber) return calculated(word)
    if (!/^\w+\+?=/.test(leadingText(word)) || word.pieces.some((piece) => piece.kind !== 'text' && piece.isSplit))
      return mistakeAt(word, `${name} takes a plain name=value here`, 'write name="value"')
  }
  return null
}

function testTrap(name: string, words: readonly Word[]): TemplateMistake | null {
  for (const [index, word] of words.entries()) {
    if (word.values.length === 0) continue
    const [before, after] = [words[index - 1], words[index + 1]]
    if (name === '[[' && [before, after].some((one) => one && comparesNumbers(one))) return calculated(word)
    const operator = before && staticText(before)
    if (operator === '-v' || operator === '-R' || (name !== '[[' && operator === null))
      return mistakeAt(word, 'a text would stand where [ ] expects an operator', 'write [ one = another ]')
  }
  return null
}

/** The format is the first operand; a foreign text before it could be an option. */
function printfTrap(words: readonly Word[]): TemplateMistake | null {
  const hint = `write printf '%s\\n' in front of it`
  const message = 'a text would be the format of printf, or an option of it'
  for (const [index, word] of words.entries()) {
    const text = leadingText(word)
    if (word.values.length > 0) return mistakeAt(word, message, hint)
    if (text !== '--' && !text.startsWith('-v') && staticText(words[index - 1] ?? word) !== '-v') return null
  }
  return null
}

/** Advice that names the environment variable of the foreign text in a word: `NAME` stands for it. */
export function adviceFor(advice: string, { values }: Pick<Word, 'values'>): string {
  return advice.replaceAll('NAME', environmentName(values[0] ?? 'last_output'))
}

export function mistakeAt({ offset, length }: Span, message: string, hint: string): TemplateMistake {
  return { message, hint, offset, length }
}
