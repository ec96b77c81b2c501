import type { Command } from 'commander'
import { actionJson, checkRunFacts, checkRunTexts, notificationJson, pingJson } from '../core/past/kept-json.ts'
import { maintenanceUntil } from '../core/past/view.ts'
import { createMask } from '../core/text/mask.ts'
import { isoTime, roundedMs } from '../core/text/time.ts'
import { type History, readHistory } from './history/report.ts'
import { renderHistory } from './history/text.ts'
import {
  addDatabaseOptions,
  type DatabaseOptions,
  findSurroundings,
  parseSince,
  readOrRefuse,
} from './options/context.ts'
import { createOneLine, print, printJson } from './terminal/terminal.ts'

interface Options extends DatabaseOptions {
  readonly since: string
  readonly all?: true
  readonly json?: true
}

export function addHistory(program: Command): void {
  addDatabaseOptions(program.command('history'))
    .argument('<name>', 'the monitor, even if it was removed from the configuration')
    .description('Show what happened to a monitor, oldest first, who was notified and who did what.')
    .option('--since <time>', 'a duration (24h, 7d) or a time (2026-07-31T18:00)', '24h')
    .option('--all', 'every check, not one line for equal checks in a row')
    .option(
      '--json',
      'print {monitor, status, flapping, maintenance_until, since, uptime: {24h, 7d, 30d, 90d, 365d}, durations: {p50_ms, p95_ms, max_ms}, ' +
        'checks: [{at, until, count, outcome, exit_code, duration_ms, reason, summary, output, quiet: [{reason, count}]}], ' +
        'notifications: [{id, kind, at, alerts, deliveries: [{alert, status, attempts, reason}]}], ' +
        'pings: [{at, kind, exit_code, rid, duration_ms, body}], unwatched: [{from, to}], ' +
        'actions: [{at, kind, who, monitor, tag, group, until, reason, address, count}]}',
    )
    .addHelpText('after', NOTES)
    .action((name: string, options: Options) => {
      const nowMs = Date.now()
      const sinceMs = parseSince(options.since, nowMs)
      const { path, ...known } = findSurroundings(options)
      const { config } = known
      const query = { name, known, nowMs, sinceMs, isEach: options.all === true }
      const history = readOrRefuse(path, (database) => readHistory(database, query))
      if (options.json) printJson(historyJson(history, createMask(config.secrets)))
      else print(renderHistory(history, createOneLine(config.secrets)))
    })
}

const NOTES = `
Checks in a row with the same outcome, exit code and reason are one line, or one
entry of checks: count is their number, at and until are when the first and the
last began, duration_ms is the longest. retention in the configuration sets how
long checks are stored.
Uptime is the share of the watched time; durations are those of the last 24
hours. A delivery is pending, delivered, failed, dropped (newer news made it
pointless) or handed_over (to the fallback). An unwatched time that still lasts
has a to of null. A heartbeat's last hundred pings are stored; those of success
and failure are also checks. Checks of a monitor with run_on have places: what
each said the last time, as [{place, node, outcome, exit_code, reason, summary,
duration_ms}].

Exit codes: 0 fine; 2 wrong usage or configuration, or the database cannot be
read.`

/** A history for machines. `mask` hides secrets in the texts of checks and deliveries. */
export function historyJson(history: History, mask: (text: string) => string) {
  const { name, view, past, lastDay } = history
  return {
    monitor: name,
    status: view?.state.status ?? 'removed',
    flapping: view !== null && view.state.flapping !== null,
    maintenance_until: view === null ? null : isoTime(maintenanceUntil(view)),
    since: isoTime(view === null ? past.leftAtMs : view.sinceMs),
    uptime: past.uptime,
    durations: {
      p50_ms: roundedMs(lastDay.p50Ms),
      p95_ms: roundedMs(lastDay.p95Ms),
      max_ms: roundedMs(lastDay.longestMs),
    },
    checks: history.checks
      .toReversed()
      .map((run) => ({ ...checkRunFacts(run), ...checkRunTexts(run, mask), output: mask(run.output) })),
    notifications: history.notifications.toReversed().map((one) => notificationJson(one, mask)),
    pings: history.pings.toReversed().map((ping) => pingJson(ping, mask)),
    unwatched: history.unwatched.toReversed().map(({ fromMs, toMs }) => ({ from: isoTime(fromMs), to: isoTime(toMs) })),
    actions: history.actions.toReversed().map((action) => actionJson(action, mask)),
  }
}
