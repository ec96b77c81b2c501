import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Child, startChild } from './child.ts'
import { waitFor } from './waiting.ts'

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

/**
 * Starts the built executable as a daemon, its temporary files and its log in `directory`. `isServing`: with metrics, on
 * a free port of the loopback interface. Without `database` it keeps its state where it does by default: beside `config`.
 */
export async function startMinitor(options: {
  readonly minitor: string
  readonly config: string
  readonly directory: string
  readonly isServing: boolean
  readonly database?: string
}): Promise<Minitor> {
  const { minitor, config, directory, isServing, database } = options
  const port = isServing ? freePort() : 0
  const outputFile = join(directory, 'minitor.log')
  const listening = isServing ? ['--listen', `127.0.0.1:${port}`] : []
  const keeping = database === undefined ? [] : ['--database', database]
  const child = startChild({
    command: [minitor, 'run', '-c', config, ...listening, ...keeping],
    environment: { TMPDIR: directory, XDG_RUNTIME_DIR: directory },
    outputFile,
  })
  const url = `http://127.0.0.1:${port}`
  const get = async (path: string) => (await fetch(`${url}${path}`)).text()
  if (isServing) {
    await waitFor('Minitor to listen', START_LIMIT_MS, async () => {
      if (!child.isRunning) throw new Error(`Minitor has ended:\n${readFileSync(outputFile, 'utf8').slice(-2000)}`)
      return get('/healthz').then(
        () => true,
        () => false,
      )
    })
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
