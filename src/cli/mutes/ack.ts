import type { Command } from 'commander'
import { because } from '../../core/model/mute.ts'
import { formatAge, formatDuration } from '../../core/text/duration.ts'
import { named, printable } from '../../core/text/printable.ts'
import { isoTime } from '../../core/text/time.ts'
import { addDatabaseOptions, type DatabaseOptions, findKnown, findMonitor } from '../options/context.ts'
import { changeMutes, printIfNoDaemon, whoIs } from '../options/mutes.ts'
import { EXIT } from '../terminal/outcome.ts'
import { colours, createOneLine, print, printError, printJson } from '../terminal/terminal.ts'

interface Options extends DatabaseOptions {
  readonly reason?: string
  readonly json?: true
}

export function addAck(program: Command, finish: (exitCode: number) => void): void {
  addDatabaseOptions(program.command('ack'))
    .argument('<name>', 'the monitor')
    .description('Acknowledge an incident: no reminders until the monitor recovers.')
    .option('--reason <text>', 'who is on it, or what is being done')
    .option(
      '--json',
      'print {monitor, incident_id, acknowledged_at, reason, has_daemon}; nulls if there is no incident',
    )
    .addHelpText(
      'after',
      '\nTakes effect within a second, without a reload, and survives restarts. The\nrecovery is notified; the next incident is not acknowledged. A second ack adds\nits reason to that of the first.\n\n' +
        'Exit codes: 0 acknowledged; 1 the monitor has no open incident; 2 wrong usage or\nconfiguration, or the database cannot be written.',
    )
    .action(async (name: string, options: Options) => {
      const place = findKnown(options)
      const { path, config } = place
      const { name: monitor } = findMonitor(config, name)
      const atMs = Date.now()
      const reason = options.reason ?? ''
      const changed = await changeMutes(place, (changes) =>
        changes.acknowledge({ monitor, atMs, reason, who: whoIs() }),
      )
      const incident = changed.result
      finish(incident === null ? EXIT.badNews : EXIT.fine)
      if (options.json) {
        return printJson({
          monitor,
          incident_id: incident?.id ?? null,
          acknowledged_at: isoTime(incident?.acknowledged?.atMs ?? null),
          reason: incident?.acknowledged?.reason ?? reason,
          has_daemon: changed.hasDaemon,
        })
      }
      const shown = printable(named(monitor))
      if (incident === null) return printError(`${shown} has no open incident: there is nothing to acknowledge`)
      const lastedMs = Math.max(0, Math.round((atMs - incident.startedAtMs) / 1000) * 1000)
      print(
        `${shown} ${colours.yellow('acknowledged')}: no reminders until it recovers. Failing for ${formatDuration(lastedMs)}.`,
      )
      if (incident.before !== null) {
        const ago = formatAge(atMs - incident.before.atMs)
        const why = createOneLine(config.secrets)(because(incident.before))
        print(`It was acknowledged ${ago} ago${why}.${reason === '' ? '' : ' Your reason is added.'}`)
      }
      printIfNoDaemon(changed, path)
    })
}
