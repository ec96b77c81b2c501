import { baseName, fixedText, staticText, type Word } from './syntax.ts'

/** A kind of program that runs text as code. */
export interface CodeTaker {
  readonly names: readonly string[]
  /** All arguments together are code; code follows an option; the first operand is code. */
  readonly code: 'joined' | 'option' | 'operand'
  /** Those of short options that code follows. */
  readonly letters: string
  readonly readsInput: boolean
  /** Options of those of operands that take the next word; those of `JQ_TAKES_TWO` take two. */
  readonly takes?: RegExp
  /** What a constant code of it is read as, and what its operands are. */
  readonly kind?: 'shell' | 'sql'
  /** How to hand it a text instead; `NAME` stands for the environment variable. */
  readonly advice: string
}

const JQ_TAKES = /^(?:-[Lf]|--indent|--from-file|--arg|--argjson|--rawfile|--slurpfile)$/
export const JQ_TAKES_TWO = /^--(?:arg|argjson|rawfile|slurpfile)$/
export const SCRIPT_FILE = `run a script file that reads "$NAME" from the environment`
const inEnvironment = (example: string) => `the environment variable is there: ${example}`
const asValue = (example: string) => `hand the text over as a value: ${example}`

const SQL = { kind: 'sql', advice: asValue(`psql -v text="$NAME" -f insert.sql, with :'text' in the file`) } as const

/** The programs by how they take code, each line with the names of like ones. All but those of operands read their input. */
const PROGRAMS: Readonly<
  Record<CodeTaker['code'], Record<string, Pick<CodeTaker, 'advice'> & Partial<Omit<CodeTaker, 'names' | 'code'>>>>
> = {
  joined: {
    'ssh mosh slogin autossh rsh pdsh': {
      advice: `the other machine's shell would read it; send it as input: printf '%s\\n' "$NAME" | ssh host 'cat >> alerts.log'`,
    },
    'su sg newgrp': { kind: 'shell', letters: 'c', advice: SCRIPT_FILE },
    'at batch crontab': { advice: SCRIPT_FILE },
    'sqlite3 duckdb expect dc': { advice: SCRIPT_FILE },
    'make gmake watch tmux screen parallel script': { readsInput: false, advice: SCRIPT_FILE },
  },
  option: {
    'sh bash dash ash ksh mksh zsh fish csh tcsh rbash yash posh runuser': {
      kind: 'shell',
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
    psql: { ...SQL, letters: 'c' },
    'mysql mariadb': { ...SQL, letters: 'e' },
    'mongosh mongo sqlplus': SQL,
    'sqlcmd clickhouse-client': { ...SQL, letters: 'qQ' },
    flock: { letters: 'c', readsInput: false, advice: SCRIPT_FILE },
  },
  operand: {
    'jq gojq jaq yq': { takes: JQ_TAKES, advice: asValue(`jq -n --arg text "$NAME" '{text: $text}'`) },
    'awk gawk mawk nawk': {
      letters: 'e',
      takes: /^(?:-[Fvf])$/,
      advice: inEnvironment(`awk 'BEGIN { print ENVIRON["NAME"] }'`),
    },
    'sed gsed': {
      letters: 'e',
      takes: /^(?:-[ef]|--expression|--file)$/,
      advice: `let sed read the text instead: printf '%s\\n' "$NAME" | sed 's/…/…/'`,
    },
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

/** Knows `/usr/bin/python3.12` for python. */
export function codeTaker(word: Word): CodeTaker | null {
  const text = staticText(word) ?? ''
  return takerNamed(baseName(text.replace(/^--entrypoint=/, '')))
}

function takerNamed(name: string): CodeTaker | null {
  const bare = name.replace(/\d[\d.-]*(?:\.exe)?$/, '')
  return CODE_TAKERS.find(({ names }) => names.includes(name) || names.includes(bare)) ?? null
}

/** The program that a word stands for which only the shell knows: `$SHELL`, `${PYTHON:-python3}`, `$(which perl)`. */
export function guessedTaker({ pieces, values }: Word): CodeTaker | null {
  if (values.length > 0 || pieces.every(({ kind }) => kind === 'text')) return null
  const written = pieces.flatMap((piece) =>
    piece.kind === 'expansion' ? (piece.text.match(/[A-Za-z]+\d*/g) ?? []) : [],
  )
  const names = [...written, baseName(fixedText({ pieces }))]
  return names.map((name) => takerNamed(name === 'SHELL' ? 'sh' : name.toLowerCase())).find((taker) => taker) ?? null
}

/** Whether it is a shell that runs a script after `-c`, or stands for one. */
export function isShell(word: Word): boolean {
  const taker = codeTaker(word) ?? guessedTaker(word)
  return taker?.names.includes('sh') === true && baseName(staticText(word) ?? '') !== 'runuser'
}
