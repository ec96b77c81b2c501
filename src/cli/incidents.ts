import type { Command } from 'commander'
import { because } from '../core/model/mute.ts'
import { isPlanned } from '../core/past/events.ts'
import type { KeptIncident } from '../core/past/kept.ts'
import { incidentFacts, incidentTexts } from '../core/past/kept-json.ts'
import { firstCause } from '../core/past/words.ts'
import { formatAge } from '../core/text/duration.ts'
import { createMask } from '../core/text/mask.ts'
import { dateAndClock, isoTime, localTime } from '../core/text/time.ts'
import { readIncidents } from '../store/tables/incidents.ts'
import { readMonitors } from '../store/tables/monitors.ts'
import {
  addDatabaseOptions,
  type DatabaseOptions,
  findNamed,
  findSurroundings,
  parseSince,
  readOrRefuse,
} from './options/context.ts'
import { colours, createOneLine, fit, type Page, print, printJson, table, widthOf } from './terminal/terminal.ts'

interface Options extends DatabaseOptions {
  readonly since: string
  readonly monitor?: string
  readonly json?: true
}

export function addIncidents(program: Command): void {
  addDatabaseOptions(program.command('incidents'))
    .description('Show the outages that passed alert_after, newest first.')
    .option('--since <time>', 'a duration (24h, 7d) or a time (2026-07-31T18:00)', '30d')
    .option('--monitor <name>', 'only this monitor, even if it was removed from the configuration')
    .option(
      '--json',
      'print [{id, monitor, started_at, opened_at, ended_at, ending, planned, duration_ms, failure_count, ' +
        'notifications, acknowledged: {at, reason, who}, first_reason, first_output, last_reason, last_output}]; ' +
        'notifications is a number',
    )
    .addHelpText('after', NOTES)
    .action((options: Options) => {
      const nowMs = Date.now()
      const sinceMs = parseSince(options.since, nowMs)
      const { path, config } = findSurroundings(options)
      const incidents = readOrRefuse(path, (database) => {
        const typed = options.monitor
        const monitor = typed === undefined ? null : findNamed(typed, { config, known: readMonitors(database) }).name
        return readIncidents(database, { sinceMs, monitor, beforeMs: null, limit: null })
      })
      const mask = createMask(config.secrets)
      if (options.json) return printJson(incidents.map((one) => asJson(one, { mask, nowMs })))
      const page = { width: widthOf(process.stdout), oneLine: createOneLine(config.secrets) }
      print(incidents.length === 0 ? `no incident since ${dateAndClock(sinceMs)}` : render(incidents, { page, nowMs }))
    })
}

const NOTES = `
Shows open incidents, and those that ended in that time. An ending is recovered,
removed (from the configuration), paused (enabled: false), or null while it is
open. One that was opened in a maintenance and has not outlasted it was planned.

Exit codes: 0 fine; 2 wrong usage or configuration, or the database cannot be
read.`

interface Look {
  readonly page: Page
  readonly nowMs: number
}

function render(incidents: readonly KeptIncident[], look: Look): string {
  const { page } = look
  const titles = ['BEGAN', 'LASTED', 'MONITOR', 'ENDED', 'NOTIFICATIONS', 'CAUSE'].map(colours.dim)
  const rows = incidents.map((incident) => row(incident, look))
  return table([titles, ...rows])
    .split('\n')
    .map((line) => fit(line, page.width))
    .join('\n')
}

function row(incident: KeptIncident, { page: { oneLine }, nowMs }: Look): string[] {
  const { startedAtMs, endedAtMs, ending, monitor, notificationCount, acknowledged } = incident
  const known = acknowledged === null ? '' : `; acknowledged${because(acknowledged)}`
  return [
    dateAndClock(startedAtMs),
    formatAge((endedAtMs ?? nowMs) - startedAtMs),
    oneLine(monitor),
    isPlanned(incident, nowMs)
      ? `${ending ?? 'open'}, in maintenance`
      : ending === null
        ? colours.red('open')
        : ending === 'recovered'
          ? colours.green(ending)
          : ending,
    String(notificationCount),
    oneLine(`${firstCause(incident, (atMs) => localTime(atMs, nowMs))}${known}`),
  ]
}

function asJson(incident: KeptIncident, { mask, nowMs }: { mask: (text: string) => string; nowMs: number }) {
  const { acknowledged } = incident
  return {
    ...incidentFacts(incident, nowMs),
    acknowledged:
      acknowledged === null
        ? null
        : { at: isoTime(acknowledged.atMs), reason: mask(acknowledged.reason), who: acknowledged.who ?? '' },
    ...incidentTexts(incident, mask),
  }
}
