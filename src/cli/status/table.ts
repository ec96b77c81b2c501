import type { WindowName } from '../../core/past/kept.ts'
import { formatUptime } from '../../core/past/roll-up.ts'
import { formatAge } from '../../core/text/duration.ts'
import { colours, fit, PAINT, type Page, table } from '../terminal/terminal.ts'
import { noteOf } from './note.ts'
import type { MonitorReport, Report } from './report.ts'

/** A note needs some room to say anything; in a narrow terminal, columns make way for it, these first. */
const NOTE_WIDTH = 40
const MAKE_WAY = ['30D', 'CHECKED', '24H'] as const
const NAME_WIDTH = 40

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
  const nameWidth = Number.isFinite(width) ? Math.min(NAME_WIDTH, Math.floor(width / 3)) : width
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
