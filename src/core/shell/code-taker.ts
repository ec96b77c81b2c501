/** A program that runs text from its arguments or its standard input as code. Letters are those of short options. */
export interface CodeTaker {
  readonly names: readonly string[]
  /** Options followed by code. */
  readonly codeOptions: string
  /** Options followed by something else. */
  readonly argumentOptions: string
  /** What the first argument that is no option is, unless a code option came before it. */
  readonly operand: 'file' | 'code'
  /** Whether all further arguments are code, too. */
  readonly isAllCode: boolean
  /** Whether it reads code from standard input when it has neither. */
  readonly readsInput: boolean
  /** How to hand it a variable instead; `NAME` stands for the environment variable. */
  readonly advice: string
}

const LANGUAGE = { operand: 'file', isAllCode: false, readsInput: true } as const

export const SHELL: CodeTaker = {
  ...LANGUAGE,
  names: ['sh', 'bash', 'dash', 'ash', 'ksh', 'mksh', 'zsh', 'fish', 'csh', 'tcsh', 'rbash', 'yash', 'posh'],
  codeOptions: 'c',
  argumentOptions: 'oO',
  advice: `the environment variable is there: sh -c 'printf "%s\\n" "$NAME"'`,
}

const CODE_TAKERS: readonly CodeTaker[] = [
  SHELL,
  {
    ...LANGUAGE,
    names: ['su', 'script', 'expect', 'pwsh', 'powershell'],
    codeOptions: 'c',
    argumentOptions: 'gGswE',
    readsInput: false,
    advice: `keep the code constant and let it read "$NAME" from the environment`,
  },
  {
    ...LANGUAGE,
    names: ['python', 'pypy'],
    codeOptions: 'c',
    argumentOptions: 'WXQ',
    advice: `the environment variable is there: python3 -c 'import os; print(os.environ["NAME"])'`,
  },
  {
    ...LANGUAGE,
    names: ['perl'],
    codeOptions: 'eE',
    argumentOptions: 'I',
    advice: `the environment variable is there: perl -e 'print $ENV{NAME}'`,
  },
  {
    ...LANGUAGE,
    names: ['ruby'],
    codeOptions: 'e',
    argumentOptions: 'IrCE',
    advice: `the environment variable is there: ruby -e 'puts ENV["NAME"]'`,
  },
  {
    ...LANGUAGE,
    names: ['node', 'nodejs', 'bun', 'deno'],
    codeOptions: 'ep',
    argumentOptions: 'rC',
    advice: `the environment variable is there: node -e 'console.log(process.env.NAME)'`,
  },
  {
    ...LANGUAGE,
    names: ['php'],
    codeOptions: 'rBRE',
    argumentOptions: 'cdz',
    advice: `the environment variable is there: php -r 'echo getenv("NAME");'`,
  },
  {
    ...LANGUAGE,
    names: ['lua', 'luajit', 'tclsh', 'osascript'],
    codeOptions: 'e',
    argumentOptions: 'l',
    advice: `the environment variable is there: lua -e 'print(os.getenv("NAME"))'`,
  },
  {
    names: ['awk', 'gawk', 'mawk', 'nawk'],
    codeOptions: 'eE',
    argumentOptions: 'vFfi',
    operand: 'code',
    isAllCode: false,
    readsInput: false,
    advice: `the environment variable is there: awk 'BEGIN { print ENVIRON["NAME"] }'`,
  },
  {
    names: ['sed', 'gsed'],
    codeOptions: 'e',
    argumentOptions: 'fl',
    operand: 'code',
    isAllCode: false,
    readsInput: false,
    advice: `let sed read the text instead: printf '%s\\n' "$NAME" | sed 's/…/…/'`,
  },
  {
    names: ['ssh', 'mosh'],
    codeOptions: '',
    argumentOptions: 'BbcDEeFIiJLlmOopQRSWw',
    operand: 'file',
    isAllCode: true,
    readsInput: true,
    advice: `the other machine's shell would read it; send it as input: printf '%s\\n' "$NAME" | ssh host 'cat >> alerts.log'`,
  },
  {
    names: ['watch', 'parallel', 'sqlite3', 'psql', 'mysql', 'mariadb', 'tmux', 'screen', 'gdb'],
    codeOptions: '',
    argumentOptions: '',
    operand: 'code',
    isAllCode: true,
    readsInput: false,
    advice: `run a script file that reads "$NAME" from the environment`,
  },
  {
    names: ['at', 'batch', 'crontab'],
    codeOptions: '',
    argumentOptions: 'f',
    operand: 'code',
    isAllCode: true,
    readsInput: true,
    advice: `run a script file that reads "$NAME" from the environment`,
  },
]

/** Knows `/usr/bin/python3.12` for python. */
export function codeTaker(program: string): CodeTaker | null {
  const name = program.slice(program.lastIndexOf('/') + 1)
  const bare = name.replace(/[\d.-]*(?:\.exe)?$/, '')
  return CODE_TAKERS.find(({ names }) => names.includes(name) || names.includes(bare)) ?? null
}

/** Programs that run another: their options with an argument, and how many operands stand before the program. */
export const WRAPPERS: ReadonlyMap<string, { readonly argumentOptions: string; readonly operandCount: number }> =
  new Map(
    Object.entries({
      env: ['uC', 0],
      sudo: ['ugpChRrtTUD', 0],
      doas: ['uC', 0],
      exec: ['a', 0],
      command: ['', 0],
      builtin: ['', 0],
      time: ['fo', 0],
      nice: ['n', 0],
      ionice: ['cnp', 0],
      timeout: ['ks', 1],
      nohup: ['', 0],
      setsid: ['', 0],
      stdbuf: ['ioe', 0],
      chroot: ['', 1],
      chronic: ['', 0],
      busybox: ['', 0],
      toybox: ['', 0],
      xargs: ['adEILnPs', 0],
      flock: ['wE', 1],
      runuser: ['ugGs', 0],
      gosu: ['', 1],
      'su-exec': ['', 1],
      taskset: ['', 1],
      strace: ['eopu', 0],
      unshare: ['', 0],
      'systemd-run': ['puE', 0],
      setpriv: ['', 0],
      prlimit: ['', 0],
    } satisfies Record<string, [string, number]>).map(([name, [argumentOptions, operandCount]]) => [
      name,
      { argumentOptions, operandCount },
    ]),
  )
