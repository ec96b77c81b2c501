import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { isOver, parseProcessStat } from '../core/text/process-stat.ts'

/** How the last reload ended. `report` is what to show a person, `count` goes up by one with each. */
export interface ReloadReport {
  readonly count: number
  readonly isOk: boolean
  readonly report: string
}

/** What a running daemon says of itself, for `minitor reload` and `minitor healthcheck`. */
export interface RunFile {
  readonly pid: number
  /** The process's start time in clock ticks since boot: a pid alone may have been given to another process since. */
  readonly startTicks: string
  readonly reload: ReloadReport
  /** Fingerprint of the configuration that it runs on; missing, like all below, in those of older Minitors. */
  readonly configuration?: string
  /** The file of its database, or `:memory:`. */
  readonly database?: string
  /** The address of its `/healthz`, such as `127.0.0.1:8080`; empty where it serves none. */
  readonly health?: string
  /** Whether a flag lets heartbeats be pinged, also without `web` in the configuration. */
  readonly takesPings?: boolean
  /** What it is in its cluster: `alone` where it is cut off. Missing without a cluster. */
  readonly role?: 'leader' | 'standby' | 'alone'
  /** When the daemon last touched the file, in Unix epoch milliseconds. */
  readonly touchedAtMs: number
}

type WrittenRunFile = Omit<RunFile, 'touchedAtMs'>

/**
 * A daemon touches its run file this often, from the thread that does everything else: if that hangs or stands still, the
 * file grows old.
 */
export const TOUCH_EVERY_MS = 10_000

/** A busy machine may delay a touch, also two. */
export const STILL_LIMIT_MS = 3 * TOUCH_EVERY_MS

/** How long a daemon has stood still; null for one that is alive. */
export function stillMs({ touchedAtMs }: Pick<RunFile, 'touchedAtMs'>, nowMs: number): number | null {
  // Also one that was touched in the future: the clock was put back, and the next touch puts that right.
  const ageMs = Math.abs(nowMs - touchedAtMs)
  return ageMs > STILL_LIMIT_MS ? ageMs : null
}

/** Where the daemon on this configuration writes its run file. Looks at the configuration, whose file system may hang. */
export function runFileOf(configPath: string): string {
  return join(ownDirectory(), `${nameOf(configPath)}.json`)
}

