/**
 * `npm run package`: leaves everything that people install in dist/packages, with its checksums and the list of contents.
 * With names of targets as arguments, it makes theirs only. With `--executables`, it makes executables and nothing else:
 * that takes seconds, and the container needs no more.
 */
import { copyFileSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import manifest from '../package.json' with { type: 'json' }
import { listOfContents } from './contents.ts'
import { makeDebianPackage } from './debian-package.ts'
import { packExecutable, packLauncher } from './npm-packages.ts'
import { makeRpmPackage } from './rpm-package.ts'
import { run } from './run.ts'
import { buildExecutable, isForDistributions, ROOT, TARGETS, type Target, targetNamed } from './targets.ts'

const DIST = join(ROOT, 'dist')
const OUTPUT = join(DIST, 'packages')
const STAGE = join(DIST, 'stage')
const NAME = `minitor-${manifest.version}`

/** What a download may weigh, in millions of bytes. npm knows no better compression than gzip. */
const LIMITS: readonly (readonly [RegExp, number])[] = [
  [/-linux-[^.]*$/, 120],
  [/\.(?:xz|deb|rpm)$/, 45],
]

/** Makes something by a program that may be missing, and prints which of both: compressing takes a minute each time. */
async function make(what: string, program: string, by: () => Promise<unknown>): Promise<void> {
  if (Bun.which(program) === null) return console.log(`  ${what}: skipped, as there is no ${program}`)
  console.log(`  ${what}`)
  await by()
}

async function packageTarget(target: Target, onlyExecutable: boolean): Promise<void> {
  console.log(target.name)
  const stage = join(STAGE, target.name)
  const executable = await buildExecutable(target, join(stage, 'executable'), join(DIST, 'runtimes'))
  const file = join(OUTPUT, `${NAME}-${target.name}`)
  linkSync(executable, file)
  if (onlyExecutable) return
  await make('.xz', 'xz', () => run(['xz', '--keep', '--threads=2', file]))
  if (target.npm) await make('npm', 'npm', () => packExecutable(target, executable, join(stage, 'npm'), OUTPUT))
  if (!isForDistributions(target)) return
  await make('.deb', 'dpkg-deb', () => makeDebianPackage(target, executable, join(stage, 'deb'), OUTPUT))
  await make('.rpm', 'rpmbuild', () => makeRpmPackage(target, executable, join(stage, 'rpm'), OUTPUT))
}

function sha256(name: string): string {
  return new Bun.CryptoHasher('sha256').update(readFileSync(join(OUTPUT, name))).digest('hex')
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { executables: { type: 'boolean' } } })
const onlyExecutables = values.executables === true
const targets = positionals.length > 0 ? positionals.map(targetNamed) : TARGETS
for (const directory of [OUTPUT, STAGE]) {
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory, { recursive: true })
}
for (const target of targets) await packageTarget(target, onlyExecutables)
if (!onlyExecutables) await packLauncher(join(STAGE, 'npm'), OUTPUT)
copyFileSync(join(ROOT, 'packaging/install.sh'), join(OUTPUT, 'install.sh'))
for (const name of ['minitor.service', 'minitor-agent.service', 'agent.env']) {
  copyFileSync(join(ROOT, 'packaging/systemd', name), join(OUTPUT, name))
}
writeFileSync(join(OUTPUT, `${NAME}.cdx.json`), await listOfContents())
const files = readdirSync(OUTPUT).sort()
writeFileSync(join(OUTPUT, 'SHA256SUMS'), files.map((name) => `${sha256(name)}  ${name}\n`).join(''))
rmSync(STAGE, { recursive: true })

for (const name of files) {
  const megabytes = statSync(join(OUTPUT, name)).size / 1_000_000
  const limit = LIMITS.find(([pattern]) => pattern.test(name))?.[1] ?? Number.POSITIVE_INFINITY
  console.log(`${megabytes.toFixed(1).padStart(6)} MB  ${name}${megabytes > limit ? ` is over ${limit} MB` : ''}`)
  if (megabytes > limit) process.exitCode = 1
}
