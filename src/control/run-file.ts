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
import { isOver, parseProcessStat } from '../core/text/process-stat.ts'

/** How the last reload ended. `report` is what to show a person, `count` goes up by one with each. */
export interface ReloadReport {
  readonly count: number
  readonly isOk: boolean
  readonly report: string
}

/** What a running daemon says of itself, for `minitor reload` to find it. */
export interface RunFile {
  readonly pid: number
  /** The process's start time in clock ticks since boot: a pid alone may have been given to another process since. */
  readonly startTicks: string
  readonly reload: ReloadReport
}

/** Writes this process's run file, whole or not at all. Throws when the directory cannot be trusted or written. */
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

/** The run file of the daemon that lives and runs on this configuration, or null. Root also finds other users' daemons. */
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

/** Start time of a process in clock ticks since boot; null when none of that number runs. */
export function startTicksOf(pid: number): string | null {
  try {
    const stat = parseProcessStat(readFileSync(`/proc/${pid}/stat`, 'latin1'))
    return isOver(stat) ? null : String(stat.startTicks)
  } catch {
    return null
  }
}
