import { codeTaker } from './code-taker.ts'
import { assignmentOf, isSplit, leadingText, staticText, type Word } from './syntax.ts'
import type { Taint } from './taint.ts'

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

/** What a builtin would do with foreign text besides passing it on. Bash evaluates `name[…]` wherever it takes a name. Pure. */
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
