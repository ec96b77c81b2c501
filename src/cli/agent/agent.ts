import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { isPattern } from '../../cluster/work/allowed.ts'
import { clusterName, nodeName } from '../../config/schema/cluster-schema.ts'
import { LOG_FORMATS, LOG_LEVELS } from '../../config/schema/sections.ts'
import type { EngineAccess } from '../../core/model/cluster-config.ts'
import { parseEngineAddresses } from '../../core/model/engine-address.ts'
import type { LogLevel } from '../../core/model/log-settings.ts'
import { INTERRUPTED, UsageError } from '../terminal/outcome.ts'
import type { AgentSettings } from './run-agent.ts'

interface Options {
  readonly cluster?: string
  readonly name: string
  readonly node?: string
  readonly tag?: readonly string[]
  readonly credentials?: string
  readonly user?: string
  readonly passwordFile?: string
  readonly tokenFile?: string
  readonly nkeyFile?: string
  readonly tls?: true
  readonly tlsCa?: string
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly allow?: readonly string[]
  readonly slots: number
  readonly logFormat?: 'text' | 'json'
  readonly logLevel?: LogLevel
  readonly verbose?: true
}

/** Checks mostly wait: more run at once than there are processors. */
const SLOTS = 64

export function addAgent(program: Command, finish: (exitCode: number) => void): void {
  program
    .command('agent')
    .description('Run checks on this machine for a cluster of Minitors: those with it in their run_on.')
    .addOption(new Option('--cluster <addresses>', 'NATS servers, with commas between them').env('MINITOR_CLUSTER'))
    .option('--name <cluster>', 'the name of the cluster: `cluster.name` of its servers', parseName, 'minitor')
    .option('--node <name>', 'the name of this machine; its hostname if not given', parseNode)
    .option('--tag <tag>', 'a tag of this machine; may be given several times', collect(parseNode))
    .option('--credentials <file>', 'log in with this file, as nsc makes it')
    .addOption(new Option('--user <name>', 'log in with this name and a password').env('MINITOR_CLUSTER_USER'))
    .option('--password-file <file>', 'where the password is; or MINITOR_CLUSTER_PASSWORD has it')
    .option('--token-file <file>', 'log in with the token in it; or MINITOR_CLUSTER_TOKEN has it')
    .option('--nkey-file <file>', 'log in with the seed in it; or MINITOR_CLUSTER_NKEY has it')
    .option('--tls', 'TLS only, whatever the addresses say')
    .option('--tls-ca <file>', "the authorities to trust instead of the machine's")
    .option('--tls-cert <file>', 'the certificate of this machine')
    .option('--tls-key <file>', 'its key')
    .option('--allow <program>', 'run this and nothing else; may be given several times', collect(parsePattern))
    .option('--slots <number>', 'how many checks run at the same time', parseSlots, SLOTS)
    .addOption(new Option('--log-format <format>', 'text for people, or JSON lines').choices(LOG_FORMATS))
    .addOption(new Option('--log-level <level>', 'the least important lines to log').choices(LOG_LEVELS))
    .option('-v, --verbose', 'also log every check: --log-level debug')
    .addHelpText('after', HELP)
    .action(async (options: Options, command: Command) => {
      const settings = settingsOf(options, command.getOptionValueSource('cluster') === 'env')
      // Other commands need not load it.
      const { runAgent } = await import('./run-agent.ts')
      finish(await runAgent(settings))
    })
}

const HELP = `
It needs no configuration and no database: it takes the checks whose run_on
names this node or one of its tags, runs them as a server would, and sends back
what they say. It starts while NATS is not there yet, and goes on over lost
connections.

Whoever controls a server of the cluster decides what runs here, as this user.
--allow limits that to programs: '/usr/lib/nagios/plugins/*', or a name that is
looked up in PATH, such as ping; * stands for any characters but a slash. A
command that is text for a shell needs --allow sh, which allows everything. With
--allow, the env of a monitor is refused, too. What is refused fails on the
server: not started.

Everybody on this machine can read command lines. A password or a token belongs
in a file or in the environment: MINITOR_CLUSTER='nats://TOKEN@HOST:4222' works.
Commands do not see MINITOR_CLUSTER and the like.

SIGTERM, SIGINT and SIGQUIT stop: no new checks start, running ones may finish
within 7 seconds. A second SIGINT stops at once.

Exit codes: 0 stopped by a signal; 2 wrong usage, or NATS refuses the login;
${INTERRUPTED} interrupted twice; 70 a bug in Minitor.`

