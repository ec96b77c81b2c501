import { accessSync, constants, readFileSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { statsOf } from '../../config/yaml/read-source.ts'
import { UsageError } from '../terminal/outcome.ts'

const VARIABLES = ['MINITOR_CONFIG', 'MINITOR_DATABASE']

const HERE = 'config.yml'
/** Where the systemd unit has it. */
const SYSTEM_WIDE = '/etc/minitor/config.yml'

/** The configuration where none is named: the one of this directory or, without one, that of the whole machine. */
export function usualConfig(): string {
  return troubleWith(HERE) !== null && troubleWith(SYSTEM_WIDE) !== 'ENOENT' ? SYSTEM_WIDE : HERE
}

function troubleWith(path: string): string | null {
  try {
    statSync(path)
    return null
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? ''
  }
}

/** Throws UsageError if this user may not read the file, and says who may. */
export function refuseForbidden(path: string): void {
  try {
    accessSync(path, constants.R_OK)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') return
    const user = readerOf(resolve(path))
    // sudo takes variables away.
    const given = VARIABLES.flatMap((name) => (process.env[name] ? [`${name}=${process.env[name]}`] : []))
    const sudo = user === 'root' ? ['sudo'] : ['sudo', '-u', user]
    const command = [...sudo, ...(given.length > 0 ? ['env', ...given] : []), 'minitor', ...process.argv.slice(2)]
    throw new UsageError(
      `cannot read ${path}: permission denied`,
      `run this as ${user === 'root' ? 'root' : "the daemon's user"}: ${command.map(quoteForShell).join(' ')}`,
    )
  }
}

/** The user who may read a file, by what can be seen of it or of the directory that hides it. */
function readerOf(path: string): string {
  const stats = statsOf(path)
  if (stats === null) return path === '/' ? 'root' : readerOf(dirname(path))
  const owner = userName(stats.uid)
  const group = (stats.mode & 0o040) === 0 ? null : nameOf(stats.gid, '/etc/group')
  // `root:minitor`, 0640, is for the user of that name.
  return stats.uid === 0 && group !== null && hasUser(group) ? group : owner
}

/** Lines of /etc/passwd and /etc/group: name, password, number, and more. */
function entriesOf(file: string): readonly (readonly string[])[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
  } catch {
    return []
  }
}

function nameOf(id: number, file: string): string | null {
  return entriesOf(file).find(([, , number]) => number === String(id))?.[0] ?? null
}

/** As sudo takes it: `#4711` where the system knows no name. */
export function userName(uid: number): string {
  return nameOf(uid, '/etc/passwd') ?? `#${uid}`
}

function hasUser(name: string): boolean {
  return accountOf(name) !== null
}

/** A user of this machine. */
export interface Account {
  readonly name: string
  readonly uid: number
  readonly gid: number
  /** Besides `gid`, perhaps with it. */
  readonly groups: readonly number[]
}

/** By name or number; null where the system knows no such user. */
export function accountOf(user: string): Account | null {
  const [name, , uid, gid] = entriesOf('/etc/passwd').find(([name, , uid]) => name === user || uid === user) ?? []
  return name === undefined ? null : { name, uid: Number(uid), gid: Number(gid), groups: groupsOf(name) }
}

function groupsOf(user: string): number[] {
  const groups = entriesOf('/etc/group').filter(([, , , members]) => members?.split(',').includes(user))
  return groups.map(([, , gid]) => Number(gid))
}

/** For pasting into a shell. */
export function quoteForShell(text: string): string {
  return /^[\w./:=@,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
