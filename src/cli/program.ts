import { existsSync, realpathSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { suggestion } from '../core/text/nearest.ts'
import { named, printable } from '../core/text/printable.ts'
import { VERSION } from '../version.ts'
import { ConfigRefused, EXIT, NotNow, UsageError } from './terminal/outcome.ts'
import { errorColours, printError, printJson } from './terminal/terminal.ts'

/** Runs the command line; resolves to the exit code. Errors are printed and exit codes chosen only here. */
export async function runCli(args: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.fine
  const finish = (code: number) => {
    exitCode = code
  }
  // A reader that closes the pipe early, as `head` does, is no error.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  // Errors in timers and threads are bugs, and after a bug nothing is certain: end.
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => process.exit(explainError(error)))
  }
  nameTimeZone()
  // An empty one is meant as none, as in the files of containers.
  for (const name of ['MINITOR_CONFIG', 'MINITOR_DATABASE']) if (process.env[name] === '') delete process.env[name]
  try {
    const normalized = normalizeArguments(args)
    if (normalized.toSorted().join(' ') === '--json --version') {
      printJson((await import('../build.ts')).BUILD)
      return exitCode
    }
    const program = await createProgram(finish, commandsFor(normalized))
    await program.parseAsync(normalized, { from: 'user' })
    return exitCode
  } catch (error) {
    return explainError(error)
  }
}

const ZONES = '/usr/share/zoneinfo/'

/**
 * Other programs take a file as `TZ`, such as `:/etc/localtime`; the library of this one takes only the name of a zone,
 * and UTC for everything else without a word.
 */
function nameTimeZone(): void {
  const file = process.env.TZ?.replace(/^:/, '') ?? ''
  if (!file.startsWith('/')) return
  const [, zone] = (existsSync(file) ? realpathSync(file) : file).split(ZONES)
  if (zone !== undefined) process.env.TZ = zone.replace(/^(?:posix|right)\//, '')
}

type AddCommand = (program: Command, finish: (exitCode: number) => void) => void

/** Only the one that is run is loaded: that would take longer than most of them work. */
const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  run: async () => (await import('./run.ts')).addRun,
  agent: async () => (await import('./agent/agent.ts')).addAgent,
  validate: async () => (await import('./validate.ts')).addValidate,
  doctor: async () => (await import('./doctor/doctor.ts')).addDoctor,
  check: async () => (await import('./check.ts')).addCheck,
  alert: async () => (await import('./alert.ts')).addAlert,
  simulate: async () => (await import('./simulate/simulate.ts')).addSimulate,
  status: async () => (await import('./status.ts')).addStatus,
  history: async () => (await import('./history.ts')).addHistory,
  incidents: async () => (await import('./incidents.ts')).addIncidents,
  silence: async () => (await import('./mutes/silence.ts')).addSilence,
  unsilence: async () => (await import('./mutes/unsilence.ts')).addUnsilence,
  ack: async () => (await import('./mutes/ack.ts')).addAck,
  unack: async () => (await import('./mutes/unack.ts')).addUnack,
  'sign-out': async () => (await import('./sign-out.ts')).addSignOut,
  pause: async () => (await import('./mutes/pause.ts')).addPause,
  resume: async () => (await import('./mutes/pause.ts')).addResume,
  announce: async () => (await import('./announce.ts')).addAnnounce,
  nodes: async () => (await import('./nodes.ts')).addNodes,
  reload: async () => (await import('./reload.ts')).addReload,
  healthcheck: async () => (await import('./healthcheck.ts')).addHealthcheck,
  backup: async () => (await import('./backup.ts')).addBackup,
  restore: async () => (await import('./restore.ts')).addRestore,
  init: async () => (await import('./init.ts')).addInit,
  schema: async () => (await import('./schema.ts')).addSchema,
  'hash-password': async () => (await import('./hash-password.ts')).addHashPassword,
  completion: async () => (await import('./completion.ts')).addCompletion,
  complete: async () => (await import('./complete.ts')).addComplete,
}

/** Commands with their help: all, or some. `finish` takes the exit code of the command that ran. */
export async function createProgram(
  finish: (exitCode: number) => void,
  names: readonly string[] = Object.keys(COMMANDS),
): Promise<Command> {
  const program = new Command('minitor')
    .description('Runs commands periodically and does things when they fail.')
    .version(VERSION, '--version', 'print the version; with --json also commit, runtime and schema')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'Show the help of a command.')
    .showSuggestionAfterError()
    .configureOutput({ outputError: (text, write) => write(paintError(text)) })
    .exitOverride()
  for (const name of names) {
    const add = await COMMANDS[name]?.()
    add?.(program, finish)
  }
  for (const command of program.commands) command.exitOverride().helpOption('-h, --help', 'show this help')
  return program.addHelpText(
    'after',
    '\nStart with `minitor init`, which writes a config.yml. Without a command,\n`minitor` runs the daemon: see `minitor run --help`.\n\n' +
      'The configuration is the one that --config or MINITOR_CONFIG names, or else\nconfig.yml in this directory, or else /etc/minitor/config.yml. The database is\nthe one that --database or MINITOR_DATABASE names, or else the configured one.\nBeside a service, run commands as its user: sudo -u minitor minitor status.\n\n' +
      'Environment: NO_COLOR turns colours off, FORCE_COLOR and CLICOLOR_FORCE=1 on.\n\n' +
      'Exit codes: 0 fine; 1 bad news; 2 wrong usage or configuration;\n70 a bug in Minitor.',
  )
}

/** The command that is meant, or all. Throws UsageError for an unknown one, which would be an argument of `run`. */
function commandsFor(args: readonly string[]): readonly string[] {
  const names = Object.keys(COMMANDS)
  const [first, second] = args
  const wanted = first === 'help' ? second : first
  if (wanted === undefined || wanted.startsWith('-') || wanted === 'help') return names
  if (names.includes(wanted)) return [wanted]
  throw new UsageError(
    `there is no command ${printable(named(wanted))}`,
    `${suggestion(wanted, names)}; see minitor --help`,
  )
}

function paintError(text: string): string {
  return text.replace(/^error:/gm, `${errorColours.red('error')}:`)
}

function explainError(error: unknown): number {
  // Commander has printed its text; help and version are no errors.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.usage
  if (error instanceof ConfigRefused) {
    printError(paintError(error.message).trimEnd())
    return EXIT.usage
  }
  if (error instanceof UsageError) {
    printError(`${errorColours.red('error')}: ${error.message}`)
    if (error.hint !== null) printError(`  = help: ${error.hint}`)
    return error instanceof NotNow ? EXIT.badNews : EXIT.usage
  }
  printError(`This is a bug in Minitor, please report it:\n${error instanceof Error ? error.stack : String(error)}`)
  return EXIT.bug
}

/** minitor-go has long flags with one dash, followed by true or false. */
const SINGLE_DASH = /^-(config|metrics|metrics-port|debug|version|startup-alerts|py-compat|self-monitor)(?:=(.*))?$/
const SWITCHES = new Set(['metrics', 'debug', 'version', 'py-compat', 'self-monitor'])

/** Rewrites minitor-go's flags to two dashes; leaves everything else as it is. */
function normalizeArguments(args: readonly string[]): string[] {
  return args.flatMap((arg) => {
    const match = SINGLE_DASH.exec(arg)
    if (match === null) return [arg]
    const [, name = '', value] = match
    if (!SWITCHES.has(name)) return value === undefined ? [`--${name}`] : [`--${name}=${value}`]
    return value === undefined || /^(1|t|true)$/i.test(value) ? [`--${name}`] : []
  })
}
