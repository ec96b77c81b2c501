import type { MaintenanceWindow } from '../../core/model/config.ts'
import type { Values } from '../schema/field.ts'
import { maintenanceShape } from '../schema/sections.ts'
import { startOf } from '../yaml/node.ts'
import type { Place } from '../yaml/source.ts'
import { complain, type Drafting } from './loading.ts'
import { hasOrMeans } from './meant-key.ts'
import { type Entries, subjectOfItem } from './read-map.ts'
import { checkSchedule } from './schedule-check.ts'
import type { TopLevel } from './settings.ts'

type WindowValues = Values<typeof maintenanceShape>

/** A maintenance window with the places of what it says. */
export interface WindowDraft {
  readonly window: MaintenanceWindow
  readonly own: WindowValues
  readonly entries: Entries
  readonly subject: string
}

/** Reads every maintenance window; of one with mistakes a draft is kept for the sake of what it refers to. */
export function readMaintenance({
  loading,
  entries: settings,
  own: { maintenance = [] },
}: TopLevel): readonly WindowDraft[] {
  const list = settings.get('maintenance')?.value
  if (list?.kind !== 'sequence') return []
  return list.items.flatMap((node, index) => {
    if (node.kind !== 'mapping') return []
    const own = maintenance[index] ?? {}
    const { entries } = node
    const subject = subjectOfItem('maintenance', index)
    complainOfMissing({ loading, entries, subject }, startOf(node))
    checkSchedule({ loading, entries, subject }, own)
    return [{ window: toWindow(own), own, entries, subject }]
  })
}

const REQUIRED = [
  { key: 'schedule', hint: 'add schedule: "0 3 * * 0", or another cron expression' },
  { key: 'duration', hint: 'add duration: 2h, or as long as it lasts' },
]
const KNOWN = Object.keys(maintenanceShape)

function complainOfMissing({ loading, entries, subject }: Drafting, place: Place): void {
  for (const { key, hint } of REQUIRED) {
    if (hasOrMeans(entries, [key], KNOWN)) continue
    complain(loading, place, { subject, message: `the ${key} is missing`, hint })
  }
}

function toWindow({ schedule = '', timezone, duration = 0, monitors, tags }: WindowValues): MaintenanceWindow {
  const of = monitors === undefined && tags === undefined ? null : { monitors: monitors ?? [], tags: tags ?? [] }
  return { expression: schedule, timezone: timezone ?? null, durationMs: duration, of }
}
