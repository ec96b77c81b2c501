import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { chownSync, cpSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { targetNamed } from '../packaging/targets.ts'
import { createDocker } from './fixtures/docker.ts'
import { eventually } from './support/eventually.ts'
import { EXECUTABLE } from './support/executable.ts'
import { TEST_LIMIT_MS } from './support/pace.ts'
import { BUILD_LIMIT_MS, openPodman, type Podman } from './support/podman.ts'

const ROOT = join(import.meta.dir, '..')
const MEGABYTE = 1e6
/** What compose.yaml and docs/container.md recommend. */
const HARDENED = [
  '--read-only',
  '--read-only-tmpfs=false',
  '--tmpfs=/tmp',
  '--cap-drop=all',
  '--security-opt=no-new-privileges',
  '--sysctl=net.ipv4.ping_group_range=0 2147483647',
]

const found = await openPodman()

/** A configuration on the host, as the arguments that mount it. */
function configured(name: string, config: string): string[] {
  const directory = join(podman.directory, name)
  mkdirSync(directory)
  writeFileSync(join(directory, 'config.yml'), config)
  return [`--volume=${directory}:/etc/minitor:ro`]
}

const podman = found as Podman
const { must, inside } = { must: podman?.must, inside: podman?.inside }

/** Asks as Docker does; podman needs systemd to ask regularly. */
async function isHealthy(name: string): Promise<boolean> {
  return (await podman.podman('healthcheck', 'run', name)).exitCode === 0
}

/** Stops it as `docker stop` does; resolves to its exit code. */
async function stop(name: string): Promise<number> {
  await must('stop', '--time=10', name)
  return Number(await must('inspect', '--format={{.State.ExitCode}}', name))
}

interface Shown {
  readonly name: string
  readonly status: string
  readonly summary: string
  readonly last_check_at: string
}

/** The monitors in a container, as `status` has them; none before it answers. */
async function statusOf(name: string): Promise<readonly Shown[]> {
  const { stdout } = await podman.podman('exec', name, 'minitor', 'status', '--json')
  return stdout === '' ? [] : JSON.parse(stdout).monitors
}

async function lastCheck(name: string): Promise<string | undefined> {
  return (await statusOf(name))[0]?.last_check_at
}

const ALWAYS_UP = 'monitors: [ { name: Door, command: "true", check_interval: 1s } ]\n'

describe.skipIf(found === null)('the container', () => {
  beforeAll(async () => {
    const context = join(podman.directory, 'context')
    for (const name of ['Dockerfile', '.dockerignore', 'scripts']) {
      cpSync(join(ROOT, name), join(context, name), { recursive: true })
    }
    mkdirSync(join(context, 'dist/packages'), { recursive: true })
    // Named as `npm run package` does.
    const { name } = targetNamed(process.arch === 'x64' ? 'linux-x64-baseline' : 'linux-arm64')
    cpSync(EXECUTABLE, join(context, `dist/packages/minitor-0.0.0-${name}`))
    await must('build', '--network=host', '--format=docker', '--layers=false', '--tag=minitor', context)
  }, BUILD_LIMIT_MS)
  afterAll(async () => await podman[Symbol.asyncDispose](), TEST_LIMIT_MS)

  test('is small, has an ordinary user, and no program in it gains rights but ping', async () => {
    const size = Number(await must('image', 'inspect', '--format={{.Size}}', 'minitor'))
    expect(size / MEGABYTE).toBeLessThan(250)
    expect(await must('image', 'inspect', '--format={{.Config.User}} {{.Config.Volumes}}', 'minitor')).toBe(
      '1000:1000 map[/data:{}]',
    )
    const script = 'find / -xdev -type f -perm /6000 2>/dev/null; /sbin/getcap -r / 2>/dev/null'
    const gaining = await must('run', '--rm', '--network=none', '--entrypoint=sh', 'minitor', '-c', script)
    expect(gaining).toBe('/usr/bin/ping cap_net_raw=p')
  })

  test('has the programs that checks need, and ping works for everybody', async () => {
    const shell = ['run', '--rm', '--network=none', '--entrypoint=sh']
    const tools = `
      set -e
      for tool in curl jq dig tini minitor; do "$tool" --version >/dev/null; done
      openssl version >/dev/null
      for script in docker_check.sh docker_healthcheck.sh /app/scripts/docker_check.sh; do "$script" --help >/dev/null; done
      test -s /etc/ssl/certs/ca-certificates.crt
      echo '{"a":[1]}' | jq -c .a
      TZ=Europe/Berlin date --date=@0 +%Z
      check_dummy 0
      ping -c1 127.0.0.1 >/dev/null
      check_ping -H 127.0.0.1 -p 1 -w 5000,50% -c 9000,90% >/dev/null`
    const expected = '[1]\nCET\nOK'
    expect(await must(...shell, ...HARDENED, 'minitor', '-c', tools)).toBe(expected)
    expect(await must(...shell, '--cap-add=NET_RAW', '--user=12345:12345', 'minitor', '-c', tools)).toBe(expected)
    // Where containers have no such right, it starts and says which it needs.
    const without = await podman.podman(...shell, '--cap-drop=all', 'minitor', '-c', 'ping -c1 127.0.0.1')
    expect(without.stderr).toContain('missing cap_net_raw')
  })

  test('H5: as PID 1 of a container, tini: orphans are reaped, and SIGTERM ends all with 0', async () => {
    const config =
      'monitors: [ { name: Orphans, command: "(sleep 0.2 & echo $! >/tmp/orphan)", check_interval: 100h },\n' +
      '  { name: Slow, command: "sleep 600", timeout: 20m } ]\n'
    await podman.start('life', ...configured('life', config), 'minitor')
    expect(await inside('life', 'cat', '/proc/1/comm')).toBe('tini')
    // Even a zombie has a directory there.
    const gone = 'test -s /tmp/orphan && ! test -e "/proc/$(cat /tmp/orphan)"'
    await eventually('the orphan is reaped', async () => {
      const { exitCode } = await podman.podman('exec', 'life', 'sh', '-c', gone)
      return exitCode === 0
    })
    expect(await stop('life')).toBe(0)
    expect(await must('logs', 'life')).toContain('"msg":"Minitor has stopped"')
  })

  test("H6: the reader of a container's log goes away", async () => {
    const mounts = configured('reader', ALWAYS_UP)
    const command = ['podman', 'run', '--network=none', '--name=reader', ...mounts, 'minitor', 'run', '-v']
    const reader = Bun.spawn(command, {
      env: podman.environment,
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'ignore',
    })
    for await (const _ of reader.stdout) break
    reader.kill('SIGKILL')
    await reader.exited
    const before = await lastCheck('reader')
    await eventually('checks go on', async () => (await lastCheck('reader')) !== before)
    expect(await isHealthy('reader')).toBe(true)
    expect(await stop('reader')).toBe(0)
  })

  test.each([
    { name: 'a read-only root', args: ['--read-only', '--read-only-tmpfs=false', '--tmpfs=/tmp'] },
    { name: 'another user', args: ['--user=12345:12345'] },
    { name: 'no capabilities', args: ['--cap-drop=all'] },
    { name: 'all of it', args: [...HARDENED, '--user=12345:12345'] },
    { name: 'root in a read-only root', args: [...HARDENED, '--user=0:0'] },
  ])('H7: $name: checks, is healthy, reloads, stops', async ({ name, args }) => {
    const id = name.replaceAll(' ', '-')
    await podman.start(id, ...configured(id, ALWAYS_UP), ...args, `--volume=${id}:/data`, 'minitor')
    await eventually('a check has passed', async () => (await statusOf(id))[0]?.status === 'up')
    expect(await isHealthy(id)).toBe(true)
    // As editors save: a mount of the file alone would still show the old one.
    const file = join(podman.directory, id, 'config.yml')
    writeFileSync(`${file}.new`, ALWAYS_UP.replace('Door', 'Gate'))
    renameSync(`${file}.new`, file)
    expect(await inside(id, 'minitor', 'reload')).toContain('Gate')
    expect(await stop(id)).toBe(0)
  })

  test('state outlives the container', async () => {
    const config = `
monitors:
  - name: Door
    command: [test, -e, /data/open]
    check_interval: 1s
    alert_after: 1
    alert_every: 0
    alert_down: [tell]
    alert_up: [tell]
alerts:
  tell: {command: 'echo "{kind}" >>/data/told'}
`
    const args = [...configured('outage', config), '--volume=outage:/data', ...HARDENED, 'minitor']
    const told = async () => (await podman.podman('exec', 'outage', 'cat', '/data/told')).stdout
    await podman.start('outage', ...args)
    await eventually('the outage is told', async () => (await told()) === 'down\n')
    await must('rm', '--force', '--time=0', 'outage')
    await podman.start('outage', ...args)
    const first = await lastCheck('outage')
    await eventually('it is checked again', async () => (await lastCheck('outage')) !== first)
    expect(await told()).toBe('down\n')
    await inside('outage', 'touch', '/data/open')
    await eventually('the recovery is told', async () => (await told()) !== 'down\n')
    expect(await told()).toBe('down\nup\n')
    await must('rm', '--force', '--time=0', 'outage')
  })

  test('H9: a frozen one is unhealthy, and healthy again when it goes on', async () => {
    await podman.start('frozen', ...configured('frozen', ALWAYS_UP), 'minitor')
    await eventually('it is healthy', () => isHealthy('frozen'))
    await inside('frozen', 'sh', '-c', 'kill -STOP "$(pgrep -x minitor)" && touch --date="1 minute ago" /tmp/minitor/*')
    expect(await isHealthy('frozen')).toBe(false)
    await inside('frozen', 'sh', '-c', 'kill -CONT "$(pgrep -o -x minitor)"')
    await inside('frozen', 'minitor', 'reload')
    expect(await isHealthy('frozen')).toBe(true)
    await must('rm', '--force', '--time=0', 'frozen')
  })

  describe('a first start that cannot be says what to do', () => {
    const say = async (...args: string[]) => {
      const { exitCode, stderr } = await podman.podman('run', '--rm', '--network=none', ...args, 'minitor')
      expect(exitCode).toBe(2)
      return stderr
    }

    test('without a configuration', async () => {
      expect(await say()).toContain('mount one at /etc/minitor/config.yml')
    })

    test('with a file to mount that is not there, for which Docker makes a directory', async () => {
      const made = join(podman.directory, 'made.yml')
      mkdirSync(made)
      expect(await say(`--volume=${made}:/etc/minitor/config.yml:ro`)).toContain('is its path on the host right?')
    })

    test('with a directory for /data that is not the user’s', async () => {
      const data = join(podman.directory, 'root-data')
      mkdirSync(data)
      expect(await say(...configured('unwritable', ALWAYS_UP), `--volume=${data}:/data`)).toContain(
        'make /data writable for Minitor',
      )
    })

    test('and init writes one on the host', async () => {
      const here = join(podman.directory, 'here')
      mkdirSync(here)
      chownSync(here, 12345, 12345)
      const args = ['--rm', '--network=none', `--volume=${here}:/here`, '--workdir=/here', '--user=12345:12345']
      await must('run', ...args, 'minitor', 'init')
      expect(statSync(join(here, 'config.yml')).uid).toBe(12345)
      expect(await must('run', ...args, 'minitor', 'validate')).toContain('config.yml')
    })
  })

  test('the places and the flags of the originals work', async () => {
    const file = join(podman.directory, 'original.yml')
    writeFileSync(file, 'monitors: [ { name: Scripts, command: [ scripts/docker_check.sh, --help ] } ]\n')
    await podman.start('original', `--volume=${file}:/app/config.yml:ro`, 'minitor', '-metrics', '-metrics-port=9000')
    await eventually('the check has passed', async () => {
      const metrics = await inside('original', 'curl', '-s', 'http://127.0.0.1:9000/metrics')
      return /^minitor_check_total\{.*Scripts.*\} [1-9]/m.test(metrics)
    })
    expect(await stop('original')).toBe(0)
  })

  test(
    'compose.yaml starts it beside a proxy that Docker is asked through',
    async () => {
      const directory = join(podman.directory, 'compose')
      const path = (name: string) => join(directory, name)
      mkdirSync(path('config'), { recursive: true })
      using _docker = Bun.serve({ unix: path('docker.sock'), fetch: createDocker() })
      const compose = readFileSync(join(ROOT, 'compose.yaml'), 'utf8')
      // The port may be in use here, and there is no Docker.
      writeFileSync(
        path('compose.yaml'),
        compose
          .replace('127.0.0.1:8080:8080', '127.0.0.1::8080')
          .replace('/var/run/docker.sock:', `${path('docker.sock')}:`),
      )
      writeFileSync(
        path('proxy.yaml'),
        `services:
  docker-proxy:
    image: debian:bookworm-slim
    entrypoint: [/bun, /proxy.ts]
    volumes: ['${process.execPath}:/bun:ro', '${ROOT}/test/fixtures/docker-proxy.ts:/proxy.ts:ro']
`,
      )
      writeFileSync(
        path('config/config.yml'),
        `web: {}
defaults: {alert_after: 1, check_interval: 1s}
monitors:
  - {name: Healthy, command: [docker_healthcheck.sh, healthy]}
  - {name: Killed, command: [docker_check.sh, killed, "2"]}
  - {name: Ping, command: [ping, -c1, 127.0.0.1]}
  - {name: Change, command: [curl, -sS, --fail, -X, POST, "http://docker-proxy:2375/containers/web/stop"]}
`,
      )
      const composeWith = async (...args: string[]) => {
        const files = ['-f', path('compose.yaml'), '-f', path('proxy.yaml')]
        const child = Bun.spawn(['podman-compose', '-p', 'minitor-test', ...files, ...args], {
          env: podman.environment,
          cwd: directory,
          stdio: ['ignore', 'pipe', 'pipe'],
        })
        const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()])
        if ((await child.exited) !== 0) throw new Error(`podman-compose ${args.join(' ')}:\n${stdout}${stderr}`)
      }
      try {
        await composeWith('up', '--detach', '--no-build')
        const name = 'minitor-test_minitor_1'
        const expected: Record<string, RegExp> = {
          Healthy: /^up: healthy/,
          Killed: /^down: err: ü 2/,
          Ping: /^up: PING/,
          Change: /^down: .* 403/,
        }
        let last: readonly string[] = []
        const isAsExpected = async () => {
          const monitors = await statusOf(name)
          last = monitors.map((one) => `${one.name}: ${one.status}: ${one.summary}`)
          return (
            monitors.length > 0 && monitors.every((one) => expected[one.name]?.test(`${one.status}: ${one.summary}`))
          )
        }
        await eventually('checks ask Docker', isAsExpected, { explain: () => `\n${last.join('\n')}` })
        await eventually('it is healthy', () => isHealthy(name))
        const page = await fetch(`http://${await must('port', name, '8080')}/sign-in`)
        expect(page.status).toBe(200)
      } finally {
        await composeWith('down', '--volumes')
      }
    },
    BUILD_LIMIT_MS,
  )
})
