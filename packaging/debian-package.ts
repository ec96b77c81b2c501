/** The .deb: everything in its place, owned by root, with the scripts of packaging/debian. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import manifest from '../package.json' with { type: 'json' }
import { licenses } from './contents.ts'
import {
  ABOUT,
  AGENT_CONFIGURATION,
  CONFIGURATION,
  DOCUMENTATION,
  install,
  installedFiles,
  packageVersion,
  place,
} from './installed-files.ts'
import { run, sourceTime } from './run.ts'
import { type DistributionTarget, ROOT } from './targets.ts'

const SCRIPTS = join(ROOT, 'packaging/debian')

/** Whom to write to about the package, in Debian's own variables. */
const { DEBFULLNAME = 'Minitor maintainers', DEBEMAIL = 'minitor@packages.invalid' } = process.env
const MAINTAINER = `${DEBFULLNAME} <${DEBEMAIL}>`

/**
 * Makes the package in `output`, staged in `directory`, and returns its path. `compression` is what dpkg-deb takes: a
 * package to publish is made with xz, which takes a minute.
 */
export async function makeDebianPackage(
  target: DistributionTarget,
  executable: string,
  directory: string,
  output: string,
  compression: readonly string[] = ['-Zxz'],
): Promise<string> {
  const epoch = await sourceTime()
  const files = [
    ...(await installedFiles()),
    { path: `${DOCUMENTATION}/copyright`, content: await licenses() },
    {
      path: `${DOCUMENTATION}/changelog.gz`,
      content: Bun.gzipSync(debianChangelog(readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8'), epoch), { level: 9 }),
    },
    { path: '/usr/share/lintian/overrides/minitor', content: OVERRIDES },
  ]
  install(directory, executable, files)

  const control = join(directory, 'DEBIAN')
  for (const name of readdirSync(SCRIPTS))
    place(join(control, name), await Bun.file(join(SCRIPTS, name)).bytes(), 0o755)
  place(join(control, 'conffiles'), `${CONFIGURATION}\n${AGENT_CONFIGURATION}\n`, 0o644)
  const installed = { cwd: directory }
  place(join(control, 'md5sums'), await run(['sh', '-c', SUMS], installed), 0o644)
  const [size = ''] = (await run(['du', '-sk', '--apparent-size', '--exclude=DEBIAN', '.'], installed)).split('\t')
  place(join(control, 'control'), controlFile(target.debian, size), 0o644)

  const path = join(output, `minitor_${packageVersion(manifest.version)}_${target.debian}.deb`)
  await run(['dpkg-deb', '--root-owner-group', ...compression, '--build', directory, path], {
    env: { SOURCE_DATE_EPOCH: String(epoch) },
  })
  return path
}

/** Policy leaves configuration files out. */
const SUMS = `find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum`

function controlFile(architecture: string, installedSize: string): string {
  return `Package: minitor
Version: ${packageVersion(manifest.version)}
Architecture: ${architecture}
Maintainer: ${MAINTAINER}
Installed-Size: ${installedSize}
Depends: libc6 (>= 2.17), adduser
Recommends: ca-certificates, curl
Suggests: monitoring-plugins-basic, default-mta | mail-transport-agent
Section: admin
Priority: optional
Description: monitoring by commands: runs checks, alerts when they fail
${ABOUT.replaceAll(/^/gm, ' ')}
 .
 It also receives pings of jobs that run elsewhere, and serves status pages,
 an HTTP API and Prometheus metrics. All that it remembers is in one SQLite
 file.
`
}

/** Debian's form of CHANGELOG.md. A version without a date has the time of the sources. */
export function debianChangelog(markdown: string, epoch: number): string {
  const entries = markdown.split(/^## /m).slice(1)
  return entries
    .map((entry) => {
      const [, version = '', date] = /^(\S+) \((.*?)\)/.exec(entry) ?? []
      const time = Date.parse(`${date}T12:00:00Z`) || epoch * 1_000
      const changes = [...entry.matchAll(/^- (.*(?:\n {2}.*)*)/gm)].map(([, change = '']) => wrapped(change))
      const day = new Date(time).toUTCString().replace('GMT', '+0000')
      return `minitor (${packageVersion(version)}) unstable; urgency=medium\n\n${changes.join('')}\n -- ${MAINTAINER}  ${day}\n`
    })
    .join('\n')
}

/** A bullet of at most 80 columns. */
function wrapped(change: string): string {
  const lines = change.replaceAll(/\s+/g, ' ').match(/\S.{0,75}(?!\S)|\S+/g) ?? []
  return `  * ${lines.map((line) => line.trim()).join('\n    ')}\n`
}

/** What lintian finds and cannot know. */
const OVERRIDES = `# The executable is Bun's runtime with the program in a section of its own. Its libraries are linked into it, its
# symbols are those of the dynamic linker, and it is linked by Bun's makers.
minitor: embedded-library *
minitor: unstripped-binary-or-object *
minitor: hardening-no-pie *
minitor: hardening-no-relro *
# It may hold secrets; postinst gives it to the group of the service.
minitor: non-standard-file-perm 0640 != 0644 *config.yml*
minitor: non-standard-file-perm 0600 != 0644 *agent.env*
`
