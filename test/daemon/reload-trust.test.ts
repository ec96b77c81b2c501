import { describe, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DaemonProcess, startDaemon } from '../support/daemon-process.ts'
import { requireDebianPackage } from '../support/debian.ts'
import { eventually } from '../support/eventually.ts'
import { EXECUTABLE } from '../support/executable.ts'

const UID = 65533
const canBecomeOther =
  process.getuid?.() === 0 &&
  requireDebianPackage('util-linux', 'setpriv') &&
  Bun.spawnSync(['setpriv', `--reuid=${UID}`, '--clear-groups', EXECUTABLE, '--version'], { env: {} }).success
const canMount = canBecomeOther && Bun.spawnSync(['unshare', '-m', 'mount', '-t', 'tmpfs', 'none', '/mnt']).success

const config = (name: string) => `monitors: [ { name: ${name}, command: "true" } ]\n`
const AS_OTHER = ['setpriv', `--reuid=${UID}`, `--regid=${UID}`, '--clear-groups']

/** A daemon of another user, with what `prepare`, a shell script of root, has done before. */
function startOther(prepare: string, env: Record<string, string> = {}): DaemonProcess {
  const script = `chown -R ${UID}:${UID} .; chmod 755 .; ${prepare}; exec "$@"`
  const wrapper = ['unshare', '-m', 'sh', '-c', script, 'sh', ...AS_OTHER]
  return startDaemon({ config: config('old'), wrapper, env })
}

const watches = ({ msg }: { msg: string }) => msg.includes('watches 1 monitor')

describe.concurrent('J13: minitor reload finds the daemon', () => {
  test.skipIf(!canMount)('with a private /tmp, by the database', async () => {
    await using daemon = startOther('mount -t tmpfs -o mode=1777 none tmp')
    await daemon.next(watches)
    expect(await daemon.minitor('reload')).toMatchObject({ exitCode: 0, stderr: '' })
    daemon.write('config.yml', 'monitors: 1\n')
    const refused = await daemon.minitor('reload')
    expect(refused.exitCode).toBe(2)
    expect(refused.stderr).toContain('monitors must be a list')
  })

  test.skipIf(!canMount)('with a private /tmp and the database as an option, as in the unit', async () => {
    await using daemon = startDaemon({
      config: config('old'),
      args: ['run', '--database', 'state.db'],
      wrapper: [
        'unshare',
        '-m',
        'sh',
        '-c',
        `chown -R ${UID} .; chmod 755 .; mount -t tmpfs -o mode=1777 none tmp; exec "$@"`,
        'sh',
        ...AS_OTHER,
      ],
    })
    await daemon.next(watches)
    expect(await daemon.minitor('reload', '--database', 'state.db')).toMatchObject({ exitCode: 0, stderr: '' })
    const { exitCode, stderr } = await daemon.minitor('reload')
    expect(exitCode).toBe(2)
    expect(stderr).toContain('no daemon was found that uses config.yml')
  })

  test('by the file in RUNTIME_DIRECTORY, as systemd sets it', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'minitor-run-'))
    const env = { RUNTIME_DIRECTORY: `${directory}/minitor:${directory}/more` }
    await using daemon = startDaemon({ config: config('old'), env, args: ['run', '--database', ':memory:'] })
    await daemon.next(watches)
    expect(await daemon.minitor('reload')).toMatchObject({ exitCode: 0, stderr: '' })
    daemon.signal('SIGTERM')
    await daemon.exitCode()
    rmSync(directory, { recursive: true })
  })
})

test('J13: the systemd unit makes a directory for it', () => {
  const unit = readFileSync(join(import.meta.dir, '../../packaging/systemd/minitor.service'), 'utf8')
  expect(unit).toMatch(/^RuntimeDirectory=minitor$/m)
})

