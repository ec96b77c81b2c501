import type { Command } from 'commander'
import { copyDatabase } from '../store/file/copy-database.ts'
import { addConfigOption, addDatabaseOption, findDatabase, loadOrRefuse } from './options/context.ts'
import { UsageError } from './terminal/outcome.ts'
import { print, printJson } from './terminal/terminal.ts'

interface Options {
  readonly config: string
  readonly database?: string
  readonly json?: true
}

export function addBackup(program: Command): void {
  addDatabaseOption(
    addConfigOption(program.command('backup')),
    'the database to copy, instead of what the configuration says',
  )
    .argument('<file>', 'where to put the copy')
    .description('Copy the database as it is at this moment, also while the daemon runs.')
    .option('--json', 'print {file, bytes}')
    .addHelpText(
      'after',
      '\nThe copy holds everything: state, history, silences, what is still to be told.\n' +
        'To go back to it, stop the daemon, remove the database with its -wal and -shm\n' +
        'files, and put the copy in its place. Never overwrites a file; only its owner\n' +
        'can read it.\n\n' +
        'Exit codes: 0 copied; 2 wrong usage or configuration, there is such a file\nalready, or it cannot be written.',
    )
    .action((file: string, options: Options) => {
      const from = findDatabase(loadOrRefuse(options.config), options.database)
      const copied = copyDatabase(from, file)
      if (copied.kind === 'refused') throw new UsageError(copied.reason, copied.hint)
      if (options.json) printJson({ file: copied.path, bytes: copied.bytes })
      else print(`${from} is copied to ${copied.path} (${sizeText(copied.bytes)})`)
    })
}

function sizeText(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10))
  const size = bytes / 1024 ** power
  return `${power === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[power]}`
}
