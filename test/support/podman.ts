import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { requireDebianPackage } from './debian.ts'
import { eventually } from './eventually.ts'
import type { Execution } from './executable.ts'
import { limitMs } from './pace.ts'

/** The base of the image. It cannot be pulled where the tests run, so they make it. */
const BASE = 'debian:bookworm-slim'
/** What Debian's slim images leave out and wait for, by a file for dpkg and in what is there already. */
const SLIM = `
rm -rf "$1"/usr/share/doc/* "$1"/usr/share/man/* "$1"/usr/share/info/* "$1"/usr/share/locale/* \\
  "$1"/var/cache/apt/* "$1"/var/lib/apt/lists/* "$1"/var/log/*
{ echo force-unsafe-io; for kind in doc man info locale; do echo "path-exclude /usr/share/$kind/*"; done; } \\
  >"$1"/etc/dpkg/dpkg.cfg.d/slim
`
const PROGRAMS = [
  ['podman', 'podman'],
  ['runc', 'runc'],
  ['debootstrap', 'debootstrap'],
  ['iptables', 'iptables'],
  ['netavark', '/usr/lib/podman/netavark'],
  ['aardvark-dns', '/usr/lib/podman/aardvark-dns'],
  ['podman-compose', 'podman-compose'],
] as const

/** Building downloads packages. */
export const BUILD_LIMIT_MS = limitMs(600_000)

/** Containers of a storage of its own. Disposing of it ends them and removes everything. */
export interface Podman extends AsyncDisposable {
  /** A directory for what is mounted. */
  readonly directory: string
  /** For other programs that run `podman`. */
  readonly environment: Readonly<Record<string, string>>
  /** `podman` with these arguments, whatever its exit code. */
  podman(...args: string[]): Promise<Execution>
  /** The same, or else an error with what it said. Resolves to its standard output without the last line break. */
  must(...args: string[]): Promise<string>
  /** Starts a container without a network in the background, and resolves when Minitor watches in it. */
  start(name: string, ...args: string[]): Promise<void>
  /** The standard output of a command in a container; rejects when it fails. */
  inside(name: string, ...command: string[]): Promise<string>
}

/** Null, with the reason on standard error, where no containers can be run: they need root and some programs. */
export async function openPodman(): Promise<Podman | null> {
  if (process.getuid?.() !== 0) return skip('root')
  if (!PROGRAMS.every(([packageName, program]) => requireDebianPackage(packageName, program))) return null
  const directory = mkdtempSync(join(tmpdir(), 'minitor-podman-'))
  const podman = createPodman(directory)
  const trouble = await makeBase(podman, directory)
  if (trouble === null) return podman
  await podman[Symbol.asyncDispose]()
  return skip(`containers, which cannot be run here: ${trouble}`)
}

function skip(what: string): null {
  console.error(`skipped: these tests need ${what}`)
  return null
}

function createPodman(directory: string): Podman {
  const conf = join(directory, 'containers.conf')
  const storage = join(directory, 'storage.conf')
  // Where all this runs in a container already, limits cannot be raised, and there is no systemd for groups and timers.
  writeFileSync(
    conf,
    `[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
tmp_dir = "${directory}/tmp"
[network]
network_backend = "netavark"
network_config_dir = "${directory}/networks"
`,
  )
  writeFileSync(
    storage,
    `[storage]
driver = "${canOverlay(directory) ? 'overlay' : 'vfs'}"
graphroot = "${directory}/storage"
runroot = "${directory}/run"
`,
  )
  mkdirSync(join(directory, 'networks'))
  const environment = { ...process.env, CONTAINERS_CONF: conf, CONTAINERS_STORAGE_CONF: storage } as Record<
    string,
    string
  >
  const podman = (...args: string[]) => execute(['podman', ...args], environment)
  const must = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await podman(...args)
    if (exitCode !== 0) throw new Error(`podman ${args.join(' ')} ended with ${exitCode}:\n${stdout}${stderr}`)
    return stdout.trimEnd()
  }
  return {
    directory,
    environment,
    podman,
    must,
    async start(name, ...args) {
      await must('run', '--detach', '--network=none', `--name=${name}`, ...args)
      let logged = ''
      const hasStarted = async () => {
        const { stdout, stderr } = await podman('logs', name)
        logged = stdout + stderr
        return logged.includes(' watches ')
      }
      await eventually(`Minitor watches in the container ${name}`, hasStarted, { explain: () => `\n${logged}` })
    },
    inside: (name, ...command) => must('exec', name, ...command),
    async [Symbol.asyncDispose]() {
      await podman('rm', '--all', '--force', '--time=0', '--volumes')
      await podman('network', 'prune', '--force')
      rmSync(directory, { recursive: true })
    },
  }
}

/** The layers of containers need not be copied then, as `vfs` does. */
function canOverlay(directory: string): boolean {
  const script = `cd "$1" && mkdir lower upper work all && mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work overlay all &&
    umount all`
  return Bun.spawnSync(['sh', '-c', script, 'sh', directory]).success
}

/** Returns what went wrong. */
async function makeBase({ podman, environment }: Podman, directory: string): Promise<string | null> {
  const tree = join(directory, 'base')
  const made = await execute(['debootstrap', '--variant=minbase', 'bookworm', tree], environment)
  if (made.exitCode !== 0) return `debootstrap: ${made.stdout.trim().split('\n').at(-1)}`
  const script = `set -e; ${SLIM} tar -C "$1" -c . | podman import - ${BASE}; rm -rf "$1"`
  const imported = await execute(['sh', '-c', script, 'sh', tree], environment)
  if (imported.exitCode !== 0) return imported.stderr
  const { exitCode, stderr } = await podman('run', '--rm', '--network=none', BASE, 'true')
  return exitCode === 0 ? null : stderr
}

async function execute(command: readonly string[], env: Readonly<Record<string, string>>): Promise<Execution> {
  const options = { env, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe', timeout: BUILD_LIMIT_MS } as const
  const child = Bun.spawn([...command], options)
  const [stdout, stderr, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
  return { exitCode, stdout, stderr }
}
