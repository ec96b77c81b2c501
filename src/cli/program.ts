import { existsSync, realpathSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { named, printable } from '../core/text/printable.ts'
import { BUILD, VERSION } from '../version.ts'
import { addAlert } from './alert.ts'
import { addAnnounce } from './announce.ts'
import { addBackup } from './backup.ts'
import { addCheck } from './check.ts'
import { addComplete } from './complete.ts'
import { addDoctor } from './doctor/doctor.ts'
import { addHashPassword } from './hash-password.ts'
import { addHealthcheck } from './healthcheck.ts'
import { addHistory } from './history.ts'
import { addIncidents } from './incidents.ts'
import { addInit } from './init.ts'
import { addAck } from './mutes/ack.ts'
import { addPause, addResume } from './mutes/pause.ts'
import { addSilence } from './mutes/silence.ts'
import { addUnack } from './mutes/unack.ts'
import { addUnsilence } from './mutes/unsilence.ts'
import { suggestion } from './options/context.ts'
import { addReload } from './reload.ts'
import { addRestore } from './restore.ts'
import { addRun } from './run.ts'
import { addSchema } from './schema.ts'
import { addSignOut } from './sign-out.ts'
import { addSimulate } from './simulate/simulate.ts'
import { addStatus } from './status.ts'
import { ConfigRefused, EXIT, UsageError } from './terminal/outcome.ts'
import { errorColours, printError, printJson } from './terminal/terminal.ts'
import { addValidate } from './validate.ts'

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
    const program = createProgram(finish)
    const normalized = normalizeArguments(args)
    if (normalized.toSorted().join(' ') === '--json --version') {
      printJson(BUILD)
      return exitCode
    }
    refuseUnknownCommand(program, normalized)
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

/** Every command, with its help. `finish` takes the exit code of the command that ran. */
export function createProgram(finish: (exitCode: number) => void): Command {
  const program = new Command('minitor')
    .description('Runs commands periodically and does things when they fail.')
    .version(VERSION, '--version', 'print the version; with --json also commit, runtime and schema')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'Show the help of a command.')
    .showSuggestionAfterError()
    .configureOutput({ outputError: (text, write) => write(paintError(text)) })
    .exitOverride()
  for (const add of [
    addRun,
    addValidate,
    addDoctor,
    addCheck,
    addAlert,
    addSimulate,
    addStatus,
    addHistory,
    addIncidents,
    addSilence,
    addUnsilence,
    addAck,
    addUnack,
    addSignOut,
    addPause,
    addResume,
    addAnnounce,
    addReload,
    addHealthcheck,
    addBackup,
    addRestore,
    addInit,
    addSchema,
    addHashPassword,
    addComplete,
  ]) {
    add(program, finish)
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

/** Otherwise an unknown command would be an argument of `run`. */
function refuseUnknownCommand(program: Command, args: readonly string[]): void {
  const names = program.commands.map((command) => command.name())
  const [first, second] = args
  const wanted = first === 'help' ? second : first
  if (wanted !== undefined && !wanted.startsWith('-') && !names.includes(wanted) && wanted !== 'help') {
    throw new UsageError(
      `there is no command ${printable(named(wanted))}`,
      `${suggestion(wanted, names)}; see minitor --help`,
    )
  }
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
    return EXIT.usage
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
