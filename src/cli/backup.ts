import { closeSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { sizeText } from '../core/text/size.ts'
import { copyDatabase } from '../store/file/copy-database.ts'
import { addDatabaseOptions, type DatabaseOptions, findDatabase } from './options/context.ts'
import { UsageError } from './terminal/outcome.ts'
import { print, printJson } from './terminal/terminal.ts'

interface Options extends DatabaseOptions {
  readonly json?: true
}

export function addBackup(program: Command): void {
  addDatabaseOptions(program.command('backup'), 'the database to copy, instead of the configured one')
    .argument('<file>', 'where to put the copy; - is standard output')
    .description('Copy the database as it is now, even while the daemon runs.')
    .option('--json', 'print {file, bytes}')
    .addHelpText(
      'after',
      '\nThe copy has everything: state, history, silences, pending notifications.\n' +
        '`minitor restore` puts it back. Never overwrites a file; only its owner can read\n' +
        'it.\n\n' +
        'Exit codes: 0 copied; 2 wrong usage or configuration, the file exists, or it\ncannot be written.',
    )
    .action(async (file: string, options: Options) => {
      if (file === '-') {
        if (options.json) throw new UsageError('--json has no place beside the copy on standard output')
        if (process.stdout.isTTY)
          throw new UsageError('a database is nothing for a terminal', 'send it to a file or a pipe')
        return await printCopy(findDatabase(options))
      }
      const from = findDatabase(options)
      const copied = copyDatabase(from, file)
      if (copied.kind === 'refused') throw new UsageError(copied.reason, copied.hint)
      if (options.json) printJson({ file: copied.path, bytes: copied.bytes })
      else print(`copied ${from} to ${copied.path} (${sizeText(copied.bytes)})`)
    })
}

/** Writes a copy to standard output. It is a file before that: what is copied must not change meanwhile. */
async function printCopy(from: string): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'minitor-backup-'))
  let fd: number | null = null
  try {
    const copied = copyDatabase(from, join(directory, 'copy.db'))
    if (copied.kind === 'refused') throw new UsageError(copied.reason, copied.hint)
    fd = openSync(copied.path, 'r')
  } finally {
    // It has no name while it is sent, which may take long.
    rmSync(directory, { recursive: true })
  }
  try {
    const chunk = Buffer.alloc(CHUNK_BYTES)
    for (let length = readSync(fd, chunk); length > 0; length = readSync(fd, chunk)) {
      await send(chunk.subarray(0, length))
    }
  } catch (error) {
    throw new UsageError(`cannot write the copy to standard output: ${(error as Error).message}`)
  } finally {
    closeSync(fd)
  }
}

const CHUNK_BYTES = 1024 * 1024

/** Resolves when a pipe has taken it, and rejects when that is not possible. */
function send(chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(chunk, (error) => (error ? reject(error) : resolve()))
  })
}
