import { readShell } from './compile.ts'
import { baseName, type SimpleCommand, staticText } from './syntax.ts'

/** A program, or a script that an interpreter is to read, which a command names. */
export interface NamedProgram {
  readonly kind: 'program' | 'script'
  /** As it is written: `curl`, `/usr/lib/nagios/plugins/check_http`. */
  readonly name: string
  /** Behind `sudo` or `doas`, which look for it, and run it, as another user. */
  readonly isForOther: boolean
  /** Whether the script has something else to do without it: `this || that`. */
  readonly hasAlternative: boolean
}

/** An argument; null where only the shell or a notification knows the text. */
type Text = string | null

/** How a program is called that runs the program behind its own options and operands. */
interface RunnerCall {
  /** Options that take the next word. */
  readonly takes: RegExp
  readonly operandCount: number
}

const call = (takes: RegExp, operandCount = 0): RunnerCall => ({ takes, operandCount })
const NOTHING = /^$/

const RUNNERS: ReadonlyMap<string, RunnerCall> = new Map([
  ['env', call(/^-[uCS]$|^--(?:unset|chdir|split-string)$/)],
  ['sudo', call(/^-[CDghpRrTtUu]$|^--(?:user|group|chdir|prompt|host|role|type|chroot)$/)],
  ['doas', call(/^-[uC]$/)],
  ['timeout', call(/^-[ks]$|^--(?:signal|kill-after)$/, 1)],
  ['nice', call(/^-n$|^--adjustment$/)],
  ['ionice', call(/^-[cnpPu]$|^--class(?:data)?$/)],
  ['chrt', call(/^-[TPD]$/, 1)],
  ['taskset', call(/^-p$/, 1)],
  ['flock', call(/^-[wE]$/, 1)],
  ['stdbuf', call(/^-[ioe]$/)],
  ['time', call(/^-[fo]$/)],
  ['xargs', call(/^-[IEdaLnPs]$/)],
  ...['nohup', 'setsid', 'chronic', 'exec', 'command'].map((name) => [name, call(NOTHING)] as const),
])

const SHELLS = /^(?:sh|bash|dash|ash|ksh|mksh|zsh)$/
const INTERPRETERS = /^(?:python|perl|ruby|node|php|lua)[\d.]*$/

/** What some shell does itself, or may define. A name too many hides a program that is missing; one too few invents one. */
const BUILTINS: ReadonlySet<string> = new Set(
  (
    '. : [ [[ alias bg bind break builtin caller cd chdir command compgen complete compopt continue coproc declare dirs ' +
    'disown echo enable eval exec exit export false fc fg getopts hash help history jobs kill let local logout mapfile ' +
    'popd print printf pushd pwd read readarray readonly return select set shift shopt source suspend test time times ' +
    'trap true type typeset ulimit umask unalias unset wait whence'
  ).split(' '),
)

/** The programs that a command names, in the order of their names in it, each once. What is not surely one is left out. */
export function namedPrograms(command: readonly Text[]): readonly NamedProgram[] {
  const named = new Map<string, NamedProgram>()
  for (const one of programsOf(command)) {
    const key = `${one.kind} ${one.name}`
    const isOptional = one.hasAlternative && named.get(key)?.hasAlternative !== false
    named.set(key, { ...one, hasAlternative: isOptional })
  }
  return [...named.values()]
}

function programsOf([program, ...rest]: readonly Text[]): NamedProgram[] {
  if (program === undefined || program === null || program === '') return []
  const own = { kind: 'program', name: program, isForOther: false, hasAlternative: false } as const
  const name = baseName(program)
  if (SHELLS.test(name)) return [own, ...programsOfShell(rest)]
  if (INTERPRETERS.test(name)) return [own, ...scriptIn(rest)]
  const runner = RUNNERS.get(name)
  if (runner === undefined) return [own]
  const inner = programsOf(wordsBehind(rest, runner, name))
  const isForOther = name === 'sudo' || name === 'doas'
  return [own, ...inner.map((one) => (isForOther ? { ...one, isForOther } : one))]
}

