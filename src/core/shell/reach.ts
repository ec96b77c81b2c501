import { type CodeTaker, codeTaker, SHELL } from './code-taker.ts'
import { findCode, findProgram } from './find-code.ts'
import { environmentName, isPlain, type TemplateMistake } from './placeholder.ts'
import {
  assignmentOf,
  isSplit,
  leadingText,
  type ShellSyntax,
  type SimpleCommand,
  type Span,
  staticText,
  type Word,
} from './syntax.ts'
import { type Taint, traceTaint, withoutVanishing } from './taint.ts'

/** Set from outside, these make a program run something. */
const DANGEROUS_NAME =
  /^(?:PATH|ENV|BASH_ENV|PS4|PROMPT_COMMAND|LD_\w+|PERL5?\w*|PYTHON\w*|RUBY\w*|NODE_OPTIONS|GIT_\w+)$/

/**
 * Finds where foreign text would be run as code although it is well quoted: in `eval`, in the script of another
 * interpreter, in arithmetic, or as the name of a program.
 */
export function findReach(syntax: ShellSyntax): TemplateMistake[] {
  const taint = traceTaint(syntax)
  const hasForeignText = syntax.references.some(({ placeholder }) => !isPlain(placeholder.variable))
  const mistakes: TemplateMistake[] = []
  for (const command of syntax.commands) {
    const judge = hasForeignText ? commandMistake : programMistake
    const mistake = judge(command, taint) ?? vanishedMistake(command, taint, judge)
    if (mistake) mistakes.push(mistake)
  }
  if (!hasForeignText) return mistakes
  for (const { names, variables, offset, length } of syntax.arithmetics) {
    const isHarmless = variables.every(isPlain) && names.every(taint.isNumber)
    if (!isHarmless)
      mistakes.push({
        message: 'a text would be calculated in $(( )), where bash runs commands that are hidden in it',
        hint: 'calculate only with numbers that this script sets itself, or with {failure_count} and {alert_count}',
        offset,
        length,
      })
  }
  return mistakes.sort((a, b) => a.offset - b.offset)
}

/** An empty `$options` leaves its place to the word after it. */
function vanishedMistake(command: SimpleCommand, taint: Taint, judge: typeof commandMistake): TemplateMistake | null {
  // These run every argument, whatever stands before it.
  const program = findProgram(command.words, taint)
  if (program.kind === 'named' && codeTaker(program.name)?.isAllCode) return null
  const first = command.words.slice(0, 1)
  const others = withoutVanishing(command.words.slice(1), taint)
  for (const words of [
    [...withoutVanishing(first, taint), ...others],
    [...first, ...others],
  ]) {
    const mistake = judge({ ...command, words }, taint)
    if (mistake) return { ...mistake, hint: 'put what stands before it in double quotes, as it might be empty' }
  }
  return null
}

/** If a script names only numbers and fixed words, nothing but the choice of the program matters. */
function programMistake(command: SimpleCommand, taint: Taint): TemplateMistake | null {
  const program = findProgram(command.words, taint)
  if (program.kind !== 'unknown' || program.word.variables.length === 0) return null
  return mistakeAt(program.word, 'a variable would choose the program to run', 'write the name of the program')
}

function commandMistake(command: SimpleCommand, taint: Taint): TemplateMistake | null {
  for (const { name, word } of command.assignments)
    if (DANGEROUS_NAME.test(name) && taint.isTainted(word))
      return mistakeAt(word, `${name} decides what programs run, and would be set from a variable`, 'use another name')
  for (const word of command.words) {
    const name = /^(\w+)=/.exec(leadingText(word))?.[1]
    if (name !== undefined && DANGEROUS_NAME.test(name) && taint.isTainted(word))
      return mistakeAt(word, `${name} decides what programs run, and would be set from a variable`, 'use another name')
  }
  const duplicated = command.duplications.find(taint.isTainted)
  // Bash expands what follows `>&` once more if it is not a number.
  if (duplicated) return mistakeAt(duplicated, 'bash would run code hidden in the text after >&', 'write: > file 2>&1')
  const program = findProgram(command.words, taint)
  if (program.kind === 'unknown')
    return mistakeAt(
      program.word,
      program.word.variables.length > 0
        ? 'a variable would choose the program to run'
        : 'this program cannot be told before the script runs, so it might run a variable as code',
      'write the name of the program',
    )
  if (program.kind === 'named') {
    const builtin = builtinMistake(program.name, program.arguments, taint)
    if (builtin) return mistakeAt(builtin.word ?? command, builtin.message, builtin.hint)
  }
  return interpreterMistake(command, program, taint)
}

function interpreterMistake(
  command: SimpleCommand,
  program: ReturnType<typeof findProgram>,
  taint: Taint,
): TemplateMistake | null {
  if (program.kind === 'named' || program.kind === 'none') {
    const taker = program.kind === 'named' ? codeTaker(program.name) : null
    const feeds = program.wrappers.includes('xargs')
    if (feeds && (taker || (program.kind === 'none' && program.wrappers.at(-1) !== 'xargs')))
      return mistakeAt(
        command,
        'xargs would put its input into code',
        'read the input line by line: while read -r line; do …',
      )
    if (program.kind === 'named' && taker) {
      const mistake = takerMistake(command, taker, program, taint)
      if (mistake) return mistake
    }
  }
  // A shell can hide behind any program that runs another: `docker exec web sh -c …`.
  for (const [index, word] of command.words.entries()) {
    const text = staticText(word)
    if (text === null || codeTaker(text) !== SHELL) continue
    const code = findCode(SHELL, command.words.slice(index + 1), taint)
    if (code && code !== 'input') return codeMistake(SHELL, text, code)
  }
  return null
}

