import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../../packaging/run.ts'
import { VERSION } from '../../src/version.ts'
import { requireDebianPackage } from '../support/debian.ts'
import { EXECUTABLE } from '../support/executable.ts'
import { startMachine } from '../support/machine.ts'
import { limitMs } from '../support/pace.ts'

setDefaultTimeout(limitMs(300_000))

const SCRIPT = join(import.meta.dir, '../../packaging/install.sh')

const directory = mkdtempSync(join(tmpdir(), 'minitor-install-'))
afterAll(() => rmSync(directory, { recursive: true }))

const ENDINGS = process.arch === 'x64' ? ['linux-x64', 'linux-x64-baseline'] : ['linux-arm64']

/** A place with packages; `executables` are contents by their endings. */
async function aPlace(
  name: string,
  executables: Readonly<Record<string, string | null>>,
  compressed = false,
): Promise<string> {
  const place = join(directory, name)
  mkdirSync(place)
  for (const [ending, content] of Object.entries(executables)) {
    const path = join(place, `minitor-${VERSION}-${ending}`)
    if (content === null) cpSync(EXECUTABLE, path)
    else writeFileSync(path, content)
    if (compressed) await run(['xz', '-0', '--keep', path])
  }
  writeFileSync(join(place, 'minitor.service'), '')
  writeFileSync(join(place, 'SHA256SUMS'), await run(['sh', '-c', 'sha256sum -- *'], { cwd: place }))
  return place
}

const FAKE = '#!/bin/sh\necho 1.2.3\n'
const all = (content: string | null) => Object.fromEntries(ENDINGS.map((ending) => [ending, content]))

async function install(shell: readonly string[], args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const home = mkdtempSync(join(directory, 'home-'))
  const child = Bun.spawn([...shell, SCRIPT, ...args], {
    cwd: home,
    env: { PATH: process.env.PATH, HOME: home, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [stdout, stderr, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
  return { home, stdout, stderr, exitCode }
}

const SHELLS: readonly (readonly string[])[] = [['dash'], ['bash'], ['busybox', 'sh']]
const hasBusybox = requireDebianPackage('busybox', 'busybox')

describe.each(SHELLS.filter(([name]) => name !== 'busybox' || hasBusybox))('install.sh under %s', (...shell) => {
  test('installs over HTTP, and again over a running one', async () => {
    const place = await aPlace(`served to ${shell[0]}`, all(FAKE), true)
    using server = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: async ({ url }) => {
        const file = Bun.file(join(place, new URL(url).pathname))
        return (await file.exists()) ? new Response(file) : new Response('', { status: 404 })
      },
    })
    const prefix = join(directory, `prefix of ${shell[0]}`)
    for (const address of [String(server.url), String(server.url).slice(0, -1)]) {
      const { exitCode, stdout, stderr } = await install(shell, ['--prefix', prefix, address])
      expect([stderr, exitCode]).toEqual(['', 0])
      expect(stdout).toStartWith(`Minitor 1.2.3 is ${prefix}/bin/minitor\n`)
    }
    expect(readdirSync(join(prefix, 'bin'))).toEqual(['minitor'])
    expect(statSync(join(prefix, 'bin/minitor')).mode & 0o777).toBe(0o755)
    const missing = await install(shell, ['--prefix', prefix, `${server.url}elsewhere`])
    expect([missing.exitCode, missing.stderr]).toEqual([1, expect.stringContaining('install.sh: cannot download ')])
  })

  test.each([false, true])('takes the only executable that there is (compressed: %p)', async (compressed) => {
    const only = ENDINGS.slice(-1).map((ending) => [ending, FAKE])
    const place = await aPlace(`${compressed} for one of ${shell[0]}`, Object.fromEntries(only), compressed)
    const { exitCode, stdout, stderr } = await install(shell, ['--prefix', 'here/', place])
    expect([stderr, exitCode]).toEqual(['', 0])
    expect(stdout).toStartWith('Minitor 1.2.3 is here/bin/minitor\n')
  })

  test('takes the sums of `sha256sum --binary`', async () => {
    const place = await aPlace(`binary for ${shell[0]}`, all(FAKE))
    writeFileSync(join(place, 'SHA256SUMS'), await run(['sh', '-c', 'sha256sum --binary -- minitor*'], { cwd: place }))
    const { exitCode, stderr } = await install(shell, ['--prefix', 'here', place])
    expect([stderr, exitCode]).toEqual(['', 0])
  })

  const flawed = [
    {
      name: 'a damaged file',
      change: 'for f in minitor-*; do echo more >>"$f"; done',
      says: 'is damaged: its SHA-256 is',
    },
    { name: 'a missing file', change: 'rm minitor-*', says: 'there is no ' },
    { name: 'no sums', change: 'rm SHA256SUMS', says: 'there is no ' },
    { name: 'nothing for this machine', change: 'sed -i /linux-/d SHA256SUMS', says: 'has no executable for linux-' },
    {
      name: 'two versions',
      change: 'sed "s/minitor-[^-]*-linux/minitor-0.0.1-linux/" SHA256SUMS >more; cat more >>SHA256SUMS',
      says: 'has executables of several versions',
    },
    {
      name: 'an executable that does not run',
      change: 'for f in minitor-*; do echo "echo no libstdc++; exit 9" >$f; done; sha256sum -- minitor-* >SHA256SUMS',
      says: 'does not run here: no libstdc++',
    },
  ]
  test.each(flawed)('$name installs nothing, and says why', async ({ name, change, says }) => {
    const place = await aPlace(`${name} for ${shell[0]}`, all(FAKE))
    await run(['sh', '-c', change], { cwd: place })
    const { exitCode, stdout, stderr, home } = await install(shell, ['--no-service', '--prefix', 'here', place])
    expect([stdout, exitCode]).toEqual(['', 1])
    expect(stderr).toStartWith('install.sh: ')
    expect(stderr).toContain(says)
    expect(existsSync(join(home, 'here/bin/minitor'))).toBe(false)
  })

  test('others can run it, however private the files of who installs it are', async () => {
    const place = await aPlace(`private to ${shell[0]}`, all(FAKE))
    const { exitCode, home } = await install(
      ['sh', '-c', 'umask 077; exec "$@"', 'sh', ...shell],
      ['--prefix', 'here', place],
    )
    expect(exitCode).toBe(0)
    expect(['here', 'here/bin', 'here/bin/minitor'].map((path) => statSync(join(home, path)).mode & 0o777)).toEqual([
      0o755, 0o755, 0o755,
    ])
  })

  test('a directory in its place is left, and named', async () => {
    const place = await aPlace(`blocked for ${shell[0]}`, all(FAKE))
    const prefix = mkdtempSync(join(directory, 'blocked-'))
    mkdirSync(join(prefix, 'bin/minitor'), { recursive: true })
    const { exitCode, stderr } = await install(shell, ['--prefix', prefix, place])
    expect([exitCode, stderr]).toEqual([1, `install.sh: ${prefix}/bin/minitor is a directory\n`])
    expect(readdirSync(join(prefix, 'bin/minitor'))).toEqual([])
  })

  test.each([[], ['a', 'b'], ['--prefix'], ['--unknown', 'a']])('wrong usage is explained: %p %p', async (...args) => {
    const { exitCode, stderr } = await install(
      shell,
      args.filter((arg) => arg !== undefined),
    )
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('Usage: install.sh')])
  })
})

