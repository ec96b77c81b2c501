import { because } from '../../core/model/mute.ts'
import { whereText } from '../../core/model/place-words.ts'
import type { WindowName } from '../../core/past/kept.ts'
import { formatUptime } from '../../core/past/roll-up.ts'
import { notifiedText, reasonText, summaryOf, worstOf } from '../../core/past/words.ts'
import { formatAge, formatDuration } from '../../core/text/duration.ts'
import { plural } from '../../core/text/plural.ts'
import { localTime, type TimeText } from '../../core/text/time.ts'
import type { Undelivered } from '../../store/tables/deliveries.ts'
import { describeTarget } from '../options/mutes.ts'
import { COLUMN_WIDTH, colours, fit, PAINT, type Page, table } from '../terminal/terminal.ts'
import type { MonitorReport, Report } from './report.ts'

/** Above the monitors: whether a daemon is watching, and the headline. */
export function renderHead({ watching, counts }: Report, { width }: Page): string[] {
  const alarm = watching.isWatching ? [] : [colours.bold(colours.red(fit(watching.trouble, width)))]
  const worst = worstOf(counts)
  const paint = PAINT[worst === 'up' && !watching.isWatching ? 'failing' : worst]
  return [...alarm, paint(fit(summaryOf(counts), width))]
}

/** Below the monitors: silences, and what was not delivered. */
export function renderFoot(
  { config, isWhole, silences, announcements, undelivered, nowMs }: Report,
  { width, oneLine }: Page,
): string[] {
  const failed = undelivered.filter(({ status }) => status === 'failed')
  const pendingCount = undelivered.length - failed.length
  const alerts = [...new Set(failed.map(({ alert }) => alert))].join(', ')
  const announced = announcements.map(
    ({ text, untilMs }) => `announced${untilMs === null ? '' : ` until ${localTime(untilMs, nowMs)}`}: ${text}`,
  )
  const silenced = silences.map(({ target, untilMs, reason, who = '' }) => {
    const what = `${describeTarget(target, { config, isWhole })} silenced`
    return `${what} until ${localTime(untilMs, nowMs)}${because({ who, reason })}`
  })
  const lines = [...announced, ...silenced]
  if (failed.length > 0) lines.push(`${deliveries(failed.length)} failed in the last 24h: ${alerts}`)
  if (pendingCount > 0) lines.push(`${deliveries(pendingCount)} pending`)
  return lines.map((line) => fit(oneLine(line), width))
}

function deliveries(count: number): string {
  return plural(count, 'delivery', 'deliveries')
}

/** A note needs some width: in a narrow terminal these columns are left out for it, in this order. */
const NOTE_WIDTH = 40
const MAKE_WAY = ['30D', 'CHECKED', '24H'] as const

/** The windows that have a column. */
export const SHOWN_WINDOWS = ['24h', '30d'] as const satisfies readonly WindowName[]

/** The monitors below their titles, one line each. */
export function renderMonitors({ monitors, nowMs, watching }: Report, page: Page): string[] {
  if (monitors.length === 0) return []
  const notes = monitors.map((report) => page.oneLine(noteOf(report, { nowMs, isWatching: watching.isWatching })))
  const noteWidth = Math.min(NOTE_WIDTH, widest(notes))
  let columns = columnsFor(nowMs, page).map(({ title, cellOf }) => {
    const cells = [colours.dim(title), ...monitors.map(cellOf)]
    return { title, cells, width: widest(cells) + 2 }
  })
  for (const title of MAKE_WAY) {
    if (columns.reduce((sum, { width }) => sum + width, noteWidth) <= page.width) break
    columns = columns.filter((column) => column.title !== title)
  }
  const rows = [colours.dim('NOTE'), ...notes].map((note, index) => [
    ...columns.map(({ cells }) => cells[index] ?? ''),
    note,
  ])
  return table(rows)
    .split('\n')
    .map((line) => fit(line, page.width))
}

function widest(cells: readonly string[]): number {
  return cells.reduce((most, cell) => Math.max(most, Bun.stringWidth(cell)), 0)
}

interface Column {
  readonly title: string
  readonly cellOf: (report: MonitorReport) => string
}

