import type { Command } from 'commander'
import { formatDuration } from '../core/text/duration.ts'
import { printable } from '../core/text/printable.ts'
import { isoTime } from '../core/text/time.ts'
import { addConfigOption, addDatabaseOption, findDatabase, findMonitor, loadOrRefuse } from './options/context.ts'
import { changeMutes, printIfNoDaemon } from './options/mutes.ts'
import { EXIT } from './terminal/outcome.ts'
import { colours, print, printError, printJson } from './terminal/terminal.ts'

interface Options {
  readonly config: string
  readonly database?: string
  readonly reason?: string
  readonly json?: true
}

export function addAck(program: Command, finish: (exitCode: number) => void): void {
  addDatabaseOption(
    addConfigOption(program.command('ack')),
    "the daemon's database, instead of what the configuration says",
  )
    .argument('<name>', 'the monitor')
    .description('Say that someone is on it: no reminders of this incident until it recovers.')
    .option('--reason <text>', 'who, or what is being done')
    .option('--json', 'print {monitor, incident_id, acknowledged_at, reason, has_daemon}; without an incident, nulls')
    .addHelpText(
      'after',
      '\nHolds within a second, without a reload, and over restarts. The recovery is\ntold; the next incident is a new one.\n\n' +
        'Exit codes: 0 acknowledged; 1 the monitor has no open incident; 2 wrong usage or\nconfiguration, or the database cannot be written.',
    )
    .action((name: string, options: Options) => {
      const config = loadOrRefuse(options.config)
      const { name: monitor } = findMonitor(config, name)
      const path = findDatabase(config, options.database)
      const atMs = Date.now()
      const reason = options.reason ?? ''
      const changed = changeMutes(path, (changes) => changes.acknowledge({ monitor, atMs, reason }))
      const incident = changed.result
      finish(incident === null ? EXIT.badNews : EXIT.fine)
      if (options.json) {
        return printJson({
          monitor,
          incident_id: incident?.id ?? null,
          acknowledged_at: incident === null ? null : isoTime(atMs),
          reason,
          has_daemon: changed.hasDaemon,
        })
      }
      const shown = `"${printable(monitor)}"`
      if (incident === null) return printError(`${shown} has no open incident: there is nothing to acknowledge`)
      const lastedMs = Math.max(0, Math.round((atMs - incident.startedAtMs) / 1000) * 1000)
      print(
        `${shown} is ${colours.yellow('acknowledged')}: no reminders until it recovers. It has failed for ${formatDuration(lastedMs)}.`,
      )
      printIfNoDaemon(changed, path)
    })
}
