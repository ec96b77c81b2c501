import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeDebianPackage } from '../../packaging/debian-package.ts'
import { run } from '../../packaging/run.ts'
import { isForDistributions, TARGETS } from '../../packaging/targets.ts'
import { requireDebianPackage } from '../support/debian.ts'
import { eventually } from '../support/eventually.ts'
import { EXECUTABLE } from '../support/executable.ts'
import { startMachine } from '../support/machine.ts'
import { limitMs } from '../support/pace.ts'

setDefaultTimeout(limitMs(300_000))

const target = TARGETS.filter(isForDistributions).find(({ cpu }) => cpu === process.arch)
const canPack = target !== undefined && Bun.which('dpkg-deb') !== null
const hasLintian = canPack && requireDebianPackage('lintian', 'lintian')

const directory = mkdtempSync(join(tmpdir(), 'minitor-deb-'))
afterAll(() => rmSync(directory, { recursive: true }))

let current = ''
let newer = ''
const machine = canPack ? await startMachine() : undefined
beforeAll(async () => {
  if (target === undefined || !canPack) return
  const stage = join(directory, 'stage')
  const executable = join(directory, 'minitor')
  copyFileSync(EXECUTABLE, executable)
  current = await makeDebianPackage(target, executable, stage, directory, ['-Zgzip', '-z1'])
  // The same once more, with a higher version.
  const control = join(stage, 'DEBIAN/control')
  writeFileSync(control, readFileSync(control, 'utf8').replace(/^Version: .*$/m, 'Version: 99.0'))
  newer = join(directory, 'newer.deb')
  await run(['dpkg-deb', '--root-owner-group', '-Znone', '--build', stage, newer])
  if (machine === undefined) return
  copyFileSync(current, machine.path('/root/current.deb'))
  copyFileSync(newer, machine.path('/root/newer.deb'))
})
afterAll(async () => machine?.[Symbol.asyncDispose]())

test.skipIf(!hasLintian)('lintian finds no error', async () => {
  expect(await run(['lintian', '--allow-root', '--fail-on=error', current])).not.toMatch(/^E: /m)
})

const CONFIG = `
defaults: {check_interval: 200ms}
monitors:
  - name: Site
    command: echo checked >>/var/lib/minitor/checked; test -e /var/lib/minitor/works
    alert_after: 1
    alert_every: 0
    alert_down: [tell]
    alert_up: [tell]
alerts:
  tell: {command: 'echo {kind} >>/var/lib/minitor/told'}
`

test.skipIf(machine === undefined)('installed, broken, upgraded, removed and purged', async () => {
  if (machine === undefined) return
  const { need, run, path } = machine
  const told = () =>
    existsSync(path('/var/lib/minitor/told')) ? readFileSync(path('/var/lib/minitor/told'), 'utf8') : ''
  const mainPid = () => need('systemctl show --property=MainPID --value minitor')
  const untilCheckedAgain = async () => {
    await need('rm -f /var/lib/minitor/checked')
    await eventually(
      'it has checked again',
      async () => Number((await run('grep -c checked /var/lib/minitor/checked')).output) > 2,
    )
  }

  // Installed: a service that starts with the machine, and checks that pass.
  await need('dpkg --no-triggers -i /root/current.deb')
  expect(await need('systemctl is-active minitor; systemctl is-enabled minitor')).toBe('active\nenabled\n')
  expect(await need('stat --format="%U %G %a" /etc/minitor/config.yml /var/lib/minitor')).toBe(
    'root minitor 640\nminitor minitor 700\n',
  )
  expect((await run('systemctl is-active minitor-agent; systemctl is-enabled minitor-agent')).output).toBe(
    'inactive\ndisabled\n',
  )
  expect(await need('stat --format="%U %G %a" /etc/minitor/agent.env')).toBe('root root 600\n')
  // Not the one that watches the load, as others may be at work on this machine.
  const upJson = /"name": ?"Root disk".*?"status": ?"up"/s
  await eventually('the root disk is up', async () =>
    upJson.test((await run('runuser -u minitor -- minitor status --json')).output),
  )

  // Broken: an outage that is told.
  await Bun.write(path('/etc/minitor/config.yml'), CONFIG)
  await need('systemctl reload minitor')
  await eventually('the outage is told', () => told() === 'down\n')

  // Upgraded: another process, the same outage.
  const before = await mainPid()
  await need('dpkg --no-triggers -i /root/newer.deb')
  expect(await need('systemctl is-active minitor')).toBe('active\n')
  expect(await mainPid()).not.toBe(before)
  await untilCheckedAgain()
  expect(told()).toBe('down\n')
  await need('touch /var/lib/minitor/works')
  await eventually('the recovery is told', () => told() === 'down\nup\n')

  // What the administrator has disabled stays disabled.
  await need('systemctl disable --now minitor; dpkg --no-triggers -i /root/newer.deb')
  expect((await run('systemctl is-active minitor; systemctl is-enabled minitor')).output).toBe('inactive\ndisabled\n')
  await need('systemctl enable --now minitor')

  // Removed: configuration and memory stay.
  await need('dpkg -r minitor')
  expect((await run('command -v minitor; systemctl is-active minitor')).output).toBe('inactive\n')
  expect(await need('cat /etc/minitor/config.yml; id -un minitor')).toBe(`${CONFIG}minitor\n`)
  await need('dpkg --no-triggers -i /root/newer.deb')
  expect(await need('systemctl is-active minitor')).toBe('active\n')
  await untilCheckedAgain()
  expect(told()).toBe('down\nup\n')

  // Purged: nothing stays.
  await need('dpkg -P minitor')
  expect(
    (await run('id minitor; ls -d /etc/minitor /var/lib/minitor; systemctl cat minitor; find /etc /var /run -nouser'))
      .output,
  ).not.toMatch(/^(?:uid|\/|\[Unit)/m)
  expect((await run('dpkg-query --status minitor')).exitCode).toBe(1)
})

test.skipIf(machine === undefined)('on a machine without a service manager', async () => {
  if (machine === undefined) return
  const { need, run } = machine
  const withoutManager = (script: string) => need(`unshare --mount sh -ec 'mount -t tmpfs tmpfs /run; ${script}'`)
  await withoutManager(
    'dpkg --no-triggers -i /root/current.deb; runuser -u minitor -- minitor check "Root disk"; dpkg --no-triggers -i /root/newer.deb; dpkg -r minitor',
  )
  // A disk of its own for the database is emptied, and stays.
  await need('mount -t tmpfs tmpfs /var/lib/minitor; touch /var/lib/minitor/minitor.db')
  await withoutManager('dpkg -P minitor')
  expect((await run('id minitor; ls -d /etc/minitor; ls -A /var/lib/minitor')).output).not.toMatch(
    /^(?:uid|\/|minitor)/m,
  )
  expect((await run('dpkg-query --status minitor')).exitCode).toBe(1)
})