/** Writes this process's run file, whole or not at all. Throws when the directory cannot be trusted or written. */
export function writeRunFile(file: string, about: Omit<WrittenRunFile, 'pid' | 'startTicks'>): void {
  trustedDirectory()
  const content: WrittenRunFile = { pid: process.pid, startTicks: startTicksOf(process.pid) ?? '', ...about }
  writeFileSync(`${file}.new`, JSON.stringify(content), { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

/** Returns whether the run file is still there: programs that tidy up /tmp take it. Needs neither space nor a descriptor. */
export function touchRunFile(file: string, nowMs: number): boolean {
  try {
    utimesSync(file, nowMs / 1000, nowMs / 1000)
    return true
  } catch {
    return false
  }
}

/** The file in which the daemon on this database notes its runs. Throws when the directory cannot be trusted or made. */
export function runSlotsFile(database: string): string {
  return join(trustedDirectory(), `${nameOf(database)}.runs`)
}

function trustedDirectory(): string {
  const directory = ownDirectory()
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const { uid, mode } = lstatSync(directory)
  if (uid !== process.getuid?.() || (mode & 0o022) !== 0) throw new Error(`${directory} belongs to somebody else`)
  return directory
}

/** What is left where that fails is believed by nobody, once the process is gone. */
export function removeRunFile(file: string): void {
  try {
    rmSync(file, { force: true })
  } catch {}
}

/**
 * The run file of the daemon that runs on this configuration, or null. It is believed if it is this user's, root's, that
 * of the configuration's owner, or in the directory that systemd makes: others could write what they like.
 */
export function readRunFile(configPath: string): RunFile | null {
  const owners = [0, process.getuid?.() ?? 0, ownerOf(configPath)]
  for (const directory of directories()) {
    const found = readIn(directory, `${nameOf(configPath)}.json`)
    if (found !== null && (owners.includes(found.uid) || directory === SYSTEM_DIRECTORY)) return found.content
  }
  return null
}

/** The run file of a process, which may have a `/tmp` and a `/run` of its own; null where there is none to be read. */
export function readRunFileOf(pid: number): RunFile | null {
  const root = `/proc/${pid}/root`
  const environment = environmentOf(pid)
  const directories = directoriesFor({ uid: ownerOf(`/proc/${pid}`), temporary: environment.TMPDIR ?? '/tmp' })
  for (const directory of [environment.RUNTIME_DIRECTORY?.split(':')[0] ?? SYSTEM_DIRECTORY, ...directories]) {
    for (const name of namesIn(root + directory)) {
      const found = readIn(root + directory, name)
      if (found?.content.pid === pid) return found.content
    }
  }
  return null
}

/** Whether this process runs, began then, is a Minitor, and is root's or belongs to the owner of `file`. */
export function isMinitor({ pid, startTicks }: Pick<RunFile, 'pid' | 'startTicks'>, file: string): boolean {
  try {
    const { uid } = statSync(`/proc/${pid}`)
    const isOwners = uid === 0 || uid === lstatSync(file).uid
    const program = basename(readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, ''))
    const isProgram = program.startsWith('minitor') || program === basename(process.execPath)
    return isOwners && isProgram && startTicksOf(pid) === startTicks
  } catch {
    return false
  }
}

function readIn(directory: string, name: string): { readonly content: RunFile; readonly uid: number } | null {
  const file = join(directory, name)
  let descriptor: number | null = null
  try {
    const { uid } = lstatSync(directory)
    // The directory may be that of somebody who puts a link or a FIFO there.
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const stats = fstatSync(descriptor)
    if (!stats.isFile() || stats.uid !== uid || stats.size > SIZE_LIMIT_BYTES) return null
    const content: unknown = JSON.parse(readFileSync(descriptor, 'utf8'))
    if (!isRunFile(content) || !isMinitor(content, file)) return null
    if (uid !== ownerOf(`/proc/${content.pid}`)) return null
    return { content: { ...content, touchedAtMs: stats.mtimeMs }, uid }
  } catch {
    return null
  } finally {
    if (descriptor !== null) closeSync(descriptor)
  }
}

function isRunFile(content: unknown): content is WrittenRunFile {
  const { pid, startTicks, reload, configuration, database, health } = Object(content) as Partial<RunFile>
  const { count, isOk, report } = Object(reload) as Partial<ReloadReport>
  return (
    Number.isSafeInteger(pid) &&
    typeof startTicks === 'string' &&
    typeof count === 'number' &&
    typeof isOk === 'boolean' &&
    typeof report === 'string' &&
    [configuration, database, health].every((one) => one === undefined || typeof one === 'string')
  )
}

/** Root makes it, or systemd for the user of the unit: `RuntimeDirectory=minitor`. */
const SYSTEM_DIRECTORY = '/run/minitor'
/** A report names every mistake of a configuration. */
const SIZE_LIMIT_BYTES = 64 * 1024 * 1024

/** Where this process writes. */
function ownDirectory(): string {
  const [runtime = ''] = process.env.RUNTIME_DIRECTORY?.split(':') ?? []
  if (runtime !== '') return runtime
  const uid = process.getuid?.() ?? 0
  const [user = '', temporary = ''] = directoriesFor({ uid, temporary: tmpdir() })
  if (uid === 0) return SYSTEM_DIRECTORY
  return existsSync(dirname(user)) ? user : temporary
}

/** Where a user's daemons write that systemd has not started. */
function directoriesFor({ uid, temporary }: { uid: number; temporary: string }): string[] {
  return [`/run/user/${uid}/minitor`, join(temporary, `minitor-${uid}`)]
}

function directories(): string[] {
  if (process.getuid?.() !== 0) return [ownDirectory(), SYSTEM_DIRECTORY]
  const users = namesIn('/run/user').map((uid) => `/run/user/${uid}/minitor`)
  const temporary = namesIn(tmpdir()).filter((name) => /^minitor-\d+$/.test(name))
  return [ownDirectory(), SYSTEM_DIRECTORY, ...users, ...temporary.map((name) => join(tmpdir(), name))]
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

/** The user that a file or a process belongs to; nobody, -1, if it is not there or out of sight. */
function ownerOf(path: string): number {
  try {
    return statSync(path).uid
  } catch {
    return -1
  }
}

function environmentOf(pid: number): Readonly<Record<string, string | undefined>> {
  try {
    const pairs = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
    return Object.fromEntries(pairs.map((pair) => [pair.split('=', 1)[0], pair.slice(pair.indexOf('=') + 1)]))
  } catch {
    return {}
  }
}

/** A short name for a path, the same by whatever links it is reached. */
function nameOf(path: string): string {
  const real = existsSync(path) ? realpathSync(path) : resolve(path)
  return new Bun.CryptoHasher('sha256').update(real).digest('hex').slice(0, 16)
}

/** Start time of a process in clock ticks since boot; null when none of that number runs. */
export function startTicksOf(pid: number): string | null {
  try {
    const stat = parseProcessStat(readFileSync(`/proc/${pid}/stat`, 'latin1'))
    return isOver(stat) ? null : String(stat.startTicks)
  } catch {
    return null
  }
}