/** The words from the program on that a runner runs; none where that is not sure. */
function wordsBehind(words: readonly Text[], { takes, operandCount }: RunnerCall, runner: string): readonly Text[] {
  let operandsLeft = operandCount
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? null
    // `command -v` only looks, `flock -c` takes a script, and another PATH is looked through.
    if (word === null || word.startsWith('PATH=')) return []
    if ((runner === 'command' && /^-[vV]$/.test(word)) || (runner === 'flock' && word === '-c')) return []
    if (takes.test(word)) index++
    else if (word.startsWith('-') || /^\w+=/.test(word)) continue
    else if (operandsLeft > 0) operandsLeft--
    else return words.slice(index)
  }
  return []
}

function programsOfShell(words: readonly Text[]): NamedProgram[] {
  const option = words.findIndex((word) => word !== null && /^-[a-z]*c[a-z]*$/.test(word))
  if (option === -1) return scriptIn(words)
  const code = words.slice(option + 1).find((word) => word === null || !/^[-+]/.test(word)) ?? null
  return code === null ? [] : programsOfScript(code)
}

/** A script file that is the first argument. */
function scriptIn([name]: readonly Text[]): NamedProgram[] {
  return name?.startsWith('/') && !name.startsWith('/dev/')
    ? [{ kind: 'script', name, isForOther: false, hasAlternative: false }]
    : []
}

function programsOfScript(script: string): NamedProgram[] {
  const { commands } = readShell(script, { placeholders: [], foreign: () => null, isBash: false, fedBy: null })
  const calls = commands.map((command) => ({ command, texts: command.words.map(staticText) }))
  const isElsewhere = calls.some(({ texts }) => texts[0] === 'cd' || texts[0] === 'pushd')
  const hasOwnPath = commands.some(({ assignments, words }) =>
    [...assignments, ...words].some((word) => /^PATH\+?=/.test(textOrNothing(word))),
  )
  const own = new Set([...definedIn(script), ...calls.flatMap(({ texts }) => testedBy(texts))])
  const isSure = (name: string) =>
    !own.has(name) &&
    !/^~|[\s*?{}]/.test(name) &&
    !(name.includes('/') ? isElsewhere && !name.startsWith('/') : hasOwnPath)
  return calls.flatMap(({ command, texts }) =>
    programsOf(texts)
      .filter(({ name }, index) => isSure(name) && !(index === 0 && BUILTINS.has(name)))
      .map((one) => ({ ...one, hasAlternative: one.hasAlternative || hasAlternative(script, command) })),
  )
}

function textOrNothing(word: Parameters<typeof staticText>[0]): string {
  const [first] = word.pieces
  return first?.kind === 'text' ? first.text : ''
}

/** Names of functions and aliases; more than there are do no harm. */
function definedIn(script: string): string[] {
  const functions = script.matchAll(/([\w.:-]+)[ \t]*\([ \t]*\)|\bfunction\s+([\w.:-]+)|\balias\s+([\w.:-]+)=/g)
  return [...functions].flatMap(([, ...names]) => names.filter((name) => name !== undefined))
}

/** What a script asks for before it uses it: `command -v jq`, `[ -x /usr/bin/jq ]`. */
function testedBy([program, ...rest]: readonly Text[]): string[] {
  if (program === 'command' && !/^-[vV]$/.test(rest[0] ?? '')) return []
  return /^(?:command|which|type|hash|test|\[|\[\[)$/.test(program ?? '') ? rest.filter((word) => word !== null) : []
}

function hasAlternative(script: string, { offset, length }: SimpleCommand): boolean {
  return /^\s*(?:\|[^|][^\n;&]*)?\|\|/.test(script.slice(offset + length))
}
