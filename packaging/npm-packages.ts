/** The npm packages: one for each kind of machine with nothing but its executable, and `minitor`, which starts it. */
import { copyFileSync, linkSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import manifest from '../package.json' with { type: 'json' }
import { run } from './run.ts'
import { ROOT, TARGETS, type Target } from './targets.ts'

const { version, license, description } = manifest
const COMMON = { version, license, description, os: ['linux'] }

const packageNameOf = ({ cpu, libc }: Target) => `minitor-linux-${cpu}${libc === 'musl' ? '-musl' : ''}`

/** Packs the executable for a target, staged in `directory`; the tarball's path. */
export async function packExecutable(
  target: Target,
  executable: string,
  directory: string,
  output: string,
): Promise<string> {
  const { cpu, libc } = target
  mkdirSync(directory, { recursive: true })
  linkSync(executable, join(directory, 'minitor'))
  const name = packageNameOf(target)
  const about = `The executable of minitor for Linux (${cpu}, ${libc}).`
  return pack(directory, output, { ...COMMON, name, description: about, cpu: [cpu], libc: [libc] }, about)
}

/** Packs `minitor`, for all targets; the tarball's path. */
export async function packLauncher(directory: string, output: string): Promise<string> {
  mkdirSync(directory, { recursive: true })
  copyFileSync(join(ROOT, 'packaging/npm/minitor'), join(directory, 'minitor'))
  const optionalDependencies = Object.fromEntries(
    TARGETS.filter(({ npm }) => npm).map((target) => [packageNameOf(target), version]),
  )
  const readme = await Bun.file(join(ROOT, 'README.md')).text()
  return pack(
    directory,
    output,
    { ...COMMON, name: 'minitor', bin: { minitor: 'minitor' }, optionalDependencies },
    readme,
  )
}

async function pack(directory: string, output: string, manifest: object, readme: string): Promise<string> {
  writeFileSync(join(directory, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  writeFileSync(join(directory, 'README.md'), readme)
  copyFileSync(join(ROOT, 'LICENSE'), join(directory, 'LICENSE'))
  const name = await run(['npm', 'pack', '--silent', `--pack-destination=${output}`], { cwd: directory })
  return join(output, name.trim())
}
