import { type Command, InvalidArgumentError, Option } from 'commander'
import { LOG_FORMATS, LOG_LEVELS } from '../config/schema/sections.ts'
import { type ListenAddress, parseListenAddress } from '../core/model/address.ts'
import { named, printable } from '../core/text/printable.ts'
import { addConfigOption } from './options/context.ts'
import type { RunOptions } from './run-daemon.ts'
import { INTERRUPTED, UsageError } from './terminal/outcome.ts'

export function addRun(program: Command, finish: (exitCode: number) => void): void {
  const command = addConfigOption(program.command('run', { isDefault: true }))
    .description('Run checks on schedule, and alerts when they fail and recover. The default command.')
    .option('-m, --metrics', 'serve /metrics and /healthz on all interfaces; they need no password')
    .option('-p, --metrics-port <port>', 'the port for --metrics', parsePort, 8080)
    .option(
      '--listen <address:port>',
      'serve the pages there instead of at web.listen; without `web`: metrics, health and pings',
      parseAddress,
    )
    .addOption(
      new Option(
        '--database <file>',
        'where to store state and history, instead of the configured file; :memory: stores nothing',
      ).env('MINITOR_DATABASE'),
    )
    .option('--startup-alerts <names>', 'alerts to run once at startup, separated by commas', parseNames)
    .option('--watch', 'reload when the configuration changes')
    .addOption(new Option('--log-format <format>', 'text for people, or JSON lines; see below').choices(LOG_FORMATS))
    .addOption(new Option('--log-level <level>', 'the least important lines to log').choices(LOG_LEVELS))
    .option('-v, --verbose', 'also log every check: --log-level debug', (_, count: number) => count + 1, 0)
    .option('--debug', 'same as -v')
    .addOption(new Option('--py-compat', 'accepted for minitor-go; always so here').hideHelp())
    .addOption(new Option('--self-monitor', 'accepted for minitor-go; always so here').hideHelp())
    .addHelpText('after', SIGNALS)
  command.allowExcessArguments().action(async (options: RunOptions) => {
    const [extra] = command.args
    if (extra !== undefined)
      throw new UsageError(`${printable(named(extra))} is too much`, `write a command first: minitor ${extra} …`)
    // Other commands need not load the daemon.
    const { runDaemon } = await import('./run-daemon.ts')
    finish(await runDaemon(options))
  })
}

const SIGNALS = `
The log is one JSON object per line; on a terminal, and with priorities in the
journal of systemd, short lines for people. \`log:\` in the configuration and
these options change that.
SIGHUP reloads the configuration; if it is invalid, the old one stays in use.
SIGTERM, SIGINT and SIGQUIT stop: no new checks start, running alerts may
finish. A second SIGINT stops at once. SIGUSR1, SIGUSR2, SIGALRM and the like
do nothing.
The flags of minitor-go with one dash (-config, -metrics-port, …) work too.

Exit codes: 0 stopped by a signal; 2 wrong usage or configuration, or the port
is in use; ${INTERRUPTED} interrupted twice; 70 a bug in Minitor.`

function parsePort(text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65535) return port
  throw new InvalidArgumentError('It must be a number from 0 to 65535.')
}

function parseAddress(text: string): ListenAddress {
  const address = parseListenAddress(text)
  if (address === null) throw new InvalidArgumentError('It must be like 127.0.0.1:8080, [::1]:8080 or :8080.')
  return address
}

function parseNames(text: string): string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}
