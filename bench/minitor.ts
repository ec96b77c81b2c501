import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Child, startChild } from './child.ts'
import type { Programs } from './programs.ts'
import type { Ground } from './scratch.ts'
import { countStamps, readStamps } from './stamps.ts'

/** What a generated configuration watches: `count` monitors that differ in nothing but a number. */
export interface Load {
  readonly count: number
  readonly intervalSeconds: number
  readonly maxConcurrentChecks?: number
  /** Further lines of YAML at the top. */
  readonly head?: readonly string[]
  command(index: number): readonly string[]
}

export interface Minitor extends Child {
  /** Where it listens. Needs `isServing`. */
  readonly url: string
  /** Checks counted so far, over all monitors. Needs `isServing`. */
  checkCount(): Promise<number>
  /** The text of a scrape. Needs `isServing`. */
  metrics(): Promise<string>
}

/** Starting takes well below a second; on a machine that is busy with other things, more. */
const START_LIMIT_MS = 30_000

export function writeConfig(path: string, load: Load): void {
  const { count, intervalSeconds, maxConcurrentChecks, head = [], command } = load
  const monitors = Array.from({ length: count }, (_, index) => {
    return `  - { name: m${index}, command: ${JSON.stringify(command(index))} }`
  })
  const limit = maxConcurrentChecks === undefined ? [] : [`max_concurrent_checks: ${maxConcurrentChecks}`]
  writeFileSync(
    path,
    [`check_interval: ${intervalSeconds}`, ...limit, ...head, 'monitors:', ...monitors, ''].join('\n'),
  )
}

/** The `database` of a daemon that keeps nothing on disk. */
export const NO_DATABASE = ':memory:'

interface Start {
  readonly minitor: string
  readonly config: string
  /** Takes its temporary files and its log. */
  readonly directory: string
  /** With metrics, on a free port of the loopback interface. */
  readonly isServing?: boolean
  /** By default its state is stored beside `config`. */
  readonly database?: string
  /** A program that becomes the executable by `exec`, and its arguments. */
  readonly launcher?: readonly string[]
}

/** Starts the built executable as a daemon. */
export async function startMinitor(start: Start): Promise<Minitor> {
  const { minitor, config, directory, isServing = false, database, launcher = [] } = start
  const port = isServing ? freePort() : 0
  const listening = isServing ? ['--listen', `127.0.0.1:${port}`] : []
  const keeping = database === undefined ? [] : ['--database', database]
  const child = startChild({
    command: [...launcher, minitor, 'run', '-c', config, ...listening, ...keeping],
    environment: { TMPDIR: directory, XDG_RUNTIME_DIR: directory },
    outputFile: join(directory, 'minitor.log'),
  })
  const url = `http://127.0.0.1:${port}`
  const get = async (path: string) => (await fetch(`${url}${path}`)).text()
  if (isServing) {
    await child.until('Minitor to listen', START_LIMIT_MS, () =>
      get('/healthz').then(
        () => true,
        () => false,
      ),
    )
  }
  const metrics = () => get('/metrics')
  return Object.assign(child, { url, metrics, checkCount: async () => sumOfChecks(await metrics()) })
}

function sumOfChecks(metrics: string): number {
  let sum = 0
  for (const [, value] of metrics.matchAll(/^minitor_check_total\{.*\} (\d+)$/gm)) sum += Number(value)
  return sum
}

function freePort(): number {
  const listener = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
  const { port } = listener
  listener.stop(true)
  return port
}

/** What the launcher stamps with; checks stamp with the numbers from 0. */
const LAUNCH = 999_999

/**
 * Milliseconds from the start of the executable to its first check. Both ends are stamps: one by the launcher just
 * before it becomes Minitor, one by the check. No stamps may be there yet.
 */
export async function timeFirstCheck(programs: Programs, ground: Ground, database?: string): Promise<number> {
  const { directory, config, stamps } = ground
  const launcher = [programs.stamp, stamps, `${LAUNCH}`]
  const keeping = database === undefined ? {} : { database }
  await using minitor = await startMinitor({ minitor: programs.minitor, config, directory, launcher, ...keeping })
  await minitor.until('the first check', START_LIMIT_MS, () => countStamps(stamps) >= 2)
  const [launchedMs = Number.NaN, firstMs = Number.NaN] = readStamps(stamps).timesMs
  return firstMs - launchedMs
}
