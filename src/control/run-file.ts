import { createHash } from 'node:crypto'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** How the last reload ended. `report` is for people; `count` goes up by one with each reload. */
export interface ReloadReport {
  readonly count: number
  readonly isOk: boolean
  readonly report: string
}

/** What `minitor reload` needs to find a running daemon. */
export interface RunFile {
  readonly pid: number
  /** The process's start time in clock ticks since boot: the pid alone may belong to another process by now. */
  readonly startTicks: string
  readonly reload: ReloadReport
}

/** Writes this process's run file atomically. Throws if the directory cannot be trusted or written. */
export function writeRunFile(configPath: string, reload: ReloadReport): void {
  const directory = ownDirectory()
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const { uid, mode } = lstatSync(directory)
  if (uid !== process.getuid?.() || (mode & 0o022) !== 0) throw new Error(`${directory} belongs to somebody else`)
  const file = join(directory, fileName(configPath))
  const content: RunFile = { pid: process.pid, startTicks: startTicksOf(process.pid) ?? '', reload }
  writeFileSync(`${file}.new`, JSON.stringify(content), { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

export function removeRunFile(configPath: string): void {
  rmSync(join(ownDirectory(), fileName(configPath)), { force: true })
}

/** The run file of the daemon that runs on this configuration, or null. Root also finds other users' daemons. */
export function readRunFile(configPath: string): RunFile | null {
  for (const directory of directories()) {
    const found = readIn(join(directory, fileName(configPath)))
    if (found !== null) return found
  }
  return null
}

function readIn(file: string): RunFile | null {
  try {
    const content = JSON.parse(readFileSync(file, 'utf8')) as RunFile
    const isSameProcess = startTicksOf(content.pid) === content.startTicks
    const isOwners = lstatSync(file).uid === statSync(`/proc/${content.pid}`).uid
    return isSameProcess && isOwners ? content : null
  } catch {
    return null
  }
}

function ownDirectory(): string {
  const uid = process.getuid?.() ?? 0
  if (uid === 0) return '/run/minitor'
  return existsSync(`/run/user/${uid}`) ? `/run/user/${uid}/minitor` : join(tmpdir(), `minitor-${uid}`)
}

function directories(): string[] {
  if (process.getuid?.() !== 0) return [ownDirectory()]
  const users = existsSync('/run/user') ? readdirSync('/run/user').map((uid) => `/run/user/${uid}/minitor`) : []
  const temporary = readdirSync(tmpdir()).filter((name) => /^minitor-\d+$/.test(name))
  return [ownDirectory(), ...users, ...temporary.map((name) => join(tmpdir(), name))]
}

function fileName(configPath: string): string {
  const real = existsSync(configPath) ? realpathSync(configPath) : resolve(configPath)
  return `${createHash('sha256').update(real).digest('hex').slice(0, 16)}.json`
}

/** Start time of a process in clock ticks since boot; null if there is no such process. */
export function startTicksOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The command's name, in parentheses, may contain anything; the fields after it may not.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // A zombie only waits for its parent.
    return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null)
  } catch {
    return null
  }
}
