import type { Command } from 'commander'
import { sizeText } from '../core/text/size.ts'
import { restoreDatabase } from '../store/file/restore-database.ts'
import { addDatabaseOptions, type DatabaseOptions, placeOf } from './options/context.ts'
import { UsageError } from './terminal/outcome.ts'
import { print, printJson } from './terminal/terminal.ts'

interface Options extends DatabaseOptions {
  readonly json?: true
}

export function addRestore(program: Command): void {
  addDatabaseOptions(program.command('restore'), 'the database to replace, instead of the configured one')
    .argument('<file>', 'a copy that minitor backup has made')
    .description('Put a backup in the place of the database, while no daemon runs.')
    .option('--json', 'print {file, bytes, set_aside}; set_aside is null if there was no database')
    .addHelpText(
      'after',
      '\nStop the daemon first. The database that was there is set aside with its -wal\n' +
        'and -shm files, not removed; the backup itself stays as it is. The time since\n' +
        'the backup counts as not watched, and notifications that were pending in it are\n' +
        'delivered. Everybody who was signed in has to sign in again.\n\n' +
        'Exit codes: 0 restored; 2 wrong usage, the file is no backup, a daemon has the\ndatabase open, or it cannot be written.',
    )
    .action((file: string, options: Options) => {
      const path = placeOf(options)
      const restored = restoreDatabase(file, path, Date.now())
      if (restored.kind === 'refused') throw new UsageError(restored.reason, restored.hint)
      const { bytes, setAside } = restored
      if (options.json) return printJson({ file: path, bytes, set_aside: setAside })
      print(`restored ${path} from ${file} (${sizeText(bytes)})`)
      print(setAside === null ? 'There was no database before.' : `The database before it is now ${setAside}.`)
      print('Start the daemon again.')
    })
}
