import type { Database } from 'bun:sqlite'
import type { Snapshot } from '../../core/model/ports.ts'
import { createDeliveryRows } from '../tables/deliveries.ts'
import { newSecret, readFacts } from '../tables/facts.ts'
import { readStates } from '../tables/monitors.ts'
import { readMutes } from '../tables/mutes.ts'
import { readAsWritten } from './open-database.ts'

/** What a daemon begins with. Throws `Damaged` where the file does not say what Minitor would have written. */
export function loadSnapshot(database: Database, nowMs: number): Snapshot {
  return readAsWritten(() => {
    const { aliveAtMs, runPrefixes, secret } = readFacts(database)
    return {
      monitors: readStates(database),
      deliveries: createDeliveryRows(database).load(),
      mutes: readMutes(database, nowMs),
      lastAliveAtMs: aliveAtMs,
      runPrefixes,
      secret: secret ?? newSecret(),
    }
  })
}
