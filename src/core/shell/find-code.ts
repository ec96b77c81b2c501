import { type CodeTaker, SHELL } from './code-taker.ts'
import { isSplit, leadingText, staticText, type Word } from './syntax.ts'
import type { Taint } from './taint.ts'

/** The first argument that is code and foreign; `input` if the code comes from standard input. Pure. */
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

/** Of `-eo pipefail`: 1. */
function countOptionArguments(taker: CodeTaker, text: string): number {
  if (!/^[-+][^-]/.test(text)) return 0
  if (taker === SHELL) return [...text].filter((letter) => taker.argumentOptions.includes(letter)).length
  return taker.argumentOptions.includes(text.slice(-1)) ? 1 : 0
}

/** `-vname=value` of awk: the value is text. */
function isValueOption(taker: CodeTaker, start: string): boolean {
  return taker.argumentOptions.includes(start.charAt(1)) || /^--(?:assign)=/.test(start)
}
