import { existsSync } from 'node:fs'
import { statsOf } from '../../config/yaml/read-source.ts'
import { type Account, accountOf, userName } from '../options/places.ts'
import { ALL_CAPABILITIES, readCapabilities } from './capabilities.ts'
import type { Libc } from './libc.ts'
import { linkOf, textOf } from './sight.ts'
import { isOn, lastOf, noNewPrivilegesBy, reachOf, type Unit, type UnitReach, type UnitSettings } from './unit.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Who runs commands, and with what rights: a running daemon, the unit that would start one, or whoever asks. */
export interface Service {
  /** For people: `the daemon (pid 12)`, `/etc/systemd/system/minitor.service`, `this shell`. */
  readonly name: string
  readonly account: Account
  /** Null where it cannot be read. */
  readonly environment: Environment | null
  /** Where relative paths of commands begin. */
  readonly directory: string
  /** What keeps programs from gaining rights by setuid, setgid and file capabilities; empty where they gain them. */
  readonly noNewPrivileges: readonly string[]
  /** The capabilities that a program can gain at most, and those that all programs have. */
  readonly bounding: bigint
  readonly ambient: bigint
  /** Infinity where there is no limit; null where it is not known. */
  readonly openFileLimit: number | null
  readonly processLimit: number | null
  /** Its view of the file system, where that is one of its own. */
  readonly root: string | null
  /** What its unit does to the file system before there is a daemon, whose view can be looked at. */
  readonly reach: UnitReach
  /** What could not be looked at, and who can. */
  readonly unseen: readonly string[]
}

/** As whom files were looked at: only what the service may not do itself is trouble. */
export interface Viewer {
  readonly user: string
  readonly isService: boolean
}

/** Of a unit whose user this machine does not know: it may be made at the start. */
export const UNKNOWN_USER = -1

const WHOLE: UnitReach = { hidden: [], writable: null }

/** systemd's own, for services. */
export const UNIT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** The service as a running process has it. */
export function daemonService(pid: number): Service {
  const of = (file: string) => textOf(`/proc/${pid}/${file}`)
  const status = of('status') ?? ''
  const field = (name: string) => new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(status)?.[1] ?? ''
  const bits = (name: string) => BigInt(`0x${field(name).trim() || '0'}`)
  const [, uid = 0] = field('Uid').split(/\s+/).map(Number)
  const [, gid = 0] = field('Gid').split(/\s+/).map(Number)
  const groups = field('Groups').trim().split(/\s+/).filter(Boolean).map(Number)
  const environ = of('environ')
  const root = rootOf(pid)
  const limits = limitsIn(of('limits') ?? '', 'soft')
  return {
    name: `the daemon (pid ${pid})`,
    account: { name: userName(uid), uid, gid, groups },
    environment: environ === null ? null : toEnvironment(environ.split('\0')),
    directory: linkOf(`/proc/${pid}/cwd`) ?? '/',
    noNewPrivileges: field('NoNewPrivs') === '1' ? ['NoNewPrivileges'] : [],
    bounding: bits('CapBnd'),
    ambient: bits('CapAmb'),
    openFileLimit: limits.openFileLimit,
    processLimit: least(limits.processLimit, taskLimit(of('cgroup') ?? '')),
    root: root === 'unknown' ? null : root,
    reach: WHOLE,
    unseen: [
      ...(environ === null ? [`the environment of the daemon (pid ${pid})`] : []),
      ...(root === 'unknown' ? [`the file system as the daemon (pid ${pid}) sees it`] : []),
    ],
  }
}

/** The service as systemd would start it. */
export function unitService({ file, settings }: Unit): Service {
  const user = lastOf(settings, 'User') ?? (isOn(settings, 'DynamicUser') ? 'minitor' : 'root')
  const environment = environmentOf(settings)
  const directory = lastOf(settings, 'WorkingDirectory')?.replace(/^-/, '') ?? '/'
  return {
    name: file,
    account: accountOf(user) ?? { name: user, uid: UNKNOWN_USER, gid: UNKNOWN_USER, groups: [] },
    environment: environment.values,
    directory: directory === '~' ? '/' : directory,
    noNewPrivileges: noNewPrivilegesBy(settings),
    bounding: readCapabilities(settings.get('CapabilityBoundingSet')) ?? ALL_CAPABILITIES,
    ambient: readCapabilities(settings.get('AmbientCapabilities')) ?? 0n,
    openFileLimit: limitOf(lastOf(settings, 'LimitNOFILE')) ?? OPEN_FILES_BY_SYSTEMD,
    processLimit: least(
      limitOf(lastOf(settings, 'LimitNPROC')),
      limitOf(lastOf(settings, 'TasksMax')) ?? TASKS_BY_SYSTEMD,
    ),
    root: null,
    reach: reachOf(settings),
    unseen: environment.unseen,
  }
}

/** Nobody runs it yet: the owner of the database is taken for the service or, before there is one, whoever asks. */
export function likelyService(database: string | null): Service {
  const own = ownAccount()
  const owner = (database === null ? null : statsOf(database))?.uid ?? own.uid
  const account = owner === own.uid ? own : (accountOf(String(owner)) ?? own)
  const isHidden = account !== own && own.uid !== 0
  return {
    ...daemonService(process.pid),
    name: account === own ? 'this shell' : 'the owner of the database',
    account,
    environment: isHidden ? null : process.env,
    // The runtime raises the soft limit to the hard one.
    openFileLimit: limitsIn(textOf('/proc/self/limits') ?? '', 'hard').openFileLimit,
    unseen: isHidden ? [`the environment of the user ${account.name}`] : [],
  }
}

