import type { Command } from 'commander'
import { copyDatabase } from '../store/file/copy-database.ts'
import { addDatabaseOptions, type DatabaseOptions, findDatabase } from './options/context.ts'
import { UsageError } from './terminal/outcome.ts'
import { print, printJson } from './terminal/terminal.ts'

interface Options extends DatabaseOptions {
  readonly json?: true
}

export function addBackup(program: Command): void {
  addDatabaseOptions(program.command('backup'), 'the database to copy, instead of the configured one')
    .argument('<file>', 'where to put the copy')
    .description('Copy the database as it is now, even while the daemon runs.')
    .option('--json', 'print {file, bytes}')
    .addHelpText(
      'after',
      '\nThe copy has everything: state, history, silences, pending notifications. To\n' +
        'restore it, stop the daemon, remove the database with its -wal and -shm files,\n' +
        'and put the copy in its place. Never overwrites a file; only its owner can read\n' +
        'it.\n\n' +
        'Exit codes: 0 copied; 2 wrong usage or configuration, the file exists, or it\ncannot be written.',
    )
    .action((file: string, options: Options) => {
      const from = findDatabase(options)
      const copied = copyDatabase(from, file)
      if (copied.kind === 'refused') throw new UsageError(copied.reason, copied.hint)
      if (options.json) printJson({ file: copied.path, bytes: copied.bytes })
      else print(`copied ${from} to ${copied.path} (${sizeText(copied.bytes)})`)
    })
}

function sizeText(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10))
  const size = bytes / 1024 ** power
  return `${power === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[power]}`
}
