import type { Command } from 'commander'
import { named, printable } from '../../core/text/printable.ts'
import { addDatabaseOptions, type DatabaseOptions, findKnown, findMonitor } from '../options/context.ts'
import { changeMutes, printIfNoDaemon, whoIs } from '../options/mutes.ts'
import { EXIT } from '../terminal/outcome.ts'
import { colours, createOneLine, print, printError, printJson } from '../terminal/terminal.ts'

interface Options extends DatabaseOptions {
  readonly json?: true
}

export function addUnack(program: Command, finish: (exitCode: number) => void): void {
  addDatabaseOptions(program.command('unack'))
    .argument('<name>', 'the monitor')
    .description('End the acknowledgement of an incident, which holds back reminders.')
    .option('--json', 'print {monitor, incident_id, reason, has_daemon}; nulls if none is acknowledged')
    .addHelpText(
      'after',
      '\nTakes effect within a second, without a reload. A reminder that is due is sent\nat the next failing check.\n\n' +
        'Exit codes: 0 ended; 1 the monitor has no acknowledged incident; 2 wrong usage\nor configuration, or the database cannot be written.',
    )
    .action(async (typed: string, options: Options) => {
      const place = findKnown(options)
      const { path, config } = place
      const { name: monitor } = findMonitor(config, typed)
      const changed = await changeMutes(place, (changes) =>
        changes.unacknowledge(monitor, { atMs: Date.now(), who: whoIs() }),
      )
      const { result: ended, hasDaemon } = changed
      finish(ended === null ? EXIT.badNews : EXIT.fine)
      if (options.json) {
        const { id = null, reason = null } = ended ?? {}
        return printJson({ monitor, incident_id: id, reason, has_daemon: hasDaemon })
      }
      const shown = printable(named(monitor))
      if (ended === null) return printError(`${shown} has no acknowledged incident: there is nothing to end`)
      const was = ended.reason === '' ? '' : ` (was: ${createOneLine(config.secrets)(ended.reason)})`
      print(`${shown}: ${colours.yellow('acknowledgement')} ended${was}: reminders are no longer held back.`)
      printIfNoDaemon(changed, path)
    })
}
