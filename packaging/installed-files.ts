/** What a distribution's package installs beside the executable. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from './run.ts'
import { ROOT } from './targets.ts'

export interface InstalledFile {
  /** Absolute, as on the machine where it is installed. */
  readonly path: string
  readonly content: string | Uint8Array
  /** 0644, if missing. */
  readonly mode?: number
}

/** The only file that people change. It may hold secrets. */
export const CONFIGURATION = '/etc/minitor/config.yml'

export const DOCUMENTATION = '/usr/share/doc/minitor'

const read = (file: string) => readFileSync(join(ROOT, file))
const gzipped = (content: Uint8Array) => Bun.gzipSync(Uint8Array.from(content), { level: 9 })

/** The same for every target. */
export async function installedFiles(): Promise<readonly InstalledFile[]> {
  const documents = ['README.md', 'CHANGELOG.md', ...documentsIn('docs')]
  const examples = documentsIn('examples/prometheus-grafana')
  return [
    { path: CONFIGURATION, content: await starter(), mode: 0o640 },
    { path: '/usr/lib/systemd/system/minitor.service', content: read('packaging/systemd/minitor.service') },
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
