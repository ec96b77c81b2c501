import { type CodeTaker, SHELL, WRAPPERS } from './code-taker.ts'
import { isSplit, leadingText, type Piece, staticText, unquotedText, type Word } from './syntax.ts'
import type { Taint } from './taint.ts'

/** The first argument that is code and foreign; `input` if the code comes from standard input. */
export function findCode(taker: CodeTaker, args: readonly Word[], taint: Taint): Word | 'input' | null {
  const split = args.find((word) => isSplit(word) && taint.isTainted(word))
  if (split) return split
  let hasCode = false
  let isCodeNext = false
  let hasInputOption = false
  let operandCount = 0
  for (let index = 0; index < args.length; index++) {
    const word = args[index]
    if (!word) break
    const text = staticText(word)
    const start = leadingText(word)
    if (isCodeNext) {
      if (taint.isTainted(word)) return word
      isCodeNext = isSplit(word)
    } else if (/^[-+]./.test(start) && start !== '--') {
      if (taint.isTainted(word) && !isValueOption(taker, start)) return word
      const isCode = isCodeOption(taker, text ?? '')
      hasCode ||= isCode
      hasInputOption ||= taker === SHELL && /^-[^-]*s/.test(text ?? '')
      // A shell reads further options between `-c` and its script, which is its first operand.
      isCodeNext = isCode && taker !== SHELL
      if (!isCodeNext) index += countOptionArguments(taker, text ?? '')
    } else if (text !== '--' && !(taker === SHELL && (text === '-' || text === '+'))) {
      operandCount++
      if (hasCode && taker !== SHELL) return null
      if (taint.isTainted(word)) return word
      if (text === '-' || /^\/(?:dev|proc)\//.test(text ?? '')) return taker.readsInput && !hasCode ? 'input' : null
      if (isFirstOperandLast(taker) && isSurelyOperand(word)) return hasInputOption && !hasCode ? 'input' : null
    }
  }
  const isHostOnly = taker.operand === 'file' && taker.isAllCode && operandCount === 1
  return taker.readsInput && !hasCode && (operandCount === 0 || isHostOnly) ? 'input' : null
}

/** Not so for `su`, where the user's name comes before the options. */
function isFirstOperandLast(taker: CodeTaker): boolean {
  return !taker.isAllCode && (taker.readsInput || taker.operand === 'code')
}

/** `$x` might be empty or an option; `$x/notify.sh` is neither. */
function isSurelyOperand(word: Word): boolean {
  return staticText(word) !== null || word.pieces.some((piece) => piece.kind === 'text' && piece.text.includes('/'))
}

function isCodeOption(taker: CodeTaker, text: string): boolean {
  if (/^--(?:eval|print|expression|source|command)$/.test(text)) return true
  return /^[-+][^-]/.test(text) && [...taker.codeOptions].some((letter) => text.includes(letter))
}

/** For `-eo pipefail`: 1. */
function countOptionArguments(taker: CodeTaker, text: string): number {
  if (!/^[-+][^-]/.test(text)) return 0
  if (taker === SHELL) return [...text].filter((letter) => taker.argumentOptions.includes(letter)).length
  return taker.argumentOptions.includes(text.slice(-1)) ? 1 : 0
}

/** `-vname=value` of awk: the value is text. */
function isValueOption(taker: CodeTaker, start: string): boolean {
  return taker.argumentOptions.includes(start.charAt(1)) || /^--(?:assign)=/.test(start)
}

/** What a simple command runs, after `sudo`, `env` and the like. */
export type Program =
  | { readonly kind: 'none'; readonly wrappers: readonly string[] }
  /** `name` is the last part of its path. */
  | {
      readonly kind: 'named'
      readonly name: string
      readonly arguments: readonly Word[]
      readonly wrappers: readonly string[]
    }
  /** From the environment, by a variable that the script does not set. */
  | { readonly kind: 'from_environment' }
  /** Foreign text would choose it, or it cannot be told before the script runs. */
  | { readonly kind: 'unknown'; readonly word: Word }

export function findProgram(words: readonly Word[], taint: Taint): Program {
  const wrappers: string[] = []
  for (let index = 0; ; ) {
    const word = words[index]
    if (!word) return { kind: 'none', wrappers }
    const name = programName(word, taint)
    if (name === null) return { kind: 'unknown', word }
    if (name === '') return { kind: 'from_environment' }
    const wrapper = WRAPPERS.get(name)
    if (!wrapper) return { kind: 'named', name, arguments: words.slice(index + 1), wrappers }
    wrappers.push(name)
    const next = skipWrapper(words, index + 1, wrapper)
    // Foreign text that is split could end the options and go on with a program.
    const split = words.slice(index, next).find((option) => isSplit(option) && taint.isTainted(option))
    if (split) return { kind: 'unknown', word: split }
    index = next
  }
}

/** The last part of the path; empty if it comes from the environment, null if nobody can tell. */
function programName(word: Word, taint: Taint): string | null {
  if (word.variables.length > 0 || taint.isTainted(word)) return null
  const unquoted = unquotedText(word)
  if (/[*?{]/.test(unquoted) || (unquoted.includes('[') && unquoted !== '[')) return null
  const text = staticText(word)
  if (text !== null) return baseName(text)
  const isTrusted = word.pieces.every(
    (piece) => piece.kind !== 'expansion' || piece.isQuoted || isFromEnvironment(piece, taint),
  )
  const last = word.pieces.at(-1)
  if (isTrusted && last?.kind === 'text' && last.text.includes('/')) return baseName(last.text)
  const [expansion, ...others] = word.pieces.filter((piece) => piece.kind !== 'text' || piece.text !== '')
  if (!expansion || others.length > 0 || !isFromEnvironment(expansion, taint)) return null
  return /SHELL|BASH/.test(expansion.text) ? 'sh' : ''
}

/** `$NAME` or `${NAME}` of a variable that the script does not set. */
function isFromEnvironment(piece: Piece, taint: Taint): piece is Extract<Piece, { kind: 'expansion' }> {
  const name = piece.kind === 'expansion' ? /^\$\{?([A-Za-z_]\w*)\}?$/.exec(piece.text)?.[1] : undefined
  return name !== undefined && !taint.isSet(name)
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function skipWrapper(
  words: readonly Word[],
  first: number,
  { argumentOptions, operandCount }: { argumentOptions: string; operandCount: number },
): number {
  let operandsLeft = operandCount
  for (let index = first; ; index++) {
    const word = words[index]
    if (!word) return index
    const start = leadingText(word)
    if (start.startsWith('-')) {
      const text = staticText(word)
      if (text !== null && /^-[^-]/.test(text) && argumentOptions.includes(text.at(-1) ?? ' ')) index++
    } else if (!/^\w+=/.test(start)) {
      if (operandsLeft === 0) return index
      operandsLeft--
    }
  }
}
