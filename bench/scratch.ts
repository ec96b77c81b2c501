import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A directory for all that this run makes; removed when the process ends, however it ends. Nagios writes to it as another user. */
export function createScratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'minitor-bench-'))
  chmodSync(directory, 0o777)
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))
  return directory
}

export interface RunDirectory extends Disposable {
  readonly path: string
}

/** A directory in `scratch` for one run of a daemon, which so finds no database of another. Disposing removes it. */
export function createRunDirectory(scratch: string): RunDirectory {
  const path = mkdtempSync(join(scratch, 'run-'))
  return {
    path,
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  }
}
