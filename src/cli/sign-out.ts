import type { Command } from 'commander'
import { addDatabaseOptions, type DatabaseOptions, findSurroundings } from './options/context.ts'
import { changeMutes, printIfNoDaemon, whoIs } from './options/mutes.ts'
import { UsageError } from './terminal/outcome.ts'
import { print, printJson } from './terminal/terminal.ts'

interface Options extends DatabaseOptions {
  readonly all?: true
  readonly json?: true
}

export function addSignOut(program: Command): void {
  addDatabaseOptions(program.command('sign-out'))
    .description('Sign everybody out of the pages.')
    .option('--all', 'end all sessions, of everybody (required)')
    .option('--json', 'print {has_daemon}')
    .addHelpText(
      'after',
      '\nTakes effect within a second, without a reload. Without users and tokens, there\nis another sign-in key, which the daemon prints to its log. Tokens and passwords\nstay as they are: change them in the configuration.\n\n' +
        'Exit codes: 0 signed out; 2 wrong usage or configuration, or the database cannot\nbe written.',
    )
    .action(async (options: Options) => {
      if (!options.all) throw new UsageError('say whom to sign out', 'minitor sign-out --all: everybody')
      const place = findSurroundings(options)
      const changed = await changeMutes(place, (changes) => changes.endSessions({ atMs: Date.now(), who: whoIs() }))
      if (options.json) return printJson({ has_daemon: changed.hasDaemon })
      print('Everybody is signed out. Without users and tokens, the log has a new sign-in key.')
      printIfNoDaemon(changed, place.path)
    })
}
