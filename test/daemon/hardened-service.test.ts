import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startDaemon } from '../support/daemon-process.ts'
import { requireDebianPackage } from '../support/debian.ts'
import { eventually } from '../support/eventually.ts'
import { EXECUTABLE } from '../support/executable.ts'
import { type Machine, startMachine } from '../support/machine.ts'
import { TEST_LIMIT_MS } from '../support/pace.ts'

setDefaultTimeout(TEST_LIMIT_MS)

const UNITS = join(import.meta.dir, '../../packaging/systemd')
const hasPrograms = [
  requireDebianPackage('iputils-ping', 'ping'),
  requireDebianPackage('libcap2-bin', 'setcap'),
  requireDebianPackage('sudo', 'sudo'),
].every((has) => has)

/** What hardening takes, as checks; each says what it saw. */
const CONFIG = `
check_interval: 200ms
monitors:
  - {name: privileges, command: "grep -E 'Cap(Prm|Eff|Amb)|NoNewPrivs|Seccomp:' /proc/self/status; exit 1", alerts: []}
  - {name: failing, command: "echo it is broken; exit 3", alert_after: 1, alerts: [note]}
  - {name: ping, command: [ping, -c1, -W1, 127.0.0.1], alerts: []}
  - {name: sudo, command: "sudo -n id -u", alerts: []}
  - {name: queue, command: "/usr/local/bin/drop /var/spool/postfix/maildrop/mail", alerts: []}
  - {name: docker, command: "cat /run/docker.sock", alerts: []}
  - {name: home, command: "ls /home/anna", alerts: []}
  - {name: reports, command: "touch /srv/reports/today", alerts: []}
  - {name: devices, command: "ls /dev/fuse", alerts: []}
  - {name: own files, command: "touch state && touch /tmp/scratch && mktemp", alerts: []}
  - {name: processes, command: "test -r /proc/1/comm && pgrep -x systemd", alerts: []}
alerts:
  note: {command: 'printf "%s: %s\\n" {alert_message} {last_output} >>told'}
`

/** `drop` writes by its setgid bit into a directory of its group, as postdrop does. */
const PREPARE = `
set -e
useradd --system --home-dir /var/lib/minitor minitor
groupadd --system --force docker
groupadd --system --force postdrop
cp /usr/bin/touch /usr/local/bin/drop
chgrp postdrop /usr/local/bin/drop
chmod 2755 /usr/local/bin/drop
mkdir -p /var/spool/postfix/maildrop /home/anna /srv/reports /etc/sudoers.d
chown minitor /srv/reports
chgrp postdrop /var/spool/postfix/maildrop
chmod 730 /var/spool/postfix/maildrop
chmod 755 /home /home/anna
touch /dev/fuse
echo socket >/run/docker.sock
chgrp docker /run/docker.sock
chmod 660 /run/docker.sock
setcap cap_net_raw=ep "$(readlink -f "$(command -v ping)")"
echo 'minitor ALL=(root) NOPASSWD: /usr/bin/id' >/etc/sudoers.d/minitor
sysctl -n net.ipv4.ping_group_range
`

const machine = hasPrograms ? await startMachine() : undefined
const running = machine as Machine
afterAll(async () => machine?.[Symbol.asyncDispose]())