function takerMistake(
  command: SimpleCommand,
  taker: CodeTaker,
  { name, arguments: words }: { readonly name: string; readonly arguments: readonly Word[] },
  taint: Taint,
): TemplateMistake | null {
  const code = findCode(taker, words, taint)
  if (code === 'input')
    return mistakeAt(
      command,
      `${name} would run its standard input as code, in a script that handles foreign text`,
      'give it a script file, or its code as an argument',
    )
  const document = taker.isAllCode && !taker.readsInput ? command.documents.find(taint.isTainted) : undefined
  const reached = code ?? document
  return reached ? codeMistake(taker, name, reached) : null
}

export function codeMistake(taker: CodeTaker, name: string, word: Word): TemplateMistake {
  const variable = word.variables.find((candidate) => !isPlain(candidate))
  const advice = taker.advice.replaceAll('NAME', variable ? environmentName(variable) : 'MINITOR_LAST_OUTPUT')
  return mistakeAt(word, `${name} would run ${variable ? `{${variable}}` : 'foreign text'} as code`, advice)
}

function mistakeAt({ offset, length }: Span, message: string, hint: string): TemplateMistake {
  return { message, hint, offset, length }
}

interface BuiltinMistake {
  readonly message: string
  readonly hint: string
  /** Null means the whole command. */
  readonly word: Word | null
}

const RUNS_CODE = new Set([
  'eval',
  'trap',
  '.',
  'source',
  'bind',
  'complete',
  'compgen',
  'enable',
  'fc',
  'jobs',
  'hash',
])
const CHANGES_SYNTAX = new Set(['alias', 'shopt', 'let'])
const TAKES_NAMES = new Set(['read', 'unset', 'wait', 'getopts', 'mapfile', 'readarray'])
const DECLARES = new Set(['export', 'readonly', 'local', 'declare', 'typeset'])

/** What a builtin would do with foreign text besides passing it on. Bash evaluates `name[…]` wherever it takes a name. */
export function builtinMistake(name: string, words: readonly Word[], taint: Taint): BuiltinMistake | null {
  const tainted = words.find(taint.isTainted)
  if (CHANGES_SYNTAX.has(name))
    return {
      message: `${name} changes how a script is read`,
      hint: 'do without it where variables are used',
      word: null,
    }
  if (RUNS_CODE.has(name)) {
    if (tainted)
      return {
        message: `${name} would run foreign text as code`,
        hint: 'name the variable in a command instead',
        word: tainted,
      }
    const texts = words.map((word) => staticText(word) ?? '')
    const takesText = name === 'eval' || name === 'trap'
    const isInput = texts.some((text) => /^\/(?:dev|proc)\//.test(text) || (takesText && namesCodeTaker(text)))
    return isInput ? { message: `${name} might run its input as code`, hint: 'use a script file', word: null } : null
  }
  if (TAKES_NAMES.has(name) && tainted)
    return { message: `${name} takes names here, not text`, hint: 'write a plain name', word: tainted }
  if (DECLARES.has(name)) return declarationMistake(name, words, taint)
  if (name === 'test' || name === '[') return testMistake(words, taint)
  return name === 'printf' ? printfMistake(words, taint) : null
}

/** `eval sh` would read its input. */
function namesCodeTaker(text: string): boolean {
  return text.split(/[^\w.-]+/).some((name) => codeTaker(name) !== null || RUNS_CODE.has(name))
}

function declarationMistake(name: string, words: readonly Word[], taint: Taint): BuiltinMistake | null {
  for (const word of words) {
    const text = staticText(word)
    const isPlainWord =
      text === null
        ? (assignmentOf(word) && !isSplit(word)) || !taint.isTainted(word)
        : /^(?:-[rxgp]+|\w+(?:=.*)?)$/s.test(text)
    if (!isPlainWord) return { message: `${name} takes a plain name=value here`, hint: 'write name=value', word }
  }
  return null
}

function testMistake(words: readonly Word[], taint: Taint): BuiltinMistake | null {
  for (const [index, word] of words.entries()) {
    const before = words[index - 1]
    if (!before || !taint.isTainted(word)) continue
    const operator = staticText(before)
    if (operator === null || operator === '-v' || operator === '-R')
      return { message: 'a text would stand where [ ] expects an operator', hint: 'write [ one = another ]', word }
  }
  return null
}

function printfMistake(words: readonly Word[], taint: Taint): BuiltinMistake | null {
  const [first, second] = words
  const hint = "write printf '%s\\n' in front of it"
  const mistake = (word: Word) => ({ message: 'a text would be the format of printf, or an option of it', hint, word })
  if (!first) return null
  const isOption = leadingText(first).startsWith('-')
  if (taint.isTainted(first) && (isOption || leadingText(first) === '')) return mistake(first)
  if (isOption && second && taint.isTainted(second) && staticText(first) !== '--') return mistake(second)
  return null
}
