import { constants, existsSync, statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Config } from '../../core/model/config.ts'
import { sizeText } from '../../core/text/size.ts'
import { DAY_MS, HOUR_MS } from '../../core/text/time.ts'
import { checkKind } from '../../store/file/check-file.ts'
import { LATEST_VERSION } from '../../store/file/migrate.ts'
import { readDatabase } from '../../store/file/open-for-reading.ts'
import { readTrials } from '../../store/tables/facts.ts'
import { type Finding, findingsAbout, gather, listed } from './finding.ts'
import type { Viewer } from './service-facts.ts'
import { may } from './sight.ts'
import { isBelow, type UnitReach } from './unit.ts'

export interface DatabaseFact {
  /** Absolute, or `:memory:`. */
  readonly path: string
  readonly directory: 'usable' | 'missing' | 'not_writable'
  /** Whether other users could put another file in its place. */
  readonly isReplaceable: boolean
  /** Whether the unit lets the service write there. */
  readonly isInReach: boolean
  /** The database and the files beside it that the service may not write. */
  readonly notWritable: readonly string[]
  /** Why it cannot be used; null where it can, or is not there yet. */
  readonly refusal: { readonly reason: string; readonly hint: string } | null
  readonly isThere: boolean
  /** Whether the next start of this Minitor brings it up to date. */
  readonly isOlder: boolean
  /** By its number (statfs(2)); null where it is not known. */
  readonly fileSystem: number | null
  readonly freeBytes: number
  readonly sizeBytes: number
}

/** Looks at the file and its surroundings, and changes nothing. */
export function lookAtDatabase(
  path: string,
  { hidden, writable }: UnitReach,
): { fact: DatabaseFact; trials: ReturnType<typeof readTrials> | null } {
  const directory = dirname(path)
  const isThere = path !== ':memory:' && existsSync(path)
  const reading = isThere && may(constants.R_OK, path) ? readDatabase(path, readTrials) : null
  const kind = reading?.kind === 'refused' ? checkKind(path) : null
  const isOlder = kind?.kind === 'database' && kind.version < LATEST_VERSION
  const system = existsSync(directory) ? statfsSync(directory) : null
  const fact: DatabaseFact = {
    path,
    directory: !existsSync(directory)
      ? 'missing'
      : may(constants.W_OK | constants.X_OK, directory)
        ? 'usable'
        : 'not_writable',
    isInReach: !isBelow(directory, hidden) && (writable === null || isBelow(directory, writable)),
    isReplaceable: existsSync(directory) && (statSync(directory).mode & 0o1002) === 0o002,
    notWritable: ['', '-wal', '-shm', '.lock']
      .map((end) => path + end)
      .filter((file) => existsSync(file) && !may(constants.W_OK, file)),
    refusal: reading?.kind === 'refused' && !isOlder ? reading : null,
    isThere,
    isOlder,
    fileSystem: system?.type ?? null,
    freeBytes: system === null ? 0 : system.bavail * system.bsize,
    sizeBytes: isThere ? statSync(path).size : 0,
  }
  return {
    fact,
    trials: reading?.kind === 'read' ? reading.result : path !== ':memory:' && !isThere ? new Map() : null,
  }
}

const NETWORK: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB'],
  [0x517b, 'SMB'],
  [0x01021997, '9p'],
  [0x00c36400, 'Ceph'],
])
const MEMORY: ReadonlySet<number> = new Set([0x01021994, 0x858458f6])
const FUSE = 0x65735546
const OVERLAY = 0x794c7630

/** Measured: a check that passes, and an hour or a day of a monitor, in bytes of the file. */
const CHECK_BYTES = 30
const SUM_BYTES = 150
/** Less leaves no room for the log of the database, and for what else is on the disk. */
const LEAST_FREE_BYTES = 64 * 1024 * 1024

