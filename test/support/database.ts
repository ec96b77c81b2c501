import { Database, type SQLQueryBindings } from 'bun:sqlite'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Mutes } from '../../src/core/model/mute.ts'
import { copyForServers } from '../../src/store/file/copy-database.ts'
import { type DatabaseFile, openDatabaseFile } from '../../src/store/file/database-file.ts'
import { openForWriting } from '../../src/store/file/open-for-writing.ts'
import type { Refusal } from '../../src/store/file/trouble.ts'
import { createApplyWrites, type Write } from '../../src/store/tables/apply-writes.ts'
import { createDeliveryRows } from '../../src/store/tables/deliveries.ts'
import type { Holder } from '../../src/store/tables/facts.ts'
import { readOpenIncidents } from '../../src/store/tables/incidents.ts'
import { writeMuteChange } from '../../src/store/tables/mutes.ts'
import type { ServerAccess } from '../../src/store/thread/database-thread.ts'
import { tryApply, tryReplace } from '../../src/store/thread/serve-database.ts'

export const HOLDER: Holder = { pid: process.pid, startTicks: '1' }

/** A directory for database files, and names for them. */
export function createScratch(): { readonly directory: string; newPath(): string; remove(): void } {
  const directory = mkdtempSync(join(tmpdir(), 'minitor-store-'))
  let count = 0
  return {
    directory,
    newPath: () => join(directory, `${++count}.db`),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}

/** Acknowledges the open incident of a monitor; false when it has none. */
export function acknowledge(
  database: Database,
  { monitor, ...given }: { monitor: string; atMs: number; reason: string; who?: string },
): boolean {
  const incident = readOpenIncidents(database).get(monitor)
  if (incident === undefined) return false
  writeMuteChange(database, { kind: 'acknowledge', acknowledgement: { incidentId: incident.id, ...given } })
  return true
}

/** The file, open as the daemon's thread has it; throws where it is refused. */
export function openFile(path: string, nowMs = 0): DatabaseFile {
  return opened(openDatabaseFile(path, HOLDER, nowMs))
}

/** A database, and what writes into it, without what stands around it in the daemon. */
export function startDatabase(path: string) {
  const { database } = opened(openForWriting(path))
  const deliveries = createDeliveryRows(database)
  return {
    database,
    deliveries,
    ...createApplyWrites(database, deliveries),
    all: (sql: string) => database.query<Record<string, unknown>, []>(sql).all(),
  }
}

export function opened<Result extends object>(result: Result | Refusal): Result {
  if ('kind' in result && result.kind === 'refused') throw new Error(result.reason)
  return result as Result
}

/** Rows of the file as another process would read them, beside a daemon that may be writing it. */
export function rowsOf<Row = Record<string, unknown>>(path: string, sql: string, ...values: SQLQueryBindings[]): Row[] {
  const database = new Database(path, { readonly: true })
  try {
    database.run('PRAGMA busy_timeout = 5000')
    return database.query<Row, SQLQueryBindings[]>(sql).all(...values)
  } finally {
    database.close()
  }
}

/** Changes the file as another process would. */
export function changeFile(path: string, change: (database: Database) => void): void {
  const database = new Database(path, { readwrite: true })
  try {
    change(database)
  } finally {
    database.close()
  }
}

/** A database without a thread of its own. `damage` is what another thread would find, `mute` and `renew` what others would change. */
export function createFileAccess(path: string): ServerAccess & {
  damage(reason: string): void
  mute(mutes: Mutes): void
  renew(secret: string): void
} {
  let file: DatabaseFile | null = null
  let onDamage = (_: string) => {}
  let onMutes = (_: Mutes) => {}
  let onSecret = (_: string) => {}
  const open = () => {
    if (file === null) throw new Error('the database is not open')
    return file
  }
  return {
    async open() {
      const opening = openDatabaseFile(path, HOLDER, Date.now())
      if (opening.kind === 'opened') file = opening
      return opening
    },
    apply: async (writes, nowMs) => tryApply(open(), writes, nowMs),
    applyJson: async (writes, nowMs) => tryApply(open(), JSON.parse(writes) as Write[], nowMs),
    replace: async (nowMs) => tryReplace(open(), nowMs),
    unpublished: async (limit, behind) => open().unpublished(limit, behind),
    copyTo: async (to) => copyForServers(path, to),
    setRetention() {},
    onSecret(listener) {
      onSecret = listener
    },
    onMutes(listener) {
      onMutes = listener
    },
    onDoubt() {},
    onDamage(listener) {
      onDamage = listener
    },
    damage: (reason) => onDamage(reason),
    mute: (mutes) => onMutes(mutes),
    renew: (secret) => onSecret(secret),
    async close() {
      open().close()
    },
  }
}
