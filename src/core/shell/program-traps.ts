import type { VariableName } from '../model/types.ts'
import { type CodeTaker, codeTaker, guessedTaker, JQ_TAKES_TWO, SCRIPT_FILE } from './code-takers.ts'
import type { TemplateMistake } from './placeholder.ts'
import { adviceFor, mistakeAt, type Program } from './shell-traps.ts'
import {
  baseName,
  canVanish,
  fixedText,
  isValueAlone,
  isValueSplit,
  type SimpleCommand,
  startText,
  staticText,
  type Word,
} from './syntax.ts'

/** Each looks at all the words after it. */
const MOST_TAKERS = 50

/** These only print or send what they are given, whatever words are in it. */
const RUNS_NOTHING =
  /^(?:echo|printf|logger|wall|notify-send|mail|mailx|sendmail|curl|wget|test|\[|\[\[|grep|cat|tee|export|local)$/
/** `deno eval` is a word. */
const LONG_CODE_OPTION =
  /^(?:eval$|--?(?:eval|print|expression|execute|command|Command|source|exec|query|ex|cmd|run)(?:=|$))/
/** Words of English, too: only where a program surely stands. */
const ORDINARY = /^(?:at|batch|make|watch|script|screen|expect|ex|ed|R)$/
/** ssh's options that take the next word. */
const SSH_TAKES = /^-[A-Za-z]*[BbcDEeFIiJLlmOopQRSWw]$/
/** A text that is more than words: quotes, parentheses, semicolons. */
const LOOKS_LIKE_CODE = /[();'"`$]/
const IS_INPUT = /^(?:-|\/dev\/(?:stdin|fd\/\d+)|\/proc\/self\/fd\/\d+)$/

/** Judges constant code that a program is given, whose arguments or input may be foreign. */
export type CheckCode = (
  code: Word,
  text: string | null,
  foreign: { readonly hasArguments: boolean; readonly fedBy: SimpleCommand['fedBy'] },
) => TemplateMistake | null

/**
 * What another program on the command line would run: looked for at every word, as a program can stand behind others that
 * run it.
 */
export function programTrap(command: SimpleCommand, program: Program, checkCode: CheckCode): TemplateMistake | null {
  if (RUNS_NOTHING.test(program.name)) return null
  const fedBy = command.fedBy ?? command.inputs.flatMap(({ values }) => values)[0] ?? null
  const isFedByXargs = fedBy !== null && program.wrappers.includes('xargs')
  const written = splitStrings(command.words)
  const programIndex = written.length - program.arguments.length - 1
  const replaces = written.some((word) => /^-(?:I|i)|^--replace/.test(startText(word)))
  const words = isFedByXargs && !replaces ? [...written, inputWord(command, fedBy)] : written
  const readsInput = (name: string, advice: string) =>
    mistakeAt(
      command,
      `${name} would run its standard input as code, and {${fedBy}} is in it`,
      adviceFor(advice, { values: fedBy === null ? [] : [fedBy] }),
    )
  // `sudo -i`, `chroot /`: without a program they run a shell.
  const last = program.wrappers.at(-1) ?? ''
  if (fedBy !== null && program.name === '' && /^(?:sudo|doas|chroot|unshare|setpriv|runuser)$/.test(last))
    return readsInput(last, SCRIPT_FILE)
  if (isFedByXargs && !replaces && program.name === '' && last !== 'xargs')
    return mistakeAt(command, `xargs would run {${fedBy}} as a program`, 'write the program in front of it')
  let takerCount = 0
  for (const [index, word] of words.entries()) {
    const taker = codeTaker(word) ?? (index === programIndex || index === 0 ? guessedTaker(word) : null)
    if (taker === null) continue
    if (++takerCount > MOST_TAKERS)
      return mistakeAt(command, 'this command names too many programs', 'write a script file')
    const name = baseName(staticText(word) ?? 'it')
    const rest = words.slice(index + 1)
    // Elsewhere a name may be just a word, as in `systemctl restart mysql`.
    const isProgram =
      index === programIndex || index === 0 || name === program.name || isBehindRunner(words.slice(0, index))
    if (!isProgram && (ORDINARY.test(name) || (taker.code === 'joined' && index > 1))) continue
    const before = taker.names.includes('make') ? [...command.assignments, ...words.slice(0, index)] : []
    const reached = before.find(({ values }) => values.length > 0) ?? reachedWord(taker, rest, isProgram)
    if (reached) return codeMistake(taker, name, reached)
    if (isFedByXargs && replaces)
      return mistakeAt(
        command,
        'xargs would put its input into code',
        'read the input line by line: while read -r line; do …',
      )
    const inner = innerCode(taker, rest)
    if (inner) {
      const hasArguments = isFedByXargs || rest.some(({ values }) => values.length > 0)
      const mistake = checkCode(inner.word, inner.text, { hasArguments, fedBy: isFedByXargs ? null : fedBy })
      if (mistake) return mistake
      // What follows the code of a shell are its arguments.
      if (taker.code === 'option') return null
    }
    if (fedBy === null || !(isProgram || index === 1)) continue
    const takesFile = rest.some(
      (one, at) => IS_INPUT.test(startText(one)) && /^(?:-[a-zA-Z]*f|--file)$/.test(startText(rest[at - 1] ?? one)),
    )
    if (takesFile || (taker.readsInput && !hasOtherCode(taker, rest))) return readsInput(name, taker.advice)
  }
  return null
}

/** What xargs reads, as the argument that it makes of it. */
function inputWord({ offset, length }: SimpleCommand, variable: VariableName): Word {
  return { pieces: [{ kind: 'variable', variable, isSplit: false }], values: [variable], offset, length }
}

/** The constant code of a shell, or of what runs a shell elsewhere, with its text; null without one. */
function innerCode(taker: CodeTaker, rest: readonly Word[]): { word: Word; text: string | null } | null {
  const after = rest.findIndex((word) => /^(?:-[a-z]*c|--command)$/.test(startText(word)))
  const isAnywhere = taker.code === 'joined' && after !== -1
  const index = taker.kind !== 'shell' ? -1 : isAnywhere ? after + 1 : codeIndex(rest)
  const code = rest[index]
  if (code) return { word: code, text: staticText(code) }
  const [first, ...others] = taker.names.includes('ssh') ? sshOperands(rest).slice(1) : []
  if (!first) return null
  return { word: first, text: [first, ...others].map((one) => staticText(one) ?? '""').join(' ') }
}

function sshOperands(rest: readonly Word[]): readonly Word[] {
  const at = rest.findIndex((word, index) => {
    const before = startText(rest[index - 1] ?? word)
    return !startText(word).startsWith('-') && !(index > 0 && SSH_TAKES.test(before))
  })
  return at === -1 ? [] : rest.slice(at)
}

/** `docker exec web make …`, `find . -exec ed …`, `ip netns exec … -- screen …`. */
function isBehindRunner(before: readonly Word[]): boolean {
  return before.some((word) => /^(?:-{0,2}exec|run|--)$/.test(staticText(word) ?? ''))
}

function codeMistake({ advice }: Pick<CodeTaker, 'advice'>, name: string, word: Word): TemplateMistake {
  return mistakeAt(word, `${name} would run {${word.values[0]}} as code`, adviceFor(advice, word))
}

/** `env -S 'sh -c'` makes several words of one. */
function splitStrings(words: readonly Word[]): readonly Word[] {
  const at = words.findIndex((_, index) => {
    const before = words[index - 1]
    return before !== undefined && /^-[a-z]*S$|^--split-string$/.test(staticText(before) ?? '')
  })
  const attached = words.findIndex((word) => /^-[a-z]*S.*\s|^--split-string=/.test(staticText(word) ?? ''))
  const index = at === -1 ? attached : at
  const word = words[index]
  const text = word ? staticText(word)?.replace(/^-[a-z]*S|^--split-string=/, '') : undefined
  if (!word || text === undefined) return words
  const parts = text
    .split(/\s+/)
    .map((part): Word => ({ ...word, pieces: [{ kind: 'text', text: part, isQuoted: true }] }))
  return [...words.slice(0, index), ...parts, ...words.slice(index + 1)]
}

/** The argument that would be run and is foreign, or has a foreign text in it. */
function reachedWord(taker: CodeTaker, rest: readonly Word[], isProgram: boolean): Word | null {
  const foreign = rest.filter(({ values }) => values.length > 0)
  if (taker.code === 'joined' || foreign.length === 0) return foreign[0] ?? null
  const split = foreign.find(isValueSplit)
  if (split) return split
  if (taker.code === 'operand') return operandCode(taker, rest)
  const isSql = taker.kind === 'sql'
  let isScriptNext = false
  let hasOperand = false
  let isPast = false
  for (const [index, word] of rest.entries()) {
    const start = startText(word)
    const before = startText(rest[index - 1] ?? { pieces: [], values: [], offset: 0, length: 0 })
    const isOption = /^[-+]./.test(start)
    const isAfterOption = /^[-+]./.test(before)
    if (word.values.length > 0) {
      const isCode = isScriptNext || isCodeOption(taker, before)
      // The arguments of a script file are its own, unless they plainly are code, as in `manage.py shell -c "…"`.
      if (isCode && (!isPast || LOOKS_LIKE_CODE.test(fixedText(word)))) return word
      if (!isPast && hasAttachedCode(taker, start)) return word
      if (isProgram && !hasOperand && !isAfterOption && !isSql && isValueAlone(word)) return word
    }
    // A shell reads further options between `-c` and its script.
    if (taker.kind === 'shell' && /^-[a-z]*c[a-z]*$/.test(start) && !isPast) isScriptNext = true
    else if (isScriptNext && !isOption && !/^--?$/.test(start) && !/^[-+]\w*[oO]$/.test(before) && !canVanish(word))
      isScriptNext = false
    // Python reads no options behind `-c code`.
    if (taker.names.includes('python') && isCodeOption(taker, before) && !isOption && !canVanish(word)) return null
    // `-m module` of Python, `-s` of a shell, `-` for the input: what follows are arguments.
    if (/^-(?:m|[a-z]*s[a-z]*)?$/.test(start)) hasOperand = true
    if (isOption || canVanish(word)) continue
    if (isAfterOption && !/^-(?:m|[uxvBEOSq]+)$/.test(before)) continue
    hasOperand = true
    isPast ||= !isSql && taker.readsInput && !isCodeOption(taker, before) && /[./]|^$/.test(fixedText(word))
  }
  return null
}

/** The code of awk, sed and jq: after `-e`, or the first operand. */
function operandCode(taker: CodeTaker, rest: readonly Word[]): Word | null {
  let hasCode = false
  for (let index = 0; index < rest.length; index++) {
    const word = rest[index] as Word
    const start = startText(word)
    if (/^-./.test(start)) {
      const isCode = isCodeOption(taker, start)
      if (word.values.length > 0 && (isCode || hasAttachedCode(taker, start))) return word
      hasCode ||= isCode || /^(?:-f|--file|--from-file)$/.test(start)
      if (!taker.takes?.test(start)) continue
      const taken = rest[index + 1]
      if (isCode && taken && taken.values.length > 0) return taken
      index += JQ_TAKES_TWO.test(start) ? 2 : 1
    } else if (!hasCode) {
      if (word.values.length > 0) return word
      hasCode = !canVanish(word)
    }
  }
  return null
}

/** `-c`, `-lc`, `-ne`, `--eval`: what follows is code. */
function isCodeOption({ letters, kind }: CodeTaker, start: string): boolean {
  if (LONG_CODE_OPTION.test(start)) return !start.includes('=')
  const cluster = /^[-+]([A-Za-z0-9]{1,5})$/.exec(start)?.[1] ?? ''
  return letters.includes(cluster.at(-1) ?? ' ') || (kind === 'shell' && cluster.includes('c'))
}

/** `-e"print …"`, `--eval=…`, and not `-vcount=…`. */
function hasAttachedCode({ letters }: CodeTaker, start: string): boolean {
  if (LONG_CODE_OPTION.test(start)) return start.includes('=')
  if (/^-[vD][\w.]*=/.test(start)) return false
  const cluster = /^-([A-Za-z]{1,4})/.exec(start)?.[1] ?? ''
  return [...cluster].some((letter) => letters.includes(letter))
}

/** Where the script of a shell stands among its arguments, after `-c`; -1 without one. */
export function codeIndex(rest: readonly Word[]): number {
  let hasOption = false
  for (let index = 0; index < rest.length; index++) {
    const start = startText(rest[index] as Word)
    if (!/^[-+]./.test(start)) return hasOption ? index : -1
    hasOption ||= /^-[^-]*c/.test(start)
    if (/^[-+]\w*[oO]$/.test(start)) index++
  }
  return -1
}

/** Whether it has code already, and so takes its input for data. */
function hasOtherCode(taker: CodeTaker, rest: readonly Word[]): boolean {
  const texts = rest.map((word) => startText(word))
  if (taker.names.includes('ssh')) return sshOperands(rest).length > 1
  const isSqlite = taker.names.includes('sqlite3')
  if (!isSqlite && texts.some((text) => isCodeOption(taker, text))) return true
  if (/^(?:su|sg|newgrp)$/.test(taker.names[0] ?? '')) return false
  if (texts.some((text) => IS_INPUT.test(text))) return false
  const isFile = texts.some((text, index) => /^-[a-zA-Z]*f$/.test(texts[index - 1] ?? '') || /^--file/.test(text))
  if (taker.kind === 'sql' || taker.names.includes('at')) return isFile
  if (taker.kind === 'shell' && texts.some((text) => /^-[a-z]*s[a-z]*$/.test(text))) return false
  const operands = texts.filter((text, index) => {
    const before = texts[index - 1] ?? ''
    if (/^[-+]./.test(text)) return false
    return (
      !/^[-+]./.test(before) ||
      before === '--' ||
      before === '-m' ||
      (!isSqlite && /[./]/.test(text) && !/[oO]$/.test(before))
    )
  })
  return operands.length > (isSqlite ? 1 : 0)
}
