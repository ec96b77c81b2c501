/**
 * `npm run package`: leaves everything that people install in dist/packages, with its checksums and the list of contents.
 * With names of targets as arguments, it makes theirs only.
 */
import { copyFileSync, linkSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
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

async function packageTarget(target: Target): Promise<void> {
  const stage = join(STAGE, target.name)
  const executable = await buildExecutable(target, join(stage, 'executable'), join(DIST, 'runtimes'))
  const file = join(OUTPUT, `${NAME}-${target.name}`)
  linkSync(executable, file)
  await run(['xz', '--keep', '--threads=2', file])
  if (target.npm) await packExecutable(target, executable, join(stage, 'npm'), OUTPUT)
  if (!isForDistributions(target)) return
  await makeDebianPackage(target, executable, join(stage, 'deb'), OUTPUT)
  if (Bun.which('rpmbuild') === null) console.log('no .rpm, as there is no rpmbuild (Debian: apt-get install rpm)')
  else await makeRpmPackage(target, executable, join(stage, 'rpm'), OUTPUT)
}

const targets = process.argv.length > 2 ? process.argv.slice(2).map(targetNamed) : TARGETS
for (const directory of [OUTPUT, STAGE]) {
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory, { recursive: true })
}
for (const target of targets) {
  console.log(target.name)
  await packageTarget(target)
}
await packLauncher(join(STAGE, 'npm'), OUTPUT)
copyFileSync(join(ROOT, 'packaging/install.sh'), join(OUTPUT, 'install.sh'))
copyFileSync(join(ROOT, 'packaging/systemd/minitor.service'), join(OUTPUT, 'minitor.service'))
writeFileSync(join(OUTPUT, `${NAME}.cdx.json`), await listOfContents())
const files = readdirSync(OUTPUT).sort()
writeFileSync(join(OUTPUT, 'SHA256SUMS'), await run(['sha256sum', ...files], { cwd: OUTPUT }))
rmSync(STAGE, { recursive: true })

for (const name of files) {
  const megabytes = statSync(join(OUTPUT, name)).size / 1_000_000
  const limit = LIMITS.find(([pattern]) => pattern.test(name))?.[1] ?? Number.POSITIVE_INFINITY
  console.log(`${megabytes.toFixed(1).padStart(6)} MB  ${name}${megabytes > limit ? ` is over ${limit} MB` : ''}`)
  if (megabytes > limit) process.exitCode = 1
}
