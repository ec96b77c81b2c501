/** What Minitor is built for, and how an executable is built. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import manifest from '../package.json' with { type: 'json' }
import { run } from './run.ts'

export const ROOT: string = join(import.meta.dir, '..')

export interface Target {
  /** Ends the names of its files. */
  readonly name: string
  /** npm's words for a processor and a C library. */
  readonly cpu: 'x64' | 'arm64'
  readonly libc: 'glibc' | 'musl'
  /** The npm package with Bun's runtime for it; package-lock.json has its checksum. */
  readonly runtime: string
  /** Its processor in the words of Debian and of rpm, if its executable goes into their packages. */
  readonly debian?: 'amd64' | 'arm64'
  readonly rpm?: 'x86_64' | 'aarch64'
  /** Whether its executable goes into an npm package. npm cannot choose by the age of a processor. */
  readonly npm: boolean
}

/** Goes into the packages of distributions. */
export type DistributionTarget = Target & { readonly debian: string; readonly rpm: string }

/**
 * Since 1.4, Bun's runtime for x64 does without AVX: both x64 executables are the same, byte for byte. Should Bun tell
 * them apart again, what cannot choose by processor, npm and apt, has the baseline already.
 */
export const TARGETS: readonly Target[] = [
  { name: 'linux-x64', cpu: 'x64', libc: 'glibc', runtime: 'bun-linux-x64', npm: false },
  {
    name: 'linux-x64-baseline',
    cpu: 'x64',
    libc: 'glibc',
    runtime: 'bun-linux-x64',
    debian: 'amd64',
    rpm: 'x86_64',
    npm: true,
  },
  { name: 'linux-x64-musl', cpu: 'x64', libc: 'musl', runtime: 'bun-linux-x64-musl', npm: true },
  {
    name: 'linux-arm64',
    cpu: 'arm64',
    libc: 'glibc',
    runtime: 'bun-linux-aarch64',
    debian: 'arm64',
    rpm: 'aarch64',
    npm: true,
  },
  { name: 'linux-arm64-musl', cpu: 'arm64', libc: 'musl', runtime: 'bun-linux-aarch64-musl', npm: true },
]

export const isForDistributions = (target: Target): target is DistributionTarget => target.debian !== undefined

/** `linux-x64-musl` by name. Throws with the list if there is none. */
export function targetNamed(name: string): Target {
  const target = TARGETS.find((one) => one.name === name)
  if (target === undefined)
    throw new Error(`no target "${name}"; there are ${TARGETS.map((one) => one.name).join(', ')}`)
  return target
}

/**
 * Builds `minitor` in `directory`, on a runtime that is kept in `cache`, and returns its path. The bytes depend on the
 * sources, the lock file and the executable's name, but neither on time nor place.
 */
export async function buildExecutable(target: Target, directory: string, cache: string): Promise<string> {
  const path = join(directory, 'minitor')
  mkdirSync(directory, { recursive: true })
  const runtime = await fetchRuntime(target.runtime, cache)
  // biome-ignore format: one option a line says less
  await run(['npm', 'run', '--silent', 'build', '--', `--target=bun-${target.name}`, `--compile-executable-path=${runtime}`, `--outfile=${path}`], { cwd: ROOT })
  return path
}

/** Bun would fetch it by itself, but would not check it against the lock file. */
async function fetchRuntime(name: string, cache: string): Promise<string> {
  const path = join(cache, `${name}-${manifest.devDependencies.bun}`)
  if (existsSync(path)) return path
  const directory = `${path}.part`
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory, { recursive: true })
  const specifier = `@oven/${name}@${manifest.devDependencies.bun}`
  const tarball = join(directory, (await run(['npm', 'pack', '--silent', specifier], { cwd: directory })).trim())
  const integrity = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`
  if (integrity !== lockedIntegrity(name)) throw new Error(`${specifier} is not what package-lock.json expects`)
  await run(['tar', '-xzf', tarball, '-C', directory, 'package/bin/bun'])
  renameSync(join(directory, 'package/bin/bun'), path)
  rmSync(directory, { recursive: true })
  return path
}

/** The checksum of a runtime, as package-lock.json has it. */
export function lockedIntegrity(runtime: string): string | undefined {
  const lock: { packages: Record<string, { integrity?: string }> } = JSON.parse(
    readFileSync(join(ROOT, 'package-lock.json'), 'utf8'),
  )
  return lock.packages[`node_modules/@oven/${runtime}`]?.integrity
}
