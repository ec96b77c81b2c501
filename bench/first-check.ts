import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startChild } from './child.ts'
import type { Programs } from './programs.ts'
import { countStamps, readStamps } from './stamps.ts'
import { waitFor } from './waiting.ts'

const LIMIT_MS = 30_000
/** The number that the launcher stamps with; checks have those from 0. */
const LAUNCH = 999_999

interface Launch {
  readonly programs: Programs
  readonly directory: string
  /** Its monitors stamp into `stamps`, which must not be there yet. */
  readonly config: string
  readonly stamps: string
  readonly flags?: readonly string[]
}

/**
 * Milliseconds from the start of the executable to its first check. Both ends are stamps: one by the launcher just
 * before it becomes Minitor, one by the check.
 */
export async function timeFirstCheck({ programs, directory, config, stamps, flags = [] }: Launch): Promise<number> {
  const outputFile = join(directory, 'minitor.log')
  await using minitor = startChild({
    command: [programs.stamp, stamps, `${LAUNCH}`, programs.minitor, 'run', '-c', config, ...flags],
    environment: { TMPDIR: directory, XDG_RUNTIME_DIR: directory },
    outputFile,
  })
  await waitFor('the first check', LIMIT_MS, () => {
    if (!minitor.isRunning) throw new Error(`Minitor has ended:\n${readFileSync(outputFile, 'utf8').slice(-2000)}`)
    return countStamps(stamps) >= 2
  })
  const [launchedMs = Number.NaN, firstMs = Number.NaN] = readStamps(stamps).timesMs
  return firstMs - launchedMs
}