/** systemd's defaults: the hard limit, which the runtime takes, and 15% of the processes that a small machine may have. */
const OPEN_FILES_BY_SYSTEMD = 524_288
const TASKS_BY_SYSTEMD = 4_915

/**
 * Goes on as the user of the service, and in its view of the file system if `path` is there, too: everything after this is
 * seen as the service sees it. Only root can. Returns what stays unseen where it is not possible.
 */
export function become({ account, root, name }: Service, path: string, libc: Libc | null): readonly string[] {
  const own = process.getuid?.()
  if (account.uid === UNKNOWN_USER) return []
  if (own !== 0) {
    return [
      ...(own === account.uid ? [] : [`files as the user ${account.name} sees them`]),
      ...(root === null ? [] : [`the file system as ${name} sees it`]),
    ]
  }
  // A container may have the configuration at another place.
  const isInside = root === null || (existsSync(root + path) && libc?.changeRoot(root) === true)
  if (root !== null && isInside) process.chdir('/')
  if (account.uid !== 0) {
    process.setgroups?.([...account.groups])
    process.setgid?.(account.gid)
    process.setuid?.(account.uid)
  }
  return isInside ? [] : [`the file system as ${name} sees it`]
}

function ownAccount(): Account {
  const uid = process.getuid?.() ?? 0
  return { name: userName(uid), uid, gid: process.getgid?.() ?? 0, groups: process.getgroups?.() ?? [] }
}

function environmentOf(settings: UnitSettings): { values: Environment | null; unseen: readonly string[] } {
  const lines = (settings.get('Environment') ?? []).flatMap(wordsOf)
  const files = settings.get('EnvironmentFile') ?? []
  const unseen: string[] = []
  for (const file of files) {
    const text = textOf(file.replace(/^-/, ''))
    if (text !== null) lines.push(...text.split('\n').flatMap((line) => wordsOf(line).slice(0, 1)))
    else if (!file.startsWith('-')) unseen.push(`the environment in ${file}`)
  }
  return { values: unseen.length > 0 ? null : { PATH: UNIT_PATH, ...toEnvironment(lines) }, unseen }
}

/** Words of a unit or of an environment file, without their quotes. */
function wordsOf(line: string): string[] {
  if (/^\s*[#;]/.test(line)) return []
  const words = line.match(/(?:[^\s"']+|"(?:[^"\\]|\\.)*"|'[^']*')+/g) ?? []
  return words.map((word) => word.replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'/g, (_, double, single) => double ?? single))
}

function toEnvironment(lines: readonly string[]): Environment {
  const pairs = lines
    .filter((line) => line.includes('='))
    .map((line) => [line.split('=', 1)[0], line.slice(line.indexOf('=') + 1)])
  return Object.fromEntries(pairs)
}

/** Null where it is the same as that of this process. */
function rootOf(pid: number): string | null | 'unknown' {
  const isSame = (what: string) => {
    const theirs = linkOf(`/proc/${pid}/${what}`)
    return theirs === null ? null : theirs === linkOf(`/proc/self/${what}`)
  }
  const [namespace, directory] = [isSame('ns/mnt'), isSame('root')]
  if (namespace === null || directory === null) return 'unknown'
  return namespace && directory ? null : `/proc/${pid}/root`
}

function limitsIn(text: string, which: 'soft' | 'hard') {
  const of = (name: string) => {
    const [, soft = '', hard = ''] = new RegExp(`^Max ${name}\\s+(\\S+)\\s+(\\S+)`, 'm').exec(text) ?? []
    return limitOf(which === 'soft' ? soft : hard)
  }
  return { openFileLimit: of('open files'), processLimit: of('processes') }
}

/** `1024:524288` is a soft and a hard one, the last of which counts. */
function limitOf(text: string | null): number | null {
  const value = text?.split(':').at(-1) ?? ''
  if (/^(?:unlimited|infinity|max)$/.test(value)) return Infinity
  return /^\d+$/.test(value) ? Number(value) : null
}

function least(...limits: readonly (number | null)[]): number | null {
  const known = limits.filter((limit) => limit !== null)
  return known.length === 0 ? null : Math.min(...known)
}

/** The least `pids.max` of the process's cgroup and of those around it. */
function taskLimit(cgroups: string): number | null {
  const limits: (number | null)[] = []
  for (const [, controllers = '', path = ''] of cgroups.matchAll(/^\d+:([^:]*):(.*)$/gm)) {
    if (controllers !== '' && !controllers.split(',').includes('pids')) continue
    const mount = controllers === '' ? '/sys/fs/cgroup' : '/sys/fs/cgroup/pids'
    for (let at = path; at !== '' && at !== '/'; at = at.slice(0, at.lastIndexOf('/'))) {
      limits.push(limitOf(textOf(`${mount}${at}/pids.max`)?.trim() ?? null))
    }
    limits.push(limitOf(textOf(`${mount}/pids.max`)?.trim() ?? null))
  }
  return least(...limits)
}
