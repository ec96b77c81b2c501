import { type Command, Option } from 'commander'
import { WINDOW_NAMES } from '../core/past/kept.ts'
import { createMask } from '../core/text/mask.ts'
import { addDatabaseOptions, type DatabaseOptions, findSurroundings, readOrRefuse } from './options/context.ts'
import { readReport, type Selection, statusJson } from './status/report.ts'
import { renderFoot, renderHead, renderMonitors, SHOWN_WINDOWS } from './status/text.ts'
import { watchStatus } from './status/watch.ts'
import { EXIT } from './terminal/outcome.ts'
import { createOneLine, print, printJson, widthOf } from './terminal/terminal.ts'

interface Options extends DatabaseOptions, Omit<Selection, 'names'> {
  readonly watch?: true
  readonly json?: true
}

export function addStatus(program: Command, finish: (exitCode: number) => void): void {
  addDatabaseOptions(program.command('status'))
    .argument('[names...]', 'the monitors; all, without names')
    .description('Show the state of monitors, worst first.')
    .addOption(new Option('--tag <tag>', 'those with this tag').conflicts('group'))
    .option('--group <group>', 'those of this group')
    .option('--down', 'only those that are down')
    .addOption(new Option('--watch', 'a live table, until Ctrl-C').conflicts('json'))
    .option(
      '--json',
      'print {ok, watching, last_alive_at, monitors: [{name, group, tags, status, since, last_check_at, last_success_at, ' +
        'outcome, exit_code, reason, summary, failure_count, alert_count, incident_id, muted: {by, reason}, quiet, ' +
        'acknowledged: {at, reason, who}, paused: {since, who, reason}, flapping, maintenance_until, ping: {url, due_at}, uptime: {24h, 7d, 30d, 90d, 365d}, deliveries: {pending, failed}}], ' +
        'silences: [{monitor, tag, group, until, reason, who}], announcements: [{id, text, at, until, who}], deliveries: {pending, failed}}',
    )
    .addHelpText('after', NOTES)
    .action(async (names: readonly string[], options: Options) => {
      const only = { ...options, names }
      if (options.watch) return finish((await watchStatus(options, only)) ? EXIT.fine : EXIT.badNews)
      const { path, ...known } = findSurroundings(options)
      const { config } = known
      const nowMs = Date.now()
      const windows = options.json ? WINDOW_NAMES : SHOWN_WINDOWS
      const limit = Infinity
      const report = readOrRefuse(path, (database) => readReport(database, { known, nowMs, windows, limit, only }))
      finish(report.isOk ? EXIT.fine : EXIT.badNews)
      if (options.json) return printJson(statusJson(report, createMask(config.secrets)))
      const page = { width: widthOf(process.stdout), oneLine: createOneLine(config.secrets) }
      const foot = renderFoot(report, page)
      const monitors = renderMonitors(report, page)
      print([...renderHead(report, page), ...(monitors.length === 0 ? [] : ['', ...monitors])].join('\n'))
      if (foot.length > 0) print(['', ...foot].join('\n'))
    })
}

const NOTES = `
Uptime is the share of the watched time, without the time when Minitor was off.
Hours and days are UTC. A delivery is one alert run for one notification; failed
counts those of the last 24 hours and of open incidents. With --json, uptimes
are 0 to 1, times are ISO 8601, and what is unknown or does not apply is null:
since, for example, if a monitor has been up for more than 90 days, or ping, if
it is not a heartbeat. A monitor with run_on has places: what each said at its
last check, as [{place, node, outcome, exit_code, reason, summary,
duration_ms}].

Exit codes: 0 nothing is down; 1 something is down, or no daemon is watching;
2 wrong usage or configuration, or the database cannot be read.`