describe('J13: minitor reload believes no file of others', () => {
  /** What another user says in the name of a daemon on root's configuration. */
  async function claim(content: (pid: number, startTicks: string) => unknown, command: readonly string[]) {
    const directory = mkdtempSync(join(tmpdir(), 'minitor-claim-'))
    chmodSync(directory, 0o755)
    const own = join(directory, `minitor-${UID}`)
    mkdirSync(own)
    writeFileSync(join(directory, 'config.yml'), config('old'))
    const child = Bun.spawn([...AS_OTHER, ...command], {
      cwd: directory,
      env: {},
      stdio: ['ignore', 'ignore', 'ignore'],
    })
    try {
      await eventually('it has become another user', () => ownerOf(child.pid) === UID)
      const stat = readFileSync(`/proc/${child.pid}/stat`, 'latin1')
      const startTicks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
      const hash = createHash('sha256').update(join(directory, 'config.yml')).digest('hex').slice(0, 16)
      const file = join(own, `${hash}.json`)
      writeFileSync(file, JSON.stringify(content(child.pid, startTicks)))
      for (const path of [own, file]) chownSync(path, UID, UID)
      const env = { TMPDIR: directory, PATH: process.env.PATH ?? '' }
      const ran = Bun.spawnSync([EXECUTABLE, 'reload'], { cwd: directory, env })
      return {
        exitCode: ran.exitCode,
        stdout: String(ran.stdout),
        stderr: String(ran.stderr),
        isAlive: child.exitCode === null,
      }
    } finally {
      child.kill('SIGKILL')
      await child.exited
      rmSync(directory, { recursive: true })
    }
  }

  const evil = { count: 99, isOk: true, report: '\x1b]0;all fine\x07' }

  test.skipIf(!canBecomeOther).each([
    {
      name: 'any process',
      command: ['sleep', '100'],
      content: (pid: number, startTicks: string) => ({ pid, startTicks, reload: evil }),
    },
    { name: 'not a run file', command: ['sleep', '100'], content: (pid: number) => ({ pid }) },
    { name: 'init', command: ['sleep', '100'], content: () => ({ pid: 1, startTicks: '0', reload: evil }) },
  ])('$name', async ({ command, content }) => {
    const { exitCode, stdout, stderr, isAlive } = await claim(content, command)
    expect({ exitCode, stdout, isAlive }).toEqual({ exitCode: 2, stdout: '', isAlive: true })
    expect(stderr).toStartWith('error: no daemon was found that uses config.yml\n')
  })

  test.skipIf(!canBecomeOther)('a real Minitor of theirs', async () => {
    const command = [EXECUTABLE, 'run', '-c', '/proc/self/cwd/config.yml', '--database', ':memory:']
    const { exitCode, stdout, stderr } = await claim((pid, startTicks) => ({ pid, startTicks, reload: evil }), command)
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toStartWith('error: no daemon was found that uses config.yml\n')
  })
})

test('J13: what a daemon reports is safe to print', async () => {
  await using daemon = startDaemon({ config: config('old') })
  await daemon.next(watches)
  daemon.write('config.yml', 'monitors: [ { name: "\\e[31mred", command: "true", wrong: 1 } ]\n')
  const { exitCode, stderr } = await daemon.minitor('reload')
  expect(exitCode).toBe(2)
  expect(stderr).toContain('red')
  expect(stderr).not.toContain('\x1b')
})

test.skipIf(!canBecomeOther)('J13: a daemon that cannot write where it reports says so once, and reloads', async () => {
  // Somebody else was faster in making the directory.
  await using daemon = startDaemon({
    config: config('old'),
    wrapper: [
      'sh',
      '-c',
      `chown ${UID} . config.yml; chmod 755 .; mkdir tmp/minitor-${UID}; exec "$@"`,
      'sh',
      ...AS_OTHER,
    ],
  })
  await daemon.next(watches)
  for (const name of ['new', 'newer']) {
    daemon.write('config.yml', config(name))
    daemon.signal('SIGHUP')
    await daemon.next(({ msg }) => msg.startsWith('configuration reloaded'))
  }
  const said = daemon.lines.filter(({ msg }) => msg.includes('`minitor reload` will have no report from this daemon'))
  expect(said).toHaveLength(existsSync(`/run/user/${UID}`) ? 0 : 1)
  expect(said[0]?.msg).toContain('belongs to somebody else')
})

function ownerOf(pid: number): number {
  return Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
}
