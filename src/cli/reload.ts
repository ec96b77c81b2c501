import type { Command } from 'commander'
import { readRunFile } from '../control/run-file.ts'
import { addConfigOption } from './options/context.ts'
import { EXIT, UsageError } from './terminal/outcome.ts'
import { colours, print, printError, printJson, withSpinner } from './terminal/terminal.ts'

/** A daemon that works answers in less. */
const ANSWER_LIMIT_MS = 15_000
const LOOK_EVERY_MS = 20

export function addReload(program: Command, finish: (exitCode: number) => void): void {
  addConfigOption(program.command('reload'))
    .description('Make the running daemon reload its configuration, and report whether it succeeded.')
    .option('--json', 'print {ok, report}')
    .addHelpText(
      'after',
      '\nFinds the daemon that uses the same configuration and sends it SIGHUP. If the\n' +
        'new configuration is invalid, the old one stays in use.\n\n' +
        'Exit codes: 0 reloaded; 2 the configuration is invalid, or no daemon was found.',
    )
    .action(async ({ config: path, json }: { config: string; json?: true }) => {
      const before = readRunFile(path)
      if (before === null) {
        throw new UsageError(
          `no daemon of this user uses ${path}`,
          'give its configuration with --config, or send it SIGHUP',
        )
      }
      process.kill(before.pid, 'SIGHUP')
      const reload = await withSpinner('waiting for the daemon', nextReload(path, before.reload.count))
      if (reload === null) throw new UsageError(`the daemon (pid ${before.pid}) did not answer`, 'see its log')
      if (json) printJson({ ok: reload.isOk, report: reload.report })
      else if (reload.isOk) print(`${colours.green('reloaded')}: ${reload.report}`)
      else printError(`${reload.report}\nThe old configuration stays in use.`)
      finish(reload.isOk ? EXIT.fine : EXIT.usage)
    })
}

async function nextReload(path: string, count: number) {
  const endMs = performance.now() + ANSWER_LIMIT_MS
  while (performance.now() < endMs) {
    const reload = readRunFile(path)?.reload
    if (reload !== undefined && reload.count > count) return reload
    await Bun.sleep(LOOK_EVERY_MS)
  }
  return null
}
