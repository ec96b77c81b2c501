import type { Command } from 'commander'
import type { ReloadReport } from '../control/run-file.ts'
import { printable } from '../core/text/printable.ts'
import { addDatabaseOptions, type DatabaseOptions } from './options/context.ts'
import { type FoundDaemon, findDaemon } from './options/find-daemon.ts'
import { refuseForbidden } from './options/places.ts'
import { EXIT, UsageError } from './terminal/outcome.ts'
import { colours, print, printError, printJson, withSpinner } from './terminal/terminal.ts'

/** A daemon that works answers in less. */
const ANSWER_LIMIT_MS = 15_000
const LOOK_EVERY_MS = 20

export function addReload(program: Command, finish: (exitCode: number) => void): void {
  addDatabaseOptions(program.command('reload'))
    .description('Make the running daemon reload its configuration, and print what that has changed.')
    .option('--json', 'print {ok, report}')
    .addHelpText(
      'after',
      '\nFinds the daemon that uses the same configuration, or that has the database, and\n' +
        'sends it SIGHUP. If the new configuration is invalid, the old one stays in use.\n\n' +
        'Exit codes: 0 reloaded; 2 the configuration is invalid, or no daemon was found.',
    )
    .action(async (options: DatabaseOptions & { json?: true }) => {
      const daemon = findDaemon(options)
      if (daemon === null) {
        refuseForbidden(options.config)
        throw new UsageError(
          `no daemon was found that uses ${printable(options.config)}`,
          'name its configuration with --config or its database with --database, run this as its user, or send it SIGHUP',
        )
      }
      const count = daemon.read()?.reload.count ?? 0
      try {
        process.kill(daemon.pid, 'SIGHUP')
      } catch (error) {
        throw new UsageError(`cannot signal the daemon (pid ${daemon.pid}): ${String(error)}`, 'run this as its user')
      }
      const reload = await withSpinner('waiting for the daemon', nextReload(daemon, count))
      if (reload === null) throw new UsageError(`the daemon (pid ${daemon.pid}) did not answer`, 'see its log')
      const report = printable(reload.report)
      if (options.json) printJson({ ok: reload.isOk, report: reload.report })
      else if (reload.isOk) print(`${colours.green('reloaded')}: ${report.replaceAll('\n', '\n  ')}`)
      else printError(`${report}\nThe old configuration stays in use.`)
      finish(reload.isOk ? EXIT.fine : EXIT.usage)
    })
}

async function nextReload({ read }: FoundDaemon, count: number): Promise<ReloadReport | null> {
  const endMs = performance.now() + ANSWER_LIMIT_MS
  while (performance.now() < endMs) {
    const reload = read()?.reload
    if (reload !== undefined && reload.count > count) return reload
    await Bun.sleep(LOOK_EVERY_MS)
  }
  return null
}