test.skipIf(!hasBusybox)('on a machine that has nothing but busybox', async () => {
  const place = await aPlace('for busybox', all(FAKE), true)
  const applets = join(directory, 'applets')
  mkdirSync(applets)
  await run(['busybox', '--install', '-s', applets])
  using server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: ({ url }) => new Response(Bun.file(join(place, new URL(url).pathname))),
  })
  const { exitCode, stdout, stderr } = await install(['sh'], ['--prefix', 'here', String(server.url)], {
    PATH: applets,
  })
  expect([stderr, exitCode]).toEqual(['', 0])
  expect(stdout).toStartWith('Minitor 1.2.3 is here/bin/minitor\n')
})

const machine = await startMachine()
afterAll(async () => machine?.[Symbol.asyncDispose]())

test.skipIf(machine === undefined)(
  'as root, a service that starts with the machine, and an upgrade that restarts it',
  async () => {
    if (machine === undefined) return
    const { need, run: runThere, path } = machine
    const place = await aPlace('for a service', all(null))
    cpSync(join(SCRIPT, '../systemd/minitor.service'), join(place, 'minitor.service'))
    cpSync(SCRIPT, join(place, 'install.sh'))
    await run(['sh', '-c', 'sha256sum -- minitor* >SHA256SUMS'], { cwd: place })
    cpSync(place, path('/root/packages'), { recursive: true })

    const said = await need('/root/packages/install.sh /root/packages')
    expect(said).toContain('is /usr/local/bin/minitor\nThe service minitor watches what /etc/minitor/config.yml says')
    expect(await need('systemctl is-active minitor; systemctl is-enabled minitor')).toBe('active\nenabled\n')
    expect(await need('stat --format="%U %G %a" /etc/minitor/config.yml /var/lib/minitor/minitor.db')).toBe(
      'root minitor 640\nminitor minitor 600\n',
    )
    const before = await need('systemctl show --property=MainPID --value minitor')
    await need('echo "# changed" >>/etc/minitor/config.yml; /root/packages/install.sh /root/packages')
    expect(await need('systemctl is-active minitor; tail -n 1 /etc/minitor/config.yml')).toBe('active\n# changed\n')
    expect(await need('systemctl show --property=MainPID --value minitor')).not.toBe(before)

    // What has been stopped is upgraded, and stays so.
    await need('systemctl stop minitor; /root/packages/install.sh /root/packages')
    expect((await runThere('systemctl is-active minitor')).output).toBe('inactive\n')
  },
)

test('the real executable, from a directory, into the home of an ordinary user', async () => {
  const place = await aPlace('real', all(null))
  const user = process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--clear-groups', 'sh'] : ['sh']
  const home = mkdtempSync(join(tmpdir(), 'minitor-home-'))
  try {
    await run(['chmod', '-R', 'a+rwX', home, directory])
    const { exitCode, stdout, stderr } = await install(user, [place], { HOME: home })
    expect([stderr, exitCode]).toEqual(['', 0])
    expect(stdout).toContain(`Put ${home}/.local/bin into your PATH`)
    expect((await run([join(home, '.local/bin/minitor'), '--version'])).trim()).toBe(VERSION)
  } finally {
    rmSync(home, { recursive: true })
  }
})

const hasShellcheck = requireDebianPackage('shellcheck', 'shellcheck')
test.skipIf(!hasShellcheck)('shellcheck finds nothing in the scripts of the packages', async () => {
  const scripts = ['install.sh', 'npm/minitor', 'debian/postinst', 'debian/prerm', 'debian/postrm']
  expect(await run(['shellcheck', '--shell=sh', ...scripts], { cwd: join(SCRIPT, '..') })).toBe('')
  expect(readFileSync(SCRIPT, 'utf8')).toStartWith('#!/bin/sh\n')
})