/** How large the file will be once history is as long as `retention` says. */
export function expectedBytes({ monitors, retention }: Pick<Config, 'monitors' | 'retention'>): number {
  const ofOne = monitors
    .filter(({ isEnabled }) => isEnabled)
    .map(({ schedule }) => {
      const intervalMs = schedule.kind === 'interval' ? schedule.intervalMs : HOUR_MS
      const sums = retention.hourlyMs / HOUR_MS + retention.dailyMs / DAY_MS
      return (retention.checksMs / intervalMs) * CHECK_BYTES + sums * SUM_BYTES
    })
  return ofOne.reduce((sum, bytes) => sum + bytes, 0)
}

const { error, warning, unknown, fine } = findingsAbout('database')
const space = findingsAbout('space')

/** Whether state and history are safe where they are, and have room to grow to `wholeBytes`. */
export function databaseFindings(
  fact: DatabaseFact,
  wholeBytes: number,
  { user, isService }: Viewer,
): readonly Finding[] {
  const { path, directory, refusal, notWritable } = fact
  if (path === ':memory:')
    return [warning('state and history are in memory: a restart forgets them', 'name a file with database:')]
  const folder = dirname(path)
  if (directory === 'missing') {
    const message = `there is no directory ${folder}`
    if (!isService) return [unknown(`${message} in sight`, null, path)]
    return [error(message, `mkdir ${folder}, and let it belong to the user ${user}`, path)]
  }
  const forbidden = isService ? [...(directory === 'usable' ? [] : [folder]), ...notWritable] : []
  const reach = `the unit keeps the service from writing in ${folder}`
  const bad = gather([
    forbidden.length > 0 &&
      error(`the user ${user} may not write ${listed(forbidden)}`, `chown ${user} ${forbidden.join(' ')}`, path),
    !fact.isInReach && error(reach, `set ReadWritePaths=${folder} in the unit`, path),
    fact.isReplaceable &&
      error(`all users of this machine can replace files in ${folder}`, `chmod o-w ${folder}`, path),
    refusal !== null && error(refusal.reason, refusal.hint, path),
    fileSystemFinding(fact),
  ])
  const isUsable = isService && !bad.some(({ severity }) => severity === 'error')
  return gather([...bad, isUsable && fine(stateOf(fact), path), spaceFinding(fact, wholeBytes)])
}

function stateOf({ isThere, isOlder }: DatabaseFact): string {
  if (!isThere) return 'the database can be made'
  return isOlder ? 'the database will be brought up to date at the next start' : 'the database can be read and written'
}

function fileSystemFinding({ path, fileSystem }: DatabaseFact): Finding | null {
  if (fileSystem === null) return null
  const help = 'name a file on a local disk with database:'
  const network = NETWORK.get(fileSystem >>> 0)
  if (network !== undefined)
    return error(`the database is on a network file system (${network}), whose locks SQLite cannot rely on`, help, path)
  if (MEMORY.has(fileSystem >>> 0))
    return error('the database is in memory (tmpfs): a restart of the machine forgets it', help, path)
  if (fileSystem === OVERLAY) {
    const message = 'the database is in the layer of a container (overlay), and goes with it'
    return warning(message, 'put it on a volume', path)
  }
  if (fileSystem !== FUSE) return null
  return warning('the database is on FUSE, whose locks SQLite may not be able to rely on', help, path)
}

function spaceFinding({ path, freeBytes, sizeBytes }: DatabaseFact, wholeBytes: number): Finding {
  const free = `${sizeText(freeBytes)} is free`
  const growthBytes = Math.max(0, wholeBytes - sizeBytes)
  const help = 'make room, or keep less: retention: {checks: 3d}'
  if (freeBytes < LEAST_FREE_BYTES) return space.error(`${free} on the disk of the database`, help, path)
  if (freeBytes - growthBytes < LEAST_FREE_BYTES) {
    return space.error(`history will grow by about ${sizeText(growthBytes)}, and ${free} on its disk`, help, path)
  }
  return space.fine(`history will grow by about ${sizeText(growthBytes)}, and ${free}`, path)
}
