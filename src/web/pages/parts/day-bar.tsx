import { BAR_DAYS, type DownMs, type MonitorPast } from '../../../core/past/past.ts'
import { plural } from '../../../core/text/plural.ts'
import { DAY_MS } from '../../../core/text/time.ts'

/** Less downtime in a day than this is some trouble, not a bad day. */
const SOME_MS = DAY_MS / 24

type DayKind = 'fine' | 'some' | 'bad' | 'gone'

/** The middle of each kind, of 10; the style sets its height: kinds differ in shape as well as in colour. */
const MIDDLE: Readonly<Record<DayKind, number>> = { fine: 5, some: 7, bad: 5, gone: 5 }

/** One cell a day, oldest first. `days` is null until the past was read. */
export function DayBar({ days }: { days: MonitorPast['days'] | null }) {
  const kinds = (days ?? Array<DownMs>(BAR_DAYS).fill(null)).map(kindOf)
  return (
    <svg class="bar" viewBox={`0 0 ${BAR_DAYS} 10`} preserveAspectRatio="none" role="img">
      <title>{summaryOf(days)}</title>
      {/* Under a day with some trouble the rest of it was fine. */}
      <Cells kind="fine" isOn={kinds.map((kind) => kind === 'fine' || kind === 'some')} />
      <Cells kind="some" isOn={kinds.map((kind) => kind === 'some')} />
      <Cells kind="bad" isOn={kinds.map((kind) => kind === 'bad')} />
      <Cells kind="gone" isOn={kinds.map((kind) => kind === 'gone')} />
    </svg>
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

function kindOf(downMs: DownMs): DayKind {
  if (downMs === null) return 'gone'
  if (downMs === 0) return 'fine'
  return downMs < SOME_MS ? 'some' : 'bad'
}

/** The same in words: `90 days: 2 with downtime, 12 not watched`. */
export function summaryOf(days: MonitorPast['days'] | null): string {
  if (days === null) return 'the last 90 days were not read yet'
  const goneCount = days.filter((downMs) => downMs === null).length
  const badCount = days.filter((downMs) => downMs !== null && downMs > 0).length
  if (goneCount === days.length) return `${plural(days.length, 'day')}: nothing is known`
  const gone = goneCount === 0 ? '' : `, ${goneCount} not watched`
  return `${plural(days.length, 'day')}: ${badCount === 0 ? 'no downtime' : `${badCount} with downtime`}${gone}`
}
