import { afterAll, describe, expect, test } from 'bun:test'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { containers, createDocker, LONG_LINE } from './fixtures/docker.ts'
import { requireDebianPackage } from './support/debian.ts'
import { TEST_LIMIT_MS } from './support/pace.ts'

const hasPrograms = requireDebianPackage('jq', 'jq') && requireDebianPackage('curl', 'curl')
const SCRIPTS = join(import.meta.dir, '..', 'scripts')
const SHELLS = [['dash'], ['bash'], ['busybox', 'sh']].filter(([program = '']) => Bun.which(program) !== null)

const directory = mkdtempSync(join(tmpdir(), 'minitor-docker-'))
const socket = join(directory, 'docker.sock')
const overSocket = Bun.serve({ unix: socket, fetch: createDocker() })
const overTcp = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: createDocker() })
afterAll(async () => {
  await Promise.all([overSocket.stop(true), overTcp.stop(true)])
  rmSync(directory, { recursive: true })
})

async function run(
  script: string,
  args: readonly string[],
  options: { host?: string; shell?: readonly string[] } = {},
) {
  const { host = `unix://${socket}`, shell = ['sh'] } = options
  const child = Bun.spawn([...shell, join(SCRIPTS, script), ...args], {
    env: { PATH: process.env.PATH, DOCKER_HOST: host, http_proxy: 'http://127.0.0.1:1', HOME: directory },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()])
  return { exitCode: await child.exited, stdout, stderr }
}

describe.skipIf(!hasPrograms).each(SHELLS.map((shell) => ({ name: shell.join(' '), shell })))(
  'under $name',
  ({ shell }) => {
    test.each([
      { name: 'running', args: ['web'], exitCode: 0, stdout: '' },
      { name: 'killed', args: ['killed'], exitCode: 137, stdout: '' },
      { name: 'by its id', args: [containers.killed.Id.slice(0, 12)], exitCode: 137, stdout: '' },
      { name: 'its latest lines', args: ['killed', '2'], exitCode: 137, stdout: 'err: ü 2\nout: \t3\n' },
      {
        name: 'more lines than there are',
        args: ['killed', '99'],
        exitCode: 137,
        stdout: `${LONG_LINE}err: ü 2\nout: \t3\n`,
      },
      { name: 'a log without frames', args: ['terminal', '5'], exitCode: 3, stdout: 'plain\r\nlines\r\n' },
      { name: 'an exit code no process can have', args: ['huge'], exitCode: 255, stdout: '' },
    ])('docker_check: $name', async ({ args, exitCode, stdout }) => {
      expect(await run('docker_check.sh', args, { shell })).toEqual({ exitCode, stdout, stderr: '' })
    })

    test.each([
      { name: 'healthy', container: 'healthy', exitCode: 0, stdout: 'healthy\n' },
      { name: 'starting', container: 'starting', exitCode: 0, stdout: 'starting\n' },
      {
        name: 'unhealthy, with what was said',
        container: 'unhealthy',
        exitCode: 1,
        stdout: 'unhealthy\nno answer "500"\n',
      },
      { name: 'no health check', container: 'web', exitCode: 0, stdout: 'running, has no health check\n' },
      { name: 'not running', container: 'killed', exitCode: 1, stdout: 'not running: exited (exit code 137)\n' },
      { name: 'paused', container: 'paused', exitCode: 1, stdout: 'paused\n' },
      { name: 'restarting', container: 'restarting', exitCode: 1, stdout: 'keeps restarting (exit code 2)\n' },
    ])('docker_healthcheck: $name', async ({ container, exitCode, stdout }) => {
      expect(await run('docker_healthcheck.sh', [container], { shell })).toEqual({ exitCode, stdout, stderr: '' })
    })
  },
)

const canBecomeOther = process.getuid?.() === 0 && requireDebianPackage('util-linux', 'setpriv')

