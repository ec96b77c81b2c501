import { parseDuration } from '../../core/text/duration.ts'
import { UsageError } from '../terminal/outcome.ts'

/** A time as people and machines write it. Without a zone it is that of this machine, without an hour its midnight. */
const TIME = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:?\d\d)?)?$/

/** What `--since` names, in Unix epoch milliseconds: so long ago, or a time. Throws UsageError for anything else. */
export function parseSince(text: string, nowMs: number): number {
  const durationMs = parseDuration(text)
  const atMs = durationMs === null ? parseTime(text) : nowMs - durationMs
  if (Number.isNaN(atMs)) {
    throw new UsageError(
      `--since takes a duration or a time, not "${text}"`,
      'for example --since 24h, 7d, 2026-07-31 or 2026-07-31T18:00',
    )
  }
  if (atMs > nowMs) throw new UsageError(`--since ${text} is in the future`)
  return atMs
}

function parseTime(text: string): number {
  const [, date, time = '00:00', zone = ''] = TIME.exec(text) ?? []
  return date === undefined ? Number.NaN : Date.parse(`${date}T${time}${zone}`)
}
