import type { TemplateMistake } from './placeholder.ts'
import { mistakeAt, named, type Program } from './shell-traps.ts'
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

/** A kind of program that runs text as code. */
interface CodeTaker {
  readonly names: readonly string[]
  /** All arguments together are code; code follows an option; the first operand is code. */
  readonly code: 'joined' | 'option' | 'operand'
  /** Those of short options that code follows. */
  readonly letters: string
  readonly readsInput: boolean
  /** How to hand it a text instead; `NAME` stands for the environment variable. */
  readonly advice: string
}

const SCRIPT_FILE = `run a script file that reads "$NAME" from the environment`
const inEnvironment = (example: string) => `the environment variable is there: ${example}`
const asValue = (example: string) => `hand the text over as a value: ${example}`

/** The programs by how they take code, each line with the names of like ones. All but those of operands read their input. */
const PROGRAMS: Readonly<
  Record<CodeTaker['code'], Record<string, Pick<CodeTaker, 'advice'> & Partial<Omit<CodeTaker, 'names' | 'code'>>>>
> = {
  joined: {
    'ssh mosh slogin autossh rsh pdsh': {
      advice: `the other machine's shell would read it; send it as input: printf '%s\\n' "$NAME" | ssh host 'cat >> alerts.log'`,
    },
    'su at batch crontab': { letters: 'cf', advice: SCRIPT_FILE },
    'sqlite3 duckdb': { advice: SCRIPT_FILE },
    'make gmake watch tmux screen parallel script expect': { readsInput: false, advice: SCRIPT_FILE },
  },
  option: {
    'sh bash dash ash ksh mksh zsh fish csh tcsh rbash yash posh runuser': {
      letters: 'c',
      advice: inEnvironment(`sh -c 'printf "%s\\n" "$NAME"'`),
    },
    'python pypy': { letters: 'c', advice: inEnvironment(`python3 -c 'import os; print(os.environ["NAME"])'`) },
    perl: { letters: 'eE', advice: inEnvironment(`perl -e 'print $ENV{NAME}'`) },
    ruby: { letters: 'e', advice: inEnvironment(`ruby -e 'puts ENV["NAME"]'`) },
    'node nodejs bun deno': { letters: 'ep', advice: inEnvironment(`node -e 'console.log(process.env.NAME)'`) },
    php: { letters: 'rBRE', advice: inEnvironment(`php -r 'echo getenv("NAME");'`) },
    'lua luajit tclsh osascript pwsh powershell R Rscript julia gdb vim ex ed': {
      letters: 'ec',
      advice: 'keep the code constant and let it read the environment variable NAME',
    },
    'psql mysql mariadb mongosh sqlcmd clickhouse-client': {
      letters: 'ceQq',
      advice: asValue(`psql -v text="$NAME" -f insert.sql, with :'text' in the file`),
    },
  },
  operand: {
    'jq gojq jaq yq': { advice: asValue(`jq -n --arg text "$NAME" '{text: $text}'`) },
    'awk gawk mawk nawk': { letters: 'eE', advice: inEnvironment(`awk 'BEGIN { print ENVIRON["NAME"] }'`) },
    'sed gsed': { letters: 'e', advice: `let sed read the text instead: printf '%s\\n' "$NAME" | sed 's/…/…/'` },
  },
}

/** What these programs know of their arguments is not known here: three short lists of names, and one rule over words. */
const CODE_TAKERS: readonly CodeTaker[] = (['joined', 'option', 'operand'] as const).flatMap((code) =>
  Object.entries(PROGRAMS[code]).map(([names, taker]) => ({
    letters: '',
    readsInput: code !== 'operand',
    ...taker,
    code,
    names: names.split(' '),
  })),
)