describe.skipIf(!hasPrograms).each(['docker_check', 'docker_healthcheck'])('%s', (name) => {
  const script = `${name}.sh`

  test.each([
    { name: 'unknown', container: 'nobody', stderr: 'no such container: nobody' },
    { name: 'only the beginning of an id', container: containers.killed.Id.slice(0, 6), stderr: 'no such container: ' },
    { name: 'a broken Docker', container: 'broken', stderr: 'Docker answered with status 500' },
    { name: 'something else than Docker', container: 'nonsense', stderr: 'no such container: nonsense' },
  ])('container: $name', async ({ container, stderr }) => {
    const result = await run(script, [container])
    expect(result).toMatchObject({ exitCode: 1, stdout: '' })
    expect(result.stderr).toStartWith(`${name}: ${stderr}`)
  })

  test.each([
    '',
    '../images',
    'web/../killed',
    'web?x',
    '$(touch PWNED)',
    'a b',
    '-v',
    '--output',
    'web"',
    "web'",
    'wéb',
    '{a,b}',
    'web\n',
  ])('hostile name %j is refused before Docker is asked', async (container) => {
    const result = await run(script, [container])
    expect(result).toMatchObject({ exitCode: 2, stdout: '' })
    expect(result.stderr).toBe(`${name}: CONTAINER: letters, digits and _.- only\n`)
  })

  test.each([
    { name: 'tcp://HOST:PORT', host: `tcp://127.0.0.1:${overTcp.port}` },
    { name: 'HOST:PORT', host: `127.0.0.1:${overTcp.port}` },
    { name: 'tcp://HOST:PORT/', host: `tcp://127.0.0.1:${overTcp.port}/` },
  ])('DOCKER_HOST: $name', async ({ host }) => {
    expect(await run(script, ['web'], { host })).toMatchObject({ exitCode: 0, stderr: '' })
  })

  test.each([
    {
      name: 'a socket that is not there',
      host: 'unix:///nowhere/docker.sock',
      exitCode: 1,
      stderr: 'no such socket: /nowhere/docker.sock\n',
    },
    {
      name: 'a closed port',
      host: 'tcp://127.0.0.1:1',
      exitCode: 1,
      stderr: 'cannot reach Docker at 127.0.0.1:1: curl: ',
    },
    { name: 'another scheme', host: 'ssh://me@there', exitCode: 2, stderr: 'DOCKER_HOST: only unix:///PATH' },
    { name: 'no address', host: 'evil/x?y -o z', exitCode: 2, stderr: 'DOCKER_HOST: not an address' },
  ])('DOCKER_HOST: $name', async ({ host, exitCode, stderr }) => {
    const result = await run(script, ['web'], { host })
    expect(result).toMatchObject({ exitCode, stdout: '' })
    expect(result.stderr).toStartWith(`${name}: ${stderr}`)
  })

  test.skipIf(!canBecomeOther)('a user who may not use the socket is told the group', async () => {
    chmodSync(directory, 0o755)
    chmodSync(socket, 0o600)
    const result = await run(script, ['web'], { shell: ['setpriv', '--reuid=4711', '--clear-groups', 'sh'] })
    expect(result).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `${name}: no permission for ${socket}; add the user to the group docker\n`,
    })
  })

  test('wrong usage shows the usage', async () => {
    const result = await run(script, [])
    expect(result).toMatchObject({ exitCode: 2, stdout: '' })
    expect(result.stderr).toStartWith(`Usage: ${script} CONTAINER`)
  })

  test('--help', async () => {
    const result = await run(script, ['--help'])
    expect(result).toMatchObject({ exitCode: 0, stderr: '' })
    expect(result.stdout).toStartWith(`Usage: ${script} CONTAINER`)
  })
})

test.skipIf(!hasPrograms)('docker_check: LOG_LINES is a number', async () => {
  expect(await run('docker_check.sh', ['web', '1&since=0'])).toEqual({
    exitCode: 2,
    stdout: '',
    stderr: 'docker_check: LOG_LINES: not a number\n',
  })
})

test.skipIf(!hasPrograms)(
  'both give up on a Docker that does not answer',
  async () => {
    const scripts = ['docker_check.sh', 'docker_healthcheck.sh']
    for (const result of await Promise.all(scripts.map((script) => run(script, ['stuck'])))) {
      expect(result).toMatchObject({ exitCode: 1, stdout: '' })
      expect(result.stderr).toContain('timed out')
    }
  },
  TEST_LIMIT_MS,
)