/** `isHidden`: the addresses stand where others cannot read them. */
function settingsOf(options: Options, isHidden: boolean): AgentSettings {
  const { node = hostname(), tag = [], allow = null, slots, verbose } = options
  return {
    access: accessOf(options, isHidden),
    node: options.node ?? orUsage(nodeName.safeParse(node), `the hostname ${node} cannot be the name of a node`),
    tags: [...new Set(tag)],
    allow,
    slots,
    log: { format: options.logFormat ?? null, level: options.logLevel ?? (verbose ? 'debug' : 'info') },
  }
}

function orUsage(parsed: { success: boolean; data?: string | undefined }, message: string): string {
  if (parsed.data === undefined) throw new UsageError(message, 'name it: --node nas')
  return parsed.data
}

function accessOf(options: Options, isHidden: boolean): EngineAccess {
  const { name, cluster = '', tls, tlsCa: ca = null, tlsCert: cert = null, tlsKey: key = null } = options
  const { addresses, isOrderly } = parseEngineAddresses(cluster)
  const [first, ...others] = addresses
  if (first === undefined || !isOrderly) {
    const hint = '--cluster nats://HOST:4222, with commas between several; or MINITOR_CLUSTER in the environment'
    throw new UsageError('the addresses of NATS servers are missing or wrong', hint)
  }
  const inAddresses = addresses.map(({ login }) => login).filter(({ kind }) => kind !== 'none')
  const [inAddress] = inAddresses
  if (inAddress !== undefined && !isHidden) {
    const hint = 'set MINITOR_CLUSTER instead of --cluster, or use --password-file or --token-file'
    throw new UsageError('--cluster has a password or a token, which everybody on this machine can read', hint)
  }
  if ((cert === null) !== (key === null)) throw new UsageError('--tls-cert and --tls-key need each other')
  const isTls = tls === true || ca !== null || cert !== null
  return {
    servers: [first.server, ...others.map(({ server }) => server)],
    name,
    login: loginOf(options, inAddresses),
    tls: isTls ? { ca, cert, key } : null,
  }
}

type Login = EngineAccess['login']

/** The one way to log in that is given. */
function loginOf(options: Options, inAddresses: readonly Login[]): Login {
  const { credentials, user } = options
  const password = secretOf('--password-file', options.passwordFile, 'MINITOR_CLUSTER_PASSWORD')
  const token = secretOf('--token-file', options.tokenFile, 'MINITOR_CLUSTER_TOKEN')
  const seed = secretOf('--nkey-file', options.nkeyFile, 'MINITOR_CLUSTER_NKEY')
  if ((user === undefined) !== (password === null)) {
    throw new UsageError('--user needs a password, and a password a user', 'see minitor agent --help')
  }
  const different = new Map(inAddresses.map((login) => [JSON.stringify(login), login]))
  const logins: Login[] = [
    ...different.values(),
    ...(credentials === undefined ? [] : [{ kind: 'credentials', path: credentials } as const]),
    ...(user === undefined || password === null ? [] : [{ kind: 'password', user, password } as const]),
    ...(token === null ? [] : [{ kind: 'token', token } as const]),
    ...(seed === null ? [] : [{ kind: 'nkey', seed } as const]),
  ]
  if (logins.length > 1) throw new UsageError('there are several ways to log in', 'keep one of them')
  return logins[0] ?? { kind: 'none' }
}

/** A secret from a file, or else from the environment; null if there is none. */
function secretOf(option: string, file: string | undefined, variable: string): string | null {
  if (file === undefined) return process.env[variable] || null
  try {
    const text = readFileSync(file, 'utf8').trim()
    if (text !== '') return text
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${(error as Error).message}`, `is ${option} right?`)
  }
  throw new UsageError(`${file} is empty`, `is ${option} right?`)
}

function collect(parse: (text: string) => string) {
  return (text: string, before: readonly string[] = []) => [...before, parse(text)]
}

function parseNode(text: string): string {
  if (nodeName.safeParse(text).success) return text
  throw new InvalidArgumentError('It must be letters, digits, "-", "_" and ".", at most 64.')
}

function parseName(text: string): string {
  if (clusterName.safeParse(text).success) return text
  throw new InvalidArgumentError('It must be letters, digits, "-" and "_".')
}

function parsePattern(text: string): string {
  if (isPattern(text)) return text
  throw new InvalidArgumentError('It must be the absolute path of programs, or a name that is looked up in PATH.')
}

function parseSlots(text: string): number {
  const slots = Number(text)
  if (/^\d{1,5}$/.test(text) && slots >= 1 && slots <= 10_000) return slots
  throw new InvalidArgumentError('It must be a number from 1 to 10000.')
}