function columnsFor(nowMs: number, { width, oneLine }: Page): Column[] {
  const nameWidth = Number.isFinite(width) ? Math.min(COLUMN_WIDTH, Math.floor(width / 3)) : width
  return [
    { title: 'STATUS', cellOf: ({ standing }) => PAINT[standing](standing) },
    { title: 'MONITOR', cellOf: ({ monitor }) => fit(oneLine(monitor.name), nameWidth) },
    { title: 'FOR', cellOf: (report) => lasting(report, nowMs) },
    { title: 'CHECKED', cellOf: (report) => colours.dim(checked(report, nowMs)) },
    { title: '24H', cellOf: ({ past }) => formatUptime(past?.uptime['24h'] ?? null) },
    { title: '30D', cellOf: ({ past }) => formatUptime(past?.uptime['30d'] ?? null) },
  ]
}

function lasting({ sinceMs, standing }: MonitorReport, nowMs: number): string {
  if (sinceMs !== null) return formatAge(nowMs - sinceMs)
  return standing === 'up' ? '>90d' : ''
}

function checked({ lastCheck }: MonitorReport, nowMs: number): string {
  return lastCheck === null ? '' : `${formatAge(nowMs - lastCheck.startedAtMs)} ago`
}

/** A check is overdue this long after its timeout: it may have waited for others. */
const OVERDUE_MS = 30_000

/** The note of a monitor, most important first: what is wrong, which deliveries failed, why nobody is notified. */
export function noteOf(report: MonitorReport, { nowMs, isWatching }: { nowMs: number; isWatching: boolean }): string {
  const time = (atMs: number) => localTime(atMs, nowMs)
  const parts = [
    reasonText(report, time, report.incident),
    whereText(report.lastCheck?.places),
    pingNote(report, time),
    isWatching ? overdue(report, nowMs) : '',
    ...undelivered(report, nowMs),
    acknowledgement(report, nowMs),
    notifiedText(report, time),
    failures(report),
  ]
  return [...new Set(parts)].filter((part) => part !== '').join('; ')
}

/** When the ping of a heartbeat that is fine is due, and where to send a first one. */
function pingNote({ monitor: { heartbeat }, standing, pingDueAtMs, pingUrl }: MonitorReport, time: TimeText): string {
  if (heartbeat === null || (standing !== 'pending' && standing !== 'up')) return ''
  if (pingDueAtMs === null && standing === 'up') return ''
  const due =
    pingDueAtMs === null ? 'no ping yet' : `ping due ${time(pingDueAtMs)}, grace ${formatDuration(heartbeat.graceMs)}`
  return standing === 'up' || pingUrl === null ? due : `${due}; curl -fsS ${pingUrl}`
}

function overdue({ monitor: { schedule, timeoutMs }, lastCheck, standing }: MonitorReport, nowMs: number): string {
  if (schedule.kind !== 'interval' || lastCheck === null || standing === 'paused') return ''
  const agoMs = nowMs - lastCheck.startedAtMs
  if (agoMs <= schedule.intervalMs + timeoutMs + OVERDUE_MS) return ''
  return `not checked for ${formatAge(agoMs)} (interval ${formatDuration(schedule.intervalMs)})`
}

/** Failures of one alert are one note, with the last reason. */
function undelivered({ undelivered: all }: MonitorReport, nowMs: number): string[] {
  const current = all.filter(({ isPast }) => !isPast)
  const lastOfEach = new Map(current.map((one) => [`${one.status} ${one.alert}`, one]))
  return [...lastOfEach.values()].map((one) => describeUndelivered(one, nowMs))
}

function describeUndelivered({ alert, attemptCount, reason, settledAtMs }: Undelivered, nowMs: number): string {
  if (settledAtMs !== null) {
    return `${alert} could not be delivered ${formatAge(nowMs - settledAtMs)} ago${because({ reason })}`
  }
  return `${alert} pending${attemptCount === 0 ? '' : `, ${plural(attemptCount, 'attempt')} failed${because({ reason })}`}`
}

/** An acknowledgement behind another mute. */
function acknowledgement({ incident, mute }: MonitorReport, nowMs: number): string {
  const acknowledged = incident?.acknowledged ?? null
  if (acknowledged === null || mute?.by === 'acknowledgement') return ''
  return `acknowledged ${formatAge(nowMs - acknowledged.atMs)} ago${because(acknowledged)}`
}

function failures({ state, standing }: MonitorReport): string {
  return standing === 'down' || standing === 'failing' ? plural(state.failureCount, 'failure') : ''
}
