import type { Database } from 'bun:sqlite'
import { join } from 'node:path'
import { openForWriting } from '../../src/store/file/open-for-writing.ts'
import { createApplyWrites } from '../../src/store/tables/apply-writes.ts'
import { createDeliveryRows } from '../../src/store/tables/deliveries.ts'
import { createWorkspace, type Workspace } from '../support/executable.ts'
import { aChange } from '../support/samples.ts'

/** A place with a configuration and a database as a daemon leaves it, in which these monitors are down since a minute. */
export function createPlace(config: string, { down = [] }: { down?: readonly string[] } = {}): Workspace {
  const place = createWorkspace({ 'config.yml': config })
  withDatabase(place, (database) => {
    const { apply } = createApplyWrites(database, createDeliveryRows(database))
    const atMs = Date.now() - 60_000
    apply(
      down.map((monitor) => ({ kind: 'check', change: aChange(monitor, atMs) })),
      atMs,
    )
  })
  return place
}

/** Does something with the database of a place, through a connection of its own, until the work is done. */
export function withDatabase<Result>(
  place: Pick<Workspace, 'directory'>,
  work: (database: Database) => Result,
): Result {
  const opened = openForWriting(join(place.directory, 'minitor.db'))
  if (opened.kind === 'refused') throw new Error(opened.reason)
  const { database } = opened
  const result = work(database)
  if (result instanceof Promise) void result.finally(() => database.close())
  else database.close()
  return result
}
