import type { Database } from 'bun:sqlite'
import type { AlertTrial, EndedSession, Snapshot } from '../../core/model/ports.ts'

/** The daemon that has a file, named in it for a second one that wants it. */
export interface Holder {
  readonly pid: number
  readonly startTicks: string
}

/** What a file says of the daemon that wrote it last. */
export interface Facts {
  /** When that daemon was last known to watch, in Unix epoch milliseconds; null before its first write. */
  readonly aliveAtMs: number | null
  /** Null where there never was a daemon, as in a copy. */
  readonly holder: Pick<Holder, 'pid' | 'startTicks'> | null
  /** Null in a new file, and in a copy. */
  readonly secret: string | null
  readonly endedSessions: readonly EndedSession[]
  /** See `Snapshot`. Null in a file that has never had a daemon; a copy keeps it. */
  readonly installation: string | null
}

const SECRET_BYTES = 32

export function readFacts(database: Database): Facts {
  const stored = database.query<{ name: string; value: unknown }, []>('SELECT name, value FROM facts').all()
  const facts = new Map(stored.map(({ name, value }) => [name, value]))
  const pid = (facts.get('holder_pid') ?? null) as number | null
  return {
    aliveAtMs: (facts.get('alive_at_ms') ?? null) as number | null,
    holder: pid === null ? null : { pid, startTicks: String(facts.get('holder_start_ticks') ?? '') },
    secret: (facts.get('secret') ?? null) as string | null,
    endedSessions: JSON.parse(String(facts.get('ended_sessions') ?? '[]')) as EndedSession[],
    installation: (facts.get('installation') ?? null) as string | null,
  }
}

/** Makes the function that notes that a daemon watches. */
export function createAliveFact(database: Database): (nowMs: number) => void {
  const set = database.query("INSERT OR REPLACE INTO facts (name, value) VALUES ('alive_at_ms', ?)")
  return (nowMs) => void set.run(nowMs)
}

/** Saves these in place of those before. */
export function writeEndedSessions(database: Database, sessions: readonly EndedSession[]): void {
  database.run("INSERT OR REPLACE INTO facts (name, value) VALUES ('ended_sessions', ?)", [JSON.stringify(sessions)])
}

/** What the names of these facts begin with; the name of the alert follows. */
const TRIAL = 'tried:'

/** Saves how an alert went, in place of how it went before. */
export function writeTrial(database: Database, { alert, ...how }: AlertTrial): void {
  database.run('INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)', [TRIAL + alert, JSON.stringify(how)])
}

/** How each alert went when it was last run, by its name. */
export function readTrials(database: Database): ReadonlyMap<string, AlertTrial> {
  const stored = database
    .query<{ alert: string; how: string }, [string, string]>(
      'SELECT substr(name, length(?1) + 1) AS alert, value AS how FROM facts WHERE name GLOB ?2',
    )
    .all(TRIAL, `${TRIAL}*`)
  return new Map(stored.map(({ alert, how }) => [alert, { alert, ...(JSON.parse(how) as Omit<AlertTrial, 'alert'>) }]))
}

/** Notes who has the file from now on, and what it goes on with. */
export function nameHolder(
  database: Database,
  { pid, startTicks }: Holder,
  { secret, installation }: Pick<Snapshot, 'secret' | 'installation'>,
): void {
  const set = database.query('INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)')
  database.transaction(() => {
    set.run('holder_pid', pid)
    set.run('holder_start_ticks', startTicks)
    set.run('secret', secret)
    set.run('installation', installation)
  })()
}

/** Signatures made with the old one are worth nothing any more. */
export function writeSecret(database: Database, secret: string): void {
  database.run("INSERT OR REPLACE INTO facts (name, value) VALUES ('secret', ?)", [secret])
  writeEndedSessions(database, [])
}

/** For a copy: it has no daemon. Older Minitors wrote `run_prefixes`. */
export function removeHolder(database: Database): void {
  database.run("DELETE FROM facts WHERE name IN ('holder_pid', 'holder_start_ticks', 'run_prefixes')")
}

/** For a copy: in other hands it must not let them sign in. */
export function removeSessions(database: Database): void {
  database.run("DELETE FROM facts WHERE name IN ('secret', 'ended_sessions')")
}

/** Random bytes in hexadecimal. */
export function newSecret(): string {
  return crypto.getRandomValues(new Uint8Array(SECRET_BYTES)).toHex()
}
