import { eventsOf, type PastEvent } from '../../core/past/events.ts'
import { WINDOW_NAMES } from '../../core/past/kept.ts'
import { formatUptime } from '../../core/past/roll-up.ts'
import { maintenanceUntil } from '../../core/past/view.ts'
import { someLines } from '../../core/text/cut.ts'
import { formatAge, formatDuration } from '../../core/text/duration.ts'
import { plural } from '../../core/text/plural.ts'
import { named } from '../../core/text/printable.ts'
import { clockText, dateAndClock, dateText, localTime } from '../../core/text/time.ts'
import { colours, fit, type OneLine, PAINT } from '../terminal/terminal.ts'
import type { History } from './report.ts'

const WORD_WIDTH = 'unacknowledged'.length
/** What a check prints is shown in part: `--json` has the rest. */
const OUTPUT_LINES = { head: 2, tail: 1 }
const OUTPUT_WIDTH = 160

const PAINT_WORD: Readonly<Record<string, (text: string) => string>> = {
  passed: colours.green,
  warned: colours.yellow,
  failed: colours.red,
  'timed out': colours.red,
  'not started': colours.red,
  void: colours.dim,
  unwatched: colours.yellow,
  down: PAINT.down,
  recovered: PAINT.up,
  paused: colours.dim,
  removed: colours.dim,
  alert: colours.cyan,
  ping: colours.cyan,
  acknowledged: colours.cyan,
  unacknowledged: colours.cyan,
  silenced: colours.cyan,
  unsilenced: colours.cyan,
  resumed: colours.cyan,
}

/** A history for people. */
export function renderHistory(history: History, oneLine: OneLine): string {
  const { watching, sinceMs } = history
  const alarm = watching.isWatching ? [] : [colours.bold(colours.red(watching.trouble))]
  const events = eventsOf(history, history)
  const since = dateAndClock(sinceMs)
  const lines = events.length === 0 ? [`nothing is known since ${since}`] : renderEvents(events, oneLine)
  return [...alarm, ...renderHead(history, oneLine), '', ...lines].join('\n')
}

function renderHead({ name, view, nowMs, past, lastDay }: History, oneLine: OneLine): string[] {
  const word = view === null ? 'no longer in the configuration' : PAINT[view.standing](view.standing)
  const sinceMs = view === null ? past.leftAtMs : view.sinceMs
  const untilMs = view === null ? null : maintenanceUntil(view)
  const lasting =
    untilMs !== null
      ? ` until ${localTime(untilMs, nowMs)}`
      : sinceMs === null
        ? view?.standing === 'up'
          ? ', for more than 90d'
          : ''
        : `, for ${formatAge(nowMs - sinceMs)}, since ${dateAndClock(sinceMs)}`
  const windows = WINDOW_NAMES.map((window) => `${colours.dim(window)} ${formatUptime(past.uptime[window])}`)
  return [
    `${oneLine(named(name))} is ${word}${lasting}`,
    `uptime   ${windows.join('   ')}`,
    `checks   ${colours.dim('24h')} ${describeDay(lastDay)}`,
  ]
}

function describeDay({ checkCount, failedCount, p50Ms, p95Ms, longestMs }: History['lastDay']): string {
  const counts = checkCount === 0 ? 'none' : `${checkCount}, ${plural(failedCount, 'failure')}`
  if (p50Ms === null || p95Ms === null || longestMs === null) return counts
  const [p50, p95, longest] = [p50Ms, p95Ms, longestMs].map((ms) => formatDuration(Math.max(1, Math.round(ms))))
  return `${counts}; durations p50 ${p50}, p95 ${p95}, longest ${longest}`
}

function renderEvents(events: readonly PastEvent[], oneLine: OneLine): string[] {
  let day = ''
  return events.flatMap((one) => {
    const heading = dateText(one.atMs) === day ? [] : [colours.bold(dateText(one.atMs))]
    day = dateText(one.atMs)
    return [...heading, ...renderEvent(one, oneLine)]
  })
}

function renderEvent({ atMs, word, text, output, quiet }: PastEvent, oneLine: OneLine): string[] {
  const paint = PAINT_WORD[word] ?? String
  const indent = ' '.repeat(WORD_WIDTH + 12)
  const head = `  ${colours.dim(clockText(atMs))}  ${paint(word)}${' '.repeat(WORD_WIDTH - word.length)}  ${oneLine(text)}`
  const said = renderOutput(output, oneLine).map((line) => indent + colours.dim(line))
  const unnotified = quiet === '' ? '' : colours.dim(`not notified: ${oneLine(quiet)}`)
  if (said.length === 0) return [(unnotified === '' ? head : `${head}  ${unnotified}`).trimEnd()]
  return [head, ...said, ...(unnotified === '' ? [] : [indent + unnotified])]
}

function renderOutput(output: string, oneLine: OneLine): string[] {
  return someLines(output, OUTPUT_LINES).map((line) => `| ${fit(oneLine(line), OUTPUT_WIDTH)}`)
}
