/** What a distribution's package installs, where, and what it says of itself. */
import { chmodSync, linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { run } from './run.ts'
import { ROOT } from './targets.ts'

export interface InstalledFile {
  /** Absolute, as on the machine where it is installed. */
  readonly path: string
  readonly content: string | Uint8Array
  /** 0644, if missing. */
  readonly mode?: number
}

/** What people change. It may hold secrets: the service may read it, and nobody else. */
export const CONFIGURATION = '/etc/minitor/config.yml'
/** The same for the service of an agent, which gets it from systemd: only root may read it. */
export const AGENT_CONFIGURATION = '/etc/minitor/agent.env'

export const DOCUMENTATION = '/usr/share/doc/minitor'

export const EXECUTABLE = '/usr/bin/minitor'

/** What Minitor is, as lines of at most 78 characters. */
export const ABOUT = `Minitor runs commands periodically, and runs other commands when they fail.
A check is a command whose exit code says whether all is well, and an alert
is a command, too: mail, a push service, a restart.`

/** A `~` makes a candidate older than its release: 1.0.0~rc.1 < 1.0.0. */
export const packageVersion = (version: string) => version.replace('-', '~')

/** Puts the executable and these files into their places below `root`. */
export function install(root: string, executable: string, files: readonly InstalledFile[]): void {
  for (const { path, content, mode = 0o644 } of files) place(join(root, path), content, mode)
  mkdirSync(dirname(join(root, EXECUTABLE)), { recursive: true })
  linkSync(executable, join(root, EXECUTABLE))
}

/** Writes a file with exactly this mode. */
export function place(path: string, content: string | Uint8Array, mode: number): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
  chmodSync(path, mode)
}

const read = (file: string) => readFileSync(join(ROOT, file))
const gzipped = (content: Uint8Array) => Bun.gzipSync(Uint8Array.from(content), { level: 9 })

/** All but the executable and the licenses: the same for every target. */
export async function installedFiles(): Promise<readonly InstalledFile[]> {
  const documents = ['README.md', 'CHANGELOG.md', ...documentsIn('docs')]
  const examples = documentsIn('examples/prometheus-grafana')
  return [
    { path: CONFIGURATION, content: await starter(), mode: 0o640 },
    { path: AGENT_CONFIGURATION, content: read('packaging/systemd/agent.env'), mode: 0o600 },
    ...['minitor.service', 'minitor-agent.service'].map((name) => ({
      path: `/usr/lib/systemd/system/${name}`,
      content: read(`packaging/systemd/${name}`),
    })),
    { path: '/usr/share/bash-completion/completions/minitor', content: read('packaging/completions/minitor.bash') },
    { path: '/usr/share/zsh/vendor-completions/_minitor', content: read('packaging/completions/minitor.zsh') },
    { path: '/usr/share/fish/vendor_completions.d/minitor.fish', content: read('packaging/completions/minitor.fish') },
    { path: '/usr/share/man/man1/minitor.1.gz', content: gzipped(read('packaging/man/minitor.1')) },
    { path: '/usr/share/man/man5/minitor.yml.5.gz', content: gzipped(read('packaging/man/minitor.yml.5')) },
    ...['docker_check.sh', 'docker_healthcheck.sh'].map((name) => ({
      path: `/usr/share/minitor/${name}`,
      content: read(`scripts/${name}`),
      mode: 0o755,
    })),
    ...['docker.conf', 'ping.conf', 'sendmail.conf', 'sudo.conf'].map((name) => ({
      path: `/usr/share/minitor/drop-ins/${name}`,
      content: read(`packaging/systemd/drop-ins/${name}`),
    })),
    ...[...documents, ...examples].map((file) => ({ path: `${DOCUMENTATION}/${file}`, content: read(file) })),
  ]
}

function documentsIn(directory: string): readonly string[] {
  return readdirSync(join(ROOT, directory))
    .filter((name) => /\.(?:md|yml|json)$/.test(name) && !name.endsWith('.in.md'))
    .sort()
    .map((name) => `${directory}/${name}`)
}

/** What `minitor init` writes: it works on a fresh machine, and keeps its database in /var/lib/minitor because of its place. */
async function starter(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'minitor-starter-'))
  try {
    const path = join(directory, 'config.yml')
    await run([process.execPath, join(ROOT, 'src/main.ts'), 'init', '--config', path])
    return readFileSync(path, 'utf8')
  } finally {
    rmSync(directory, { recursive: true })
  }
}
