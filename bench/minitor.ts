import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Child, startChild } from './child.ts'
import { waitFor } from './waiting.ts'

/** What a generated configuration watches: `count` monitors that differ in nothing but a number. */
export interface Load {
  readonly count: number
  readonly intervalSeconds: number
  readonly maxConcurrentChecks?: number
  command(index: number): readonly string[]
}

export interface Minitor extends Child {
  /** Checks counted so far, over all monitors. Needs `isServing`. */
  checkCount(): Promise<number>
}

/** Starting takes well below a second; on a machine that is busy with other things, more. */
const START_LIMIT_MS = 30_000

export function writeConfig(path: string, { count, intervalSeconds, maxConcurrentChecks, command }: Load): void {
  const monitors = Array.from({ length: count }, (_, index) => {
    return `  - { name: m${index}, command: ${JSON.stringify(command(index))} }`
  })
  const limit = maxConcurrentChecks === undefined ? [] : [`max_concurrent_checks: ${maxConcurrentChecks}`]
  writeFileSync(path, [`check_interval: ${intervalSeconds}`, ...limit, 'monitors:', ...monitors, ''].join('\n'))
}

/** Starts the built executable as a daemon. `isServing`: with metrics, on a free port of the loopback interface. */
export async function startMinitor(options: {
  readonly minitor: string
  readonly config: string
  readonly scratch: string
  readonly isServing: boolean
}): Promise<Minitor> {
  const { minitor, config, scratch, isServing } = options
  const port = isServing ? freePort() : 0
  const outputFile = join(scratch, 'minitor.log')
  const child = startChild({
    command: [minitor, 'run', '-c', config, ...(isServing ? ['--listen', `127.0.0.1:${port}`] : [])],
    environment: { TMPDIR: scratch, XDG_RUNTIME_DIR: scratch },
    outputFile,
  })
  const get = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).text()
  if (isServing) {
    await waitFor('Minitor to listen', START_LIMIT_MS, async () => {
      if (!child.isRunning) throw new Error(`Minitor has ended:\n${readFileSync(outputFile, 'utf8').slice(-2000)}`)
      return get('/healthz').then(
        () => true,
        () => false,
      )
    })
  }
  return Object.assign(child, { checkCount: async () => sumOfChecks(await get('/metrics')) })
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
