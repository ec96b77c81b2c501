import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Paths of the executables that a run compares. */
export interface Programs {
  readonly minitor: string
  readonly spawnLoop: string
  readonly stamp: string
  /** A compiled Bun program that does nothing: what Minitor's runtime alone costs. */
  readonly empty: string
}

/** Builds into `scratch` what Minitor is compared with; the C programs as plainly as Debian builds /bin/true. */
export function buildPrograms(scratch: string, minitor: string): Programs {
  if (!existsSync(minitor)) throw new Error(`there is no ${minitor}: run \`npm run build\` first`)
  const empty = join(scratch, 'empty')
  const source = join(scratch, 'empty.ts')
  writeFileSync(source, 'setInterval(() => {}, 3_600_000)\n')
  build([process.execPath, 'build', '--compile', '--outfile', empty, source])
  return { minitor, spawnLoop: compileC('spawn-loop', scratch), stamp: compileC('stamp', scratch), empty }
}

function compileC(name: string, scratch: string): string {
  const outputFile = join(scratch, name)
  build(['cc', '-O2', '-o', outputFile, join(import.meta.dir, `${name}.c`)])
  return outputFile
}

function build(command: readonly string[]): void {
  const { exitCode, stderr } = Bun.spawnSync([...command], { stdout: 'ignore', stderr: 'pipe' })
  if (exitCode !== 0) throw new Error(`${command[0]} failed:\n${stderr.toString()}`)
}

interface LoopResult {
  readonly perSecond: number
  /** CPU time of the loop itself, without its children. */
  readonly ownMs: number
}

interface Loop {
  readonly spawnLoop: string
  readonly seconds: number
  readonly atOnce: number
  readonly command: readonly string[]
}

/** Runs the C loop for so long; rejects when it fails. */
export async function runSpawnLoop({ spawnLoop, seconds, atOnce, command }: Loop): Promise<LoopResult> {
  const child = Bun.spawn([spawnLoop, `${seconds}`, `${atOnce}`, ...command], { timeout: seconds * 1000 + 10_000 })
  const text = await child.stdout.text()
  if ((await child.exited) !== 0) throw new Error('the C loop failed')
  const { runs, seconds: elapsed, ownCpuSeconds } = JSON.parse(text) as Record<string, number>
  if (runs === undefined || elapsed === undefined || ownCpuSeconds === undefined) throw new Error(`what is ${text}?`)
  return { perSecond: runs / elapsed, ownMs: (ownCpuSeconds * 1000) / runs }
}
