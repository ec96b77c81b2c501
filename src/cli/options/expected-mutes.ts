import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Config } from '../../core/model/config.ts'
import { muteOf, type Silence } from '../../core/model/mute.ts'
import type { Monitor, Mute } from '../../core/model/types.ts'
import { createMaintenance } from '../../engine/checks/maintenance.ts'
import { readDatabase } from '../../store/file/read-database.ts'
import { readMutes } from '../../store/tables/mutes.ts'
import { printError } from '../terminal/terminal.ts'

/**
 * Who will keep a monitor quiet at a time (Unix epoch milliseconds), as far as that is known now: its maintenance, and
 * the silences in the database, if there is one.
 */
export function expectMutes(
  monitor: Monitor,
  { config, database }: { config: Config; database: string | undefined },
): (atMs: number) => Mute | null {
  const maintenance = createMaintenance(config.maintenance)
  const mutes = { silences: silencesIn(database ?? config.database), acknowledgements: [] }
  const nobody = { incidentId: null, parents: [] }
  return (atMs) => muteOf(monitor, { ...nobody, atMs, mutes, maintenanceUntilMs: maintenance(monitor, atMs) })
}

function silencesIn(database: string): readonly Silence[] {
  const path = resolve(database)
  if (database === ':memory:' || !existsSync(path)) return []
  const reading = readDatabase(path, (open) => readMutes(open, Date.now()).silences)
  if (reading.kind === 'read') return reading.result
  printError(`Silences are left out: ${reading.reason}`)
  return []
}
