import type { Command } from 'commander'
import { STILL_LIMIT_MS, stillMs, TOUCH_EVERY_MS } from '../control/run-file.ts'
import { formatAge } from '../core/text/duration.ts'
import { printable } from '../core/text/printable.ts'
import { addDatabaseOptions, type DatabaseOptions } from './options/context.ts'
import { findDaemon } from './options/find-daemon.ts'
import { refuseForbidden } from './options/places.ts'
import { EXIT } from './terminal/outcome.ts'
import { print } from './terminal/terminal.ts'

export function addHealthcheck(program: Command, finish: (exitCode: number) => void): void {
  addDatabaseOptions(program.command('healthcheck'))
    .description('Tell whether the daemon is alive, for Docker, Kubernetes and others that restart what is not.')
    .addHelpText(
      'after',
      '\nFinds the daemon as minitor reload does. It is alive if its process exists and\n' +
        `has touched its run file in the last ${STILL_LIMIT_MS / 1000} seconds, which it does every ${TOUCH_EVERY_MS / 1000}.\n` +
        'One that is frozen or hangs is not alive. One that cannot deliver alerts or save\n' +
        'anything is: a restart would not help; /healthz and minitor status tell that.\n\n' +
        'Exit codes: 0 alive; 1 not alive, with the reason; 2 this user may not read the\nconfiguration.',
    )
    .action((options: DatabaseOptions) => {
      const { isAlive, words } = lookAt(options, Date.now())
      print(words)
      finish(isAlive ? EXIT.fine : EXIT.badNews)
    })
}

/** Throws UsageError if there is none, and this user may not read what would tell. */
function lookAt(options: DatabaseOptions, nowMs: number): { readonly isAlive: boolean; readonly words: string } {
  const daemon = findDaemon(options)
  if (daemon === null) refuseForbidden(options.config)
  if (daemon === null) return { isAlive: false, words: `no daemon runs on ${printable(options.config)}` }
  const who = `the daemon (pid ${daemon.pid})`
  const runFile = daemon.read()
  if (runFile === null) return { isAlive: false, words: `${who} runs, but its run file cannot be read` }
  const still = stillMs(runFile, nowMs)
  if (still !== null) return { isAlive: false, words: `${who} has stood still for ${formatAge(still)}` }
  return { isAlive: true, words: `${who} is alive` }
}