describe.skipIf(machine === undefined)('H8: the hardened unit, run by systemd', () => {
  beforeAll(async () => {
    mkdirSync(running.path('/etc/minitor'), { recursive: true })
    writeFileSync(running.path('/etc/minitor/config.yml'), CONFIG)
    copyFileSync(EXECUTABLE, running.path('/usr/local/bin/minitor'))
    copyFileSync(join(UNITS, 'minitor.service'), running.path('/etc/systemd/system/minitor.service'))
    await running.need(PREPARE)
    await running.need('systemctl daemon-reload && systemctl start minitor')
  })

  /** The daemon's last check of it, once it has this outcome. */
  const seen = (monitor: string, outcome: 'passed' | 'failed') =>
    eventually(`"${monitor}" has ${outcome}`, async () => {
      const asUser = 'setpriv --reuid=minitor --regid=minitor --clear-groups minitor'
      const { output } = await running.run(`cd / && ${asUser} history --json '${monitor}'`)
      if (!output.startsWith('{')) return undefined
      const { checks } = JSON.parse(output) as { checks: { outcome: string; output: string }[] }
      const last = checks.at(-1)
      return last?.outcome === outcome ? last : undefined
    })

  test('is active once it watches, and its checks and alerts run', async () => {
    expect(await running.need('systemctl is-active minitor')).toBe('active\n')
    await eventually('the alert is told', async () =>
      (await running.run('cat /var/lib/minitor/told')).output.includes('it is broken'),
    )
    await seen('own files', 'passed')
    await seen('processes', 'passed')
  })

  test('nothing has or gains rights', async () => {
    const { output } = await seen('privileges', 'failed')
    expect(output.replaceAll('\t', ' ').trim().split('\n')).toEqual([
      'CapPrm: 0000000000000000',
      'CapEff: 0000000000000000',
      'CapAmb: 0000000000000000',
      'NoNewPrivs: 1',
      'Seccomp: 2',
    ])
  })

  const readDropIn = (name: string) => readFileSync(join(UNITS, 'drop-ins', name), 'utf8')
  test.each([
    { monitor: 'ping', says: 'Operation not permitted', dropIn: readDropIn('ping.conf') },
    { monitor: 'sudo', says: 'The "no new privileges" flag is set', dropIn: readDropIn('sudo.conf') },
    { monitor: 'queue', says: 'Permission denied', dropIn: readDropIn('sendmail.conf') },
    { monitor: 'docker', says: 'Permission denied', dropIn: readDropIn('docker.conf') },
    { monitor: 'home', says: 'Permission denied', dropIn: '[Service]\nProtectHome=read-only\n' },
    { monitor: 'reports', says: 'Read-only file system', dropIn: '[Service]\nReadWritePaths=/srv/reports\n' },
    { monitor: 'devices', says: 'No such file or directory', dropIn: '[Service]\nPrivateDevices=no\n' },
  ])('$monitor fails and says why, and works with its drop-in alone', async ({ monitor, says, dropIn }) => {
    expect((await seen(monitor, 'failed')).output).toContain(says)
    const directory = running.path('/etc/systemd/system/minitor.service.d')
    mkdirSync(directory, { recursive: true })
    writeFileSync(join(directory, 'test.conf'), dropIn)
    await running.need('systemctl daemon-reload && systemctl restart minitor')
    await seen(monitor, 'passed')
    rmSync(join(directory, 'test.conf'))
    await running.need('systemctl daemon-reload && systemctl restart minitor')
    await seen(monitor, 'failed')
  })

  test('is restarted when it dies, and reloads', async () => {
    const mainPid = async () => (await running.need('systemctl show minitor --value -p MainPID')).trim()
    const before = await mainPid()
    await running.need(`kill -KILL ${before}`)
    await eventually('another one watches', async () => {
      const { output } = await running.run('systemctl is-active minitor')
      const now = await mainPid()
      return output === 'active\n' && now !== '0' && now !== before
    })
    const { output } = await running.run('systemctl reload minitor && minitor reload')
    expect(output).toContain('reloaded')
  })
})

describe.skipIf(machine === undefined)('H8: the unit itself', () => {
  test('systemd finds nothing to complain of', async () => {
    mkdirSync(running.path('/usr/local/share/man/man1'), { recursive: true })
    mkdirSync(running.path('/usr/local/share/man/man5'), { recursive: true })
    const pages = join(UNITS, '../man')
    copyFileSync(join(pages, 'minitor.1'), running.path('/usr/local/share/man/man1/minitor.1'))
    copyFileSync(join(pages, 'minitor.yml.5'), running.path('/usr/local/share/man/man5/minitor.yml.5'))
    expect(await running.need('systemd-analyze verify /etc/systemd/system/minitor.service')).toBe('')
  })

  test('its exposure is at most 3.0 of 10', async () => {
    const verdict = await running.need('systemd-analyze security --no-pager --threshold=30 minitor.service | tail -1')
    expect(verdict).toContain('Overall exposure level')
    expect(verdict).toContain('OK')
  })
})

const OTHER = 61_234
const canUnshare =
  process.getuid?.() === 0 && Bun.spawnSync(['unshare', '-m', 'mount', '-o', 'remount,bind,ro', '/']).success

test.skipIf(!canUnshare)(
  'H8: as another user without rights, on a read-only file system, it works without a manager',
  async () => {
    const script = `chown -R ${OTHER}:${OTHER} .; chmod 755 .; mount --bind "$PWD" "$PWD"; mount -o remount,bind,ro /; cd "$PWD"; exec "$@"`
    const ids = [`--reuid=${OTHER}`, `--regid=${OTHER}`, '--clear-groups', '--no-new-privs', '--bounding-set=-all']
    const privileges = "grep -E 'Cap(Prm|Bnd)|NoNewPrivs' /proc/self/status; touch /usr/local/written; exit 3"
    await using daemon = startDaemon({
      config: JSON.stringify({
        check_interval: '200ms',
        monitors: [
          { name: 'passing', command: ['true'] },
          { name: 'failing', command: privileges, alert_after: 1, alerts: ['note'] },
        ],
        alerts: { note: { command: 'cat >told', input: '{last_output}' } },
      }),
      wrapper: ['unshare', '-m', 'sh', '-ec', script, 'sh', 'setpriv', ...ids],
    })
    await daemon.line(({ msg }) => msg === 'note delivered "down" for "failing"')
    await daemon.line(({ msg }) => msg === '"passing" is up')
    expect(daemon.read('told').replaceAll('\t', ' ').trim().split('\n')).toEqual([
      'CapPrm: 0000000000000000',
      'CapBnd: 0000000000000000',
      'NoNewPrivs: 1',
      expect.stringContaining('Read-only file system'),
    ])
  },
)
