import type { Outcome } from '../../../core/model/types.ts'
import type { CheckPoint } from '../../../core/past/kept.ts'
import { type Past, PastUnavailable, RECENT_CHECKS } from '../../../core/past/past.ts'
import { plural } from '../../../core/text/plural.ts'
import type { BoardMonitor } from '../../board/board.ts'
import type { Visit } from './visit.ts'

/** The last checks of monitors, by their names. */
export type RecentChecks = ReadonlyMap<string, readonly CheckPoint[]>

/** The pages show the present, too: they do not wait longer for a disk. */
const PATIENCE_MS = 1_000

/** Empty while the past cannot be read. */
export async function readRecent(past: Pick<Past, 'recent'>, monitors: readonly BoardMonitor[]): Promise<RecentChecks> {
  if (monitors.length === 0) return NOTHING
  try {
    const reading = past.recent(monitors.map(({ monitor }) => monitor.name))
    return await Promise.race([reading, Bun.sleep(PATIENCE_MS).then(() => NOTHING)])
  } catch (error) {
    if (error instanceof PastUnavailable) return NOTHING
    throw error
  }
}

const NOTHING: RecentChecks = new Map()

interface StripProps {
  readonly one: BoardMonitor
  readonly points: readonly CheckPoint[] | undefined
  readonly visit: Visit
}

type Kind = 'fine' | 'some' | 'bad' | 'plan' | 'gone'

const KINDS: Readonly<Record<Outcome, Kind>> = {
  passed: 'fine',
  warned: 'some',
  failed: 'bad',
  timed_out: 'bad',
  not_started: 'bad',
  void: 'gone',
}

/**
 * One column a check, the newest at the right: the longer it took, the higher; a failure is as high as the strip. Leads to
 * the checks; where scripts run, the pointer and the arrow keys tell of single ones. Durations are for users.
 */
export function CheckStrip({ one, points = [], visit }: StripProps) {
  const checks = withLast(points, one)
  const columns = [...Array<null>(RECENT_CHECKS - checks.length).fill(null), ...checks]
  const longestMs = visit.isUser ? Math.max(0, ...checks.filter(isFine).map(({ durationMs }) => durationMs)) : 0
  const cells = columns.map((check) => cellOf(check, longestMs))
  return (
    <a class="cells" id={`c-${one.slug}`} href={`/monitors/${one.slug}${visit.isUser ? '#checks' : ''}`}>
      <svg
        class="bar strip"
        viewBox={`0 0 ${RECENT_CHECKS} 10`}
        preserveAspectRatio="none"
        role="img"
        aria-label={stripSummary(checks)}
        data-checks={checks.length === 0 ? undefined : packed(checks, visit.isUser)}
      >
        {(['fine', 'some', 'bad', 'plan', 'gone'] as const).map((kind) => (
          <Cells kind={kind} heights={cells.map((cell) => (cell.kind === kind ? cell.height : 0))} />
        ))}
      </svg>
    </a>
  )
}

/** The check that has just ended may not be in the database yet; whether it was planned, its monitor says. */
export function withLast(points: readonly CheckPoint[], { lastCheck, standing }: BoardMonitor): readonly CheckPoint[] {
  const newest = points.at(-1)?.startedAtMs ?? -Infinity
  if (lastCheck === null || Math.round(lastCheck.startedAtMs) <= newest) return points.slice(-RECENT_CHECKS)
  const last = { ...lastCheck, isPlanned: standing === 'maintenance' && isBad(lastCheck) }
  return [...points, last].slice(-RECENT_CHECKS)
}

function isBad({ outcome }: Pick<CheckPoint, 'outcome'>): boolean {
  return KINDS[outcome] === 'bad'
}

function isFine({ outcome }: CheckPoint): boolean {
  return KINDS[outcome] === 'fine' || KINDS[outcome] === 'some'
}

/** A check that took no time at all, or how long is not shown, is of a middle height. */
const MIDDLE = 7
const LOWEST = 3
const HIGHEST = 8

function cellOf(check: CheckPoint | null, longestMs: number): { kind: Kind; height: number } {
  if (check === null) return { kind: 'gone', height: 1 }
  if (check.isPlanned) return { kind: 'plan', height: 10 }
  const kind = KINDS[check.outcome]
  if (kind === 'gone' || kind === 'bad') return { kind, height: kind === 'bad' ? 10 : 1 }
  if (longestMs === 0) return { kind, height: MIDDLE }
  return { kind, height: LOWEST + Math.round((check.durationMs / longestMs) * (HIGHEST - LOWEST)) }
}

/** All columns of one kind as the outline of their runs, so that a strip costs some hundred bytes. */
function Cells({ kind, heights }: { kind: Kind; heights: readonly number[] }) {
  let path = ''
  let before = 0
  for (const [column, height] of [...heights, 0].entries()) {
    if (height !== before) {
      if (before === 0) path += `M${column} 10`
      else path += `H${column}`
      path += `V${10 - height}`
    }
    before = height
  }
  return path === '' ? null : <path class={`${kind} full`} d={path} />
}

/** The same in words: `last 60 checks: 2 failed, 3 failed in maintenance`. */
export function stripSummary(checks: readonly CheckPoint[]): string {
  if (checks.length === 0) return 'no checks yet'
  const plannedCount = checks.filter(({ isPlanned }) => isPlanned).length
  const failedCount = checks.filter(isBad).length - plannedCount
  const warnedCount = checks.filter(({ outcome }) => KINDS[outcome] === 'some').length
  const said = [
    failedCount > 0 ? `${failedCount} failed` : '',
    plannedCount > 0 ? `${plannedCount} failed in maintenance` : '',
    warnedCount > 0 ? `${warnedCount} with a warning` : '',
  ]
  const words = said.filter((part) => part !== '').join(', ')
  return `last ${checks.length === 1 ? 'check' : plural(checks.length, 'check')}: ${words || 'no failures'}`
}

const LETTERS: Readonly<Record<Outcome, string>> = {
  passed: 'P',
  warned: 'W',
  failed: 'F',
  timed_out: 'T',
  not_started: 'N',
  void: 'V',
}

/**
 * The checks for the script, small enough for a long list: seconds since the one before (the first: since the epoch), a
 * letter for the outcome, milliseconds it took; numbers to the base of 36.
 */
function packed(checks: readonly CheckPoint[], hasDurations: boolean): string {
  let beforeSeconds = 0
  return checks
    .map((check) => {
      const { startedAtMs, outcome, durationMs, isPlanned } = check
      const seconds = Math.floor(startedAtMs / 1000)
      const text = (seconds - beforeSeconds).toString(36) + (isPlanned ? 'M' : LETTERS[outcome])
      beforeSeconds = seconds
      return hasDurations && durationMs > 0 ? text + Math.ceil(durationMs).toString(36) : text
    })
    .join(' ')
}