/** These only print or send what they are given, whatever words are in it. */
const RUNS_NOTHING =
  /^(?:echo|printf|logger|wall|notify-send|mail|mailx|sendmail|curl|wget|test|\[|\[\[|grep|cat|tee|export|local)$/
const LONG_CODE_OPTION = /^--?(?:eval|print|expression|execute|command|Command|source|exec|query|ex|cmd|run)(?:=|$)/
/** Words of English, too: only where a program surely stands. */
const ORDINARY = /^(?:at|batch|make|watch|script|screen|expect|ex|ed|R)$/
/** ssh's options without an argument. */
const SSH_FLAGS = /^-[46AaCfGgKkMNnqsTtVvXxYy]+$/

/** Knows `/usr/bin/python3.12` for python. */
function codeTaker(word: Word): CodeTaker | null {
  const text = shellOfUser(word) ?? staticText(word)
  if (text === null) return null
  const name = baseName(text)
  const bare = name.replace(/\d[\d.-]*(?:\.exe)?$/, '')
  return CODE_TAKERS.find(({ names }) => names.includes(name) || names.includes(bare)) ?? null
}

/** `$SHELL` and `${BASH:-sh}` are shells. */
function shellOfUser({ pieces }: Word): string | null {
  const [piece, ...others] = pieces.filter((one) => one.kind !== 'text' || one.text !== '')
  return piece?.kind === 'expansion' && others.length === 0 && /^\$\{?(?:SHELL|BASH)\b/.test(piece.text) ? 'sh' : null
}

export function isShell(word: Word): boolean {
  return codeTaker(word)?.names.includes('sh') === true && baseName(staticText(word) ?? '') !== 'runuser'
}

/**
 * What another program on the command line would run: looked for at every word, as a program can stand behind others that
 * run it. `checkCode` judges the constant code of a shell, whose arguments may be foreign.
 */
export function programTrap(
  command: SimpleCommand,
  program: Program,
  checkCode: (code: Word, hasForeignArguments: boolean) => TemplateMistake | null,
): TemplateMistake | null {
  if (RUNS_NOTHING.test(program.name)) return null
  const words = splitStrings(command.words)
  const fedBy = command.fedBy ?? command.inputs.flatMap(({ values }) => values)[0] ?? null
  for (const [index, word] of words.entries()) {
    const taker = codeTaker(word)
    if (taker === null) continue
    const name = baseName(staticText(word) ?? 'sh')
    const rest = words.slice(index + 1)
    if (ORDINARY.test(name) && name !== program.name && !isBehindRunner(words.slice(0, index))) continue
    const reached = reachedWord(taker, rest)
    if (reached) return codeMistake(taker, name, reached)
    if (fedBy !== null && program.wrappers.includes('xargs'))
      return mistakeAt(
        command,
        'xargs would put its input into code',
        'read the input line by line: while read -r line; do …',
      )
    if (isShell(word)) {
      const code = rest[codeIndex(rest)]
      const mistake = code ? checkCode(code, rest.some(({ values }) => values.length > 0) || fedBy !== null) : null
      // What follows the code are its arguments.
      if (code) return mistake
    }
    if (fedBy === null) continue
    if (taker.readsInput && !hasOtherCode(taker, rest))
      return mistakeAt(
        command,
        `${name} would run its standard input as code, and {${fedBy}} is in it`,
        named(taker.advice, { values: [fedBy] }),
      )
  }
  return null
}

/** `docker exec web make …`, `find . -exec ed …`, `ip netns exec … -- screen …`. */
function isBehindRunner(before: readonly Word[]): boolean {
  return before.some((word) => /^(?:-{0,2}exec|run|--)$/.test(staticText(word) ?? ''))
}

export function codeMistake({ advice }: Pick<CodeTaker, 'advice'>, name: string, word: Word): TemplateMistake {
  return mistakeAt(word, `${name} would run {${word.values[0]}} as code`, named(advice, word))
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
function reachedWord(taker: CodeTaker, rest: readonly Word[]): Word | null {
  const foreign = rest.filter(({ values }) => values.length > 0)
  if (taker.code === 'joined') return foreign[0] ?? null
  const split = foreign.find(isValueSplit)
  if (split) return split
  let hasCode = false
  let isCode = false
  let isOption = false
  for (const word of rest) {
    const isForeign = word.values.length > 0
    const start = startText(word)
    const isFirst = !hasCode && taker.code === 'operand'
    if (isCode) {
      if (isForeign) return word
      // A shell reads further options between `-c` and its script.
      const goesOn: boolean = taker.letters === 'c' && (start.startsWith('-') || start.startsWith('+') || isOption)
      isOption = goesOn && /^[-+]\w*[oO]$/.test(start)
      isCode = goesOn || canVanish(word)
      continue
    }
    if (/^[-+]/.test(start)) {
      isCode = isCodeOption(taker, start) && !start.includes('=')
      if (isForeign && isCodeOption(taker, start) && !/^-[vD][\w.]*=/.test(start)) return word
      if (isForeign && isFirst && !/^-{1,2}[\w.-]+=/.test(start)) return word
      hasCode ||= isCode
      isOption = !isCode
      continue
    }
    if (isForeign && isFirst && !isValueOf(word, rest)) return word
    if (isForeign && !hasCode && taker.code === 'option' && isValueAlone(word) && !isOption) return word
    const text = fixedText(word)
    const isFileOrCode = !isOption || /[^\w,:=%@+-]/.test(text)
    if (!isForeign && !isAssigned(text) && isFileOrCode && text.length > 1) hasCode = true
    isOption = false
    // What follows the script file is for the script.
    if (hasCode && taker.code === 'option' && /[./]/.test(text)) return null
  }
  return null
}

/** `--arg name {last_output}` of jq, and `-v name={last_output}` of awk. */
function isValueOf(word: Word, rest: readonly Word[]): boolean {
  const index = rest.indexOf(word)
  const [option, before] = [rest[index - 2], rest[index - 1]].map((one) => (one ? startText(one) : ''))
  if (/^--(?:raw)?arg|^--argjson/.test(option ?? '')) return true
  return /^-{1,2}[a-zA-Z-]+$/.test(before ?? '') && isAssigned(startText(word))
}

const isAssigned = (start: string) => /^[A-Za-z_]\w*=/.test(start)

function isCodeOption({ letters }: CodeTaker, start: string): boolean {
  if (LONG_CODE_OPTION.test(start)) return true
  const cluster = /^[-+]([A-Za-z0-9]*)/.exec(start)?.[1] ?? ''
  return [...letters].some((letter) => cluster.includes(letter))
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
  if (texts.some((text) => /^[-+]/.test(text) && (isCodeOption(taker, text) || /^-[a-zA-Z]*f$|^--file/.test(text))))
    return true
  if (texts.some((text) => /^-[a-z]*s$/.test(text)) && taker.letters === 'c') return false
  const operands = texts.filter((text, index) => {
    const before = texts[index - 1] ?? ''
    if (/^[-+]/.test(text) || /^\/dev\/|^$/.test(text)) return text === ''
    return (
      !/^[-+]/.test(before) ||
      before === '--' ||
      SSH_FLAGS.test(before) ||
      (/[./\s]/.test(text) && !/[oO]$/.test(before))
    )
  })
  if (taker.letters === 'ceQq') return false
  if (taker.code === 'option') return operands.length > 0
  const isRemote = taker.names.includes('ssh') || taker.names.includes('sqlite3')
  if (isRemote) return operands.length > 1
  return rest.some((word) => staticText(word) !== null && /\//.test(startText(word)))
}
