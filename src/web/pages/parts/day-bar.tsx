import { type MonitorPast, NO_PAST } from '../../../core/past/past.ts'
import { plural } from '../../../core/text/plural.ts'
import { DAY_MS } from '../../../core/text/time.ts'
import type { BoardMonitor } from '../../board/board.ts'
import { utcDay } from './figures.tsx'
import type { Visit } from './visit.ts'

/** Less downtime in a day than this is some trouble, not a bad day, unless it was down for most of what was watched. */
const SOME_MS = DAY_MS / 24

type DayKind = 'fine' | 'some' | 'bad' | 'plan' | 'gone'

/** The middle of each kind, of 10; the style sets its height: kinds differ in shape as well as in colour. */
const MIDDLE: Readonly<Record<DayKind, number>> = { fine: 5, some: 7, bad: 5, plan: 5, gone: 5 }

interface DayBarProps {
  readonly one: BoardMonitor
  /** Null until it was read. */
  readonly past: MonitorPast | null
  readonly visit: Visit
}

/**
 * One cell a day, oldest first. Leads to the incidents; where scripts run, the pointer and the arrow keys tell of single
 * days, and lead to theirs.
 */
export function DayBar({ one, past, visit }: DayBarProps) {
  const kinds = kindsOf(past ?? NO_PAST)
  const days = past?.days ?? null
  return (
    <a class="cells" id={`d-${one.slug}`} href={`/incidents?monitor=${encodeURIComponent(one.monitor.name)}`}>
      <svg
        class="bar days-bar"
        viewBox={`0 0 ${kinds.length} 10`}
        preserveAspectRatio="none"
        role="img"
        aria-label={summaryOf(days, visit.nowMs)}
        data-days={past === null ? undefined : packed(past)}
      >
        {/* Under a day with some trouble the rest of it was fine. */}
        <Cells kind="fine" isOn={kinds.map((kind) => kind === 'fine' || kind === 'some')} />
        <Cells kind="some" isOn={kinds.map((kind) => kind === 'some')} />
        <Cells kind="bad" isOn={kinds.map((kind) => kind === 'bad')} />
        <Cells kind="plan" isOn={kinds.map((kind) => kind === 'plan')} />
        <Cells kind="gone" isOn={kinds.map((kind) => kind === 'gone')} />
      </svg>
    </a>
  )
}

/** All cells of one kind as one path with a broad line for each run, so that a bar costs some hundred bytes. */
function Cells({ kind, isOn }: { kind: DayKind; isOn: readonly boolean[] }) {
  let path = ''
  for (let day = 0; day < isOn.length; day++) {
    if (!isOn[day]) continue
    let length = 1
    while (isOn[day + length]) length++
    path += `M${day} ${MIDDLE[kind]}h${length}`
    day += length
  }
  return path === '' ? null : <path class={kind} d={path} />
}

type Days = Pick<MonitorPast, 'days' | 'watchedMs' | 'plannedMs'>

/** A day is one of maintenance where most of it was trouble in one, and none of it downtime. */
export function kindsOf({ days, watchedMs, plannedMs }: Days): DayKind[] {
  return days.map((downMs, day) => {
    const halfMs = (watchedMs[day] ?? 0) / 2
    if (downMs === null) return 'gone'
    if (downMs === 0) return (plannedMs[day] ?? 0) > halfMs ? 'plan' : 'fine'
    return downMs < Math.min(SOME_MS, halfMs) ? 'some' : 'bad'
  })
}

/**
 * The days for the script: seconds down of each, or `-` where nobody watched, and after an `M` those in trouble in a
 * maintenance; `*12` says that it is so 12 days in a row.
 */
function packed({ days, plannedMs }: Days): string {
  const texts = days.map((downMs, day) => {
    const planned = Math.ceil((plannedMs[day] ?? 0) / 1000)
    return `${downMs === null ? '-' : Math.ceil(downMs / 1000)}${planned === 0 ? '' : `M${planned}`}`
  })
  const runs: { text: string; count: number }[] = []
  for (const text of texts) {
    const last = runs.at(-1)
    if (last?.text === text) last.count++
    else runs.push({ text, count: 1 })
  }
  return runs.map(({ text, count }) => (count === 1 ? text : `${text}*${count}`)).join(' ')
}

/** The same in words: `90 days: 2 with downtime, 12 not watched`; `watched since 2026-03-01: no downtime`. */
export function summaryOf(days: MonitorPast['days'] | null, nowMs: number): string {
  if (days === null) return 'the last 90 days were not read yet'
  const first = days.findIndex((downMs) => downMs !== null)
  if (first === -1) return 'not watched yet'
  const watched = days.slice(first)
  const badCount = watched.filter((downMs) => downMs !== null && downMs > 0).length
  const goneCount = watched.filter((downMs) => downMs === null).length
  const span = first === 0 ? plural(days.length, 'day') : `watched since ${sinceWord(watched.length - 1, nowMs)}`
  const bad = badCount === 0 ? 'no downtime' : `${plural(badCount, 'day')} with downtime`
  const gone = goneCount === 0 ? '' : `, ${goneCount} not watched`
  return `${span}: ${first === 0 && badCount > 0 ? `${badCount} with downtime` : bad}${gone}`
}

function sinceWord(daysAgo: number, nowMs: number): string {
  if (daysAgo === 0) return 'today'
  return daysAgo === 1 ? 'yesterday' : utcDay(nowMs, daysAgo)
}
