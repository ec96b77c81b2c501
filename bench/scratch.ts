import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A directory for everything that this run makes, removed when the process ends in any way. Nagios writes to it as another user. */
export function createScratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'minitor-bench-'))
  chmodSync(directory, 0o777)
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))
  return directory
}

/** Where one run of a daemon finds and leaves everything, so that it finds no database of another. Disposing removes it. */
export interface Ground extends Disposable {
  readonly directory: string
  readonly config: string
  /** What its monitors write, if they stamp. */
  readonly stamps: string
}

export function createGround(scratch: string): Ground {
  const directory = mkdtempSync(join(scratch, 'run-'))
  return {
    directory,
    config: join(directory, 'config.yml'),
    stamps: join(directory, 'stamps'),
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  }
}
