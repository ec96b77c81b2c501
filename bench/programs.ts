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
