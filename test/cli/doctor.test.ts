import { Database } from 'bun:sqlite'
import { describe, expect, test } from 'bun:test'
import { chmodSync, chownSync, cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { canMount } from '../crash-loop/tmpfs.ts'
import { startDaemon } from '../support/daemon-process.ts'
import { eventually } from '../support/eventually.ts'
import { createWorkspace, EXECUTABLE, type Execution, type Workspace } from '../support/executable.ts'

const isRoot = process.getuid?.() === 0
const NOBODY = 65534

interface Found {
  readonly severity: string
  readonly about: string
  readonly message: string
  readonly place: string
  readonly help: string | null
}

interface Report {
  readonly ok: boolean
  readonly user: string
  readonly judged_by: string
  readonly findings: readonly Found[]
}

const config = (rest: string, web = '') => `
${web}
watchdog: {command: ["true"], interval: 1h}
monitors:
  - {name: Site, command: ["true"], alerts: [log]}
${rest}
`

const NEEDS_TOKEN = `alerts: {chat: {command: [env, "\${TOKEN}"]}}`

function reportOf({ stdout, stderr }: Pick<Execution, 'stdout' | 'stderr'>): Report {
  expect(stderr).toBe('')
  return JSON.parse(stdout) as Report
}

/** `error: message` of what is not fine, about some subjects. */
const troubleAbout = ({ findings }: Report, ...subjects: readonly string[]) =>
  findings
    .filter(({ about, severity }) => subjects.includes(about) && severity !== 'fine')
    .map(({ severity, message }) => `${severity}: ${message}`)

/** Lets another user in, as whom a service runs. */
function openTo(place: Workspace, uid: number): void {
  for (const file of ['.', ...place.files()]) {
    const path = join(place.directory, file)
    chownSync(path, uid, uid)
    chmodSync(path, file === '.' ? 0o755 : 0o640)
  }
}

describe.concurrent('doctor', () => {
  test('finds programs, scripts and directories that are missing, and names who needs them', async () => {
    using place = createWorkspace({
      'bin/there': '#!/bin/sh\n',
      'bin/odd': '#!/opt/no/interpreter\n',
      'flat.sh': '#!/bin/sh\n',
      'config.yml': config(`
  - {name: A, command: [no-such-one, x], alerts: [log]}
  - {name: B, command: "there | no-such-one || no-such-two; cd / && ./unknown; $UNKNOWN", alerts: [log]}
  - {name: C, command: [sudo, -n, no-such-three], alerts: [log]}
  - {name: D, command: [env, X=1, ./flat.sh], alerts: [log]}
  - {name: E, command: [odd], alerts: [log]}
  - {name: F, command: "true", working_directory: /no/such/place, alerts: [log]}
  - {name: G, command: [no-such-four], enabled: false, alerts: [log]}
  - {name: H, command: [bash, /no/such/script.sh], alerts: [log]}
alerts:
  chat: {command: [no-such-one, "{last_output}"]}
`),
    })
    const result = await place.minitor('doctor', '--json')
    expect(result.exitCode).toBe(1)
    const found = reportOf(result).findings.filter(({ about, severity }) => about === 'programs' && severity !== 'fine')
    expect(found.map(({ severity, message, place }) => `${severity}: ${message} (${place})`).toSorted()).toEqual(
      [
        'error: no-such-one is not installed, or not in PATH (monitor "A", alert "chat")',
        'warning: no-such-one is not installed, or not in PATH (monitor "B")',
        'error: no-such-two is not installed, or not in PATH (monitor "B")',
        'error: no-such-three is not installed, or not in PATH (monitor "C")',
        `error: the user ${userName()} may not execute ${join(place.directory, 'flat.sh')} (monitor "D")`,
        `error: ${join(place.directory, 'bin/odd')} cannot run: /opt/no/interpreter, named in its first line, is missing (monitor "E")`,
        'error: the working directory /no/such/place does not exist (monitor "F")',
        'error: there is no script /no/such/script.sh (monitor "H")',
      ].toSorted(),
    )
  })

  test('finds secrets that all users can read, and prints none', async () => {
    using place = createWorkspace({
      'config.yml': config(
        `  - {name: A, command: ["/opt/\${file:token}/check"], alerts: [log]}\nalerts: {mail: {command: [curl, -f, "\${file:token}"]}}`,
        `web: {auth: {tokens: [Sesame0123456789Open]}, feed_key: Feed0123456789key}`,
      ),
      token: 'hunter2hunter2',
    })
    // Above it, everything lets others in.
    chmodSync(place.directory, 0o755)
    const result = await place.minitor('doctor', '--json')
    const open = reportOf(result).findings.filter(
      ({ about, severity }) => about === 'permissions' && severity === 'error',
    )
    expect(open.map((one) => one.place)).toEqual([join(place.directory, 'config.yml'), join(place.directory, 'token')])
    const verbose = await place.minitor('doctor', '-v')
    for (const text of [result.stdout, verbose.stdout]) {
      expect(text).not.toMatch(/Sesame|hunter2|Feed0123/)
      expect(text).toContain('there is no program /opt/***/check')
    }
    for (const file of ['config.yml', 'token']) chmodSync(join(place.directory, file), 0o640)
    expect(troubleAbout(reportOf(await place.minitor('doctor', '--json')), 'permissions')).toEqual([])
  })

  // What somebody else has made in the place of files must neither hold up nor end who looks at them.
  const ODD: readonly { name: string; make: string; args: readonly string[]; says: string }[] = [
    { name: 'a FIFO as configuration', make: 'mkfifo odd', args: ['-c', 'odd'], says: 'odd: it is not a file' },
    { name: 'a device as configuration', make: ':', args: ['-c', '/dev/zero'], says: '/dev/zero: it is not a file' },
    { name: 'a circle of links as configuration', make: 'ln -s odd odd', args: ['-c', 'odd'], says: 'go in a circle' },
    { name: 'a configuration below a file', make: ':', args: ['-c', 'config.yml/x'], says: 'config.yml/x' },
    { name: 'a name that is too long', make: ':', args: ['-c', 'x'.repeat(300)], says: 'ENAMETOOLONG' },
    {
      name: 'a FIFO among the files',
      make: 'mkdir odd; mkfifo odd/a.yml',
      args: ['-c', 'odd'],
      says: 'a.yml: it is not a file',
    },
    { name: 'a FIFO as program', make: 'mkfifo -m 755 bin/odd', args: ['-c', 'named.yml'], says: 'minitor' },
    { name: 'a FIFO as unit', make: 'mkfifo odd', args: ['--unit', 'odd'], says: 'cannot read the unit odd' },
    { name: 'a FIFO as environment', make: 'mkfifo odd', args: ['--unit', 'fifo.service'], says: 'the environment in' },
    {
      name: 'a device as environment',
      make: ':',
      args: ['--unit', 'zero.service'],
      says: 'the environment in /dev/zero',
    },
    { name: 'a FIFO as database', make: 'mkfifo -m 600 odd', args: ['--database', 'odd'], says: 'odd is not a file' },
    { name: 'a circle of links as database', make: 'ln -s odd odd', args: ['--database', 'odd/m.db'], says: 'odd' },
  ]
  test.each(ODD)('$name is looked at, and told', async ({ make, args, says }) => {
    using place = createWorkspace({
      'config.yml': config(''),
      'named.yml': config('  - {name: Odd, command: [odd], alerts: [log]}'),
      'bin/none': '',
      'zero.service': '[Service]\nEnvironmentFile=/dev/zero\n',
    })
    place.write('fifo.service', `[Service]\nEnvironmentFile=${join(place.directory, 'odd')}\n`)
    expect(await place.shell(make)).toMatchObject({ exitCode: 0 })
    const { exitCode, stdout, stderr } = await place.minitor('doctor', ...args)
    expect([0, 1, 2]).toContain(exitCode)
    expect(stdout + stderr).toContain(says)
  })

  test('the daemon is asked directly, whatever proxy the shell has', async () => {
    const asked: string[] = []
    using proxy = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch(request) {
        asked.push(String(request.headers.get('Authorization')))
        return new Response('ok')
      },
    })
    await using daemon = startDaemon({
      config: config('', 'web: {listen: "127.0.0.1:0", auth: {tokens: [Sesame0123456789Open]}}'),
      env: { HTTP_PROXY: String(proxy.url), http_proxy: String(proxy.url) },
    })
    await daemon.watches()
    await daemon.minitor('doctor')
    expect(asked).toEqual([])
  })

  test.skipIf(!isRoot)('a configuration that the user may not see', async () => {
    using place = createWorkspace({ 'config.yml': config('') })
    for (const command of ['doctor', 'reload', 'healthcheck']) {
      const { exitCode, stderr } = await place.shell(
        `exec setpriv --reuid=${NOBODY} --regid=${NOBODY} --clear-groups "$MINITOR" ${command} -c config.yml`,
      )
      expect([1, 2]).toContain(exitCode)
      expect(stderr).not.toContain('bug')
    }
  })

  test('a database in memory, in a directory that is missing, of a newer Minitor, or open to all', async () => {
    using place = createWorkspace({ 'config.yml': config('') })
    const trouble = async (...args: string[]) =>
      troubleAbout(reportOf(await place.minitor('doctor', '--json', ...args)), 'database', 'permissions')
    expect(await trouble('--database', ':memory:')).toEqual([
      'warning: state and history are in memory: a restart forgets them',
    ])
    expect(await trouble('--database', '/no/such/place/minitor.db')).toEqual([
      'error: there is no directory /no/such/place',
    ])
    const shm = mkdtempSync('/dev/shm/minitor-doctor-')
    try {
      expect(await trouble('--database', join(shm, 'minitor.db'))).toEqual([
        'error: the database is in memory (tmpfs): a restart of the machine forgets it',
      ])
    } finally {
      rmSync(shm, { recursive: true })
    }
    const path = join(place.directory, 'minitor.db')
    const database = new Database(path, { create: true })
    database.run('PRAGMA user_version = 999')
    database.run('CREATE TABLE facts (name TEXT PRIMARY KEY, value ANY)')
    database.close()
    chmodSync(place.directory, 0o755)
    chmodSync(path, 0o644)
    const [newer, ...others] = await trouble()
    expect(newer).toBe('error: all users of this machine can read this file, and there are secrets in it')
    expect(others).toHaveLength(1)
    expect(others[0]).toContain('was written by a newer Minitor (schema 999,')
  })

  test('goes on beside a configuration with mistakes, and says them', async () => {
    using place = createWorkspace({
      'config.yml': `database: /no/such/place/minitor.db\nmonitors:\n  - {nam: x}\nweb: {listen: ":1"}\n`,
    })
    const result = await place.minitor('doctor', '--json')
    expect(result.exitCode).toBe(2)
    const report = reportOf(result)
    expect(report.ok).toBe(false)
    const [mistake] = report.findings.filter(({ about }) => about === 'configuration')
    expect(mistake?.severity).toBe('error')
    expect(mistake?.place).toBe(`${join(place.directory, 'config.yml')}:3:5`)
    expect(mistake?.help).toBe('add command: [PROGRAM, ARGUMENT, …]')
    expect(troubleAbout(report, 'database')).toEqual(['error: there is no directory /no/such/place'])
    const subjects = new Set(report.findings.map(({ about }) => about))
    for (const about of ['clock', 'time_zone', 'temporary_files', 'daemon']) expect(subjects).toContain(about)
  })

  test('no file at all is a mistake, too', async () => {
    using place = createWorkspace()
    const { exitCode, stdout } = await place.minitor('doctor')
    expect(exitCode).toBe(2)
    expect(stdout).toContain('cannot read')
  })

  test('limits: as many open files as the checks at once need', async () => {
    using place = createWorkspace({
      'config.yml': config(
        Array.from({ length: 60 }, (_, index) => `  - {name: N${index}, command: ["true"], alerts: [log]}`).join('\n'),
      ),
    })
    const { stdout } = await place.shell(`prlimit --nofile=200 "$MINITOR" doctor --json`)
    expect(troubleAbout(JSON.parse(stdout), 'limits')).toEqual([
      'error: about 283 open files are needed for 61 checks at once, and the limit is 200',
    ])
    expect(troubleAbout(reportOf(await place.minitor('doctor', '--json')), 'limits')).toEqual([])
  })

  test('an alert is to be tried once, and again when it has changed', async () => {
    const alerts = (program: string) =>
      config(`  - {name: X, command: "true", alerts: [mail]}\nalerts: {mail: {command: [${program}]}}`)
    await using daemon = startDaemon({ config: alerts('"true"'), env: { MINITOR_DATABASE: 'other.db' } })
    await daemon.watches()
    const trouble = async () => troubleAbout(JSON.parse((await daemon.minitor('doctor', '--json')).stdout), 'alerts')
    expect(await trouble()).toEqual(['warning: alert mail has never been tried'])
    expect((await daemon.minitor('alert', 'mail')).exitCode).toBe(0)
    expect(await trouble()).toEqual([])
    daemon.write('config.yml', alerts('"true", x'))
    expect(await trouble()).toEqual([
      expect.stringMatching(/^warning: alert mail has changed since it was last tried \(/),
    ])
    daemon.write('config.yml', alerts('"false"'))
    expect((await daemon.minitor('alert', 'mail')).exitCode).toBe(1)
    expect(await trouble()).toEqual([
      expect.stringMatching(/^error: alert mail failed when it was last tried \(.*\): exit code 1/),
    ])
  })

  test('a daemon: what it tries counts, the file may have changed, and it says what is wrong with it', async () => {
    const TOKEN = 'Sesame0123456789Open'
    const broken = config(
      '  - {name: X, command: "false", check_interval: 1h, alert_after: 1, alerts: [mail]}\nalerts: {mail: {command: "false", retry_for: 0s}}',
      `web: {listen: "127.0.0.1:0", auth: {tokens: [${TOKEN}]}}`,
    )
    await using daemon = startDaemon({ config: broken, args: ['run', '--database', 'named.db'] })
    await daemon.line(({ msg }) => msg.includes('failed for good'))
    const examine = async () => JSON.parse((await daemon.minitor('doctor', '--json')).stdout) as Report
    const isNoted = async () => troubleAbout(await examine(), 'alerts').some((one) => one.includes('failed when'))
    await eventually('the try is noted', isNoted)
    const report = await examine()
    expect(report.judged_by).toBe(`the daemon (pid ${daemon.pid})`)
    expect(report.findings.find(({ about }) => about === 'database')?.place).toBe(daemon.path('named.db'))
    const ILL = 'error: the daemon is not healthy: alert mail has reached nobody: exit code 1'
    expect(troubleAbout(report, 'health', 'daemon')).toEqual([ILL])
    daemon.write('config.yml', `# a comment changes nothing\n${broken}`)
    expect(troubleAbout(await examine(), 'daemon')).toEqual([])
    // The other address waits for a restart.
    daemon.write('config.yml', broken.replace('1h', '2h').replace('127.0.0.1:0', '127.0.0.1:1'))
    expect(troubleAbout(await examine(), 'daemon')).toEqual([
      'warning: the configuration has changed since the daemon read it',
    ])
    await daemon.minitor('reload')
    expect(troubleAbout(await examine(), 'health', 'daemon')).toEqual([ILL])
    daemon.write('config.yml', 'monitors: 1')
    await daemon.minitor('reload')
    expect(troubleAbout(await examine(), 'daemon')).toEqual([
      'error: the daemon has refused the configuration and goes on with the old one',
    ])
  })

  test('a daemon whose executable was replaced', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'minitor-doctor-'))
    const copy = join(directory, 'minitor')
    try {
      cpSync(EXECUTABLE, copy)
      await using daemon = startDaemon({
        config: config(''),
        wrapper: ['sh', '-c', `shift; exec "${copy}" "$@"`, 'sh'],
      })
      await daemon.watches()
      rmSync(copy)
      cpSync('/bin/true', copy)
      const { stdout } = await daemon.minitor('doctor', '--json')
      expect(troubleAbout(JSON.parse(stdout), 'daemon')).toEqual([
        'warning: the daemon runs an executable that was replaced since',
      ])
    } finally {
      rmSync(directory, { recursive: true })
    }
  })

  test('by a unit: its user, limits, environment and what it takes from programs', async () => {
    using place = createWorkspace({
      'config.yml': config(NEEDS_TOKEN),
      env: 'TOKEN="a b"\n',
      'minitor.service':
        '[Service]\nUser=root\nEnvironmentFile=%DIR%/env\nLimitNOFILE=90\nExecStart=minitor\nProtectSystem=strict\n',
      'minitor.service.d/10-more.conf': '[Service]\nEnvironment=PATH=/nowhere\n',
    })
    place.write('minitor.service', place.read('minitor.service').replace('%DIR%', place.directory))
    const result = await place.minitor('doctor', '--json', '--unit', 'minitor.service')
    const report = reportOf(result)
    expect(report.judged_by).toBe(join(place.directory, 'minitor.service'))
    expect(report.user).toBe('root')
    expect(troubleAbout(report, 'configuration')).toEqual(['warning: alert "chat": no monitor uses it'])
    expect(troubleAbout(report, 'programs')).toContain('error: true is not installed, or not in PATH')
    expect(troubleAbout(report, 'database')).toEqual([
      `error: the unit keeps the service from writing in ${place.directory}`,
    ])
    expect(troubleAbout(report, 'limits')).toEqual([
      'error: about 103 open files are needed for 1 check at once, and the limit is 90',
    ])
    expect((await place.minitor('doctor', '--unit', 'no-such.service')).exitCode).toBe(2)
  })

  test('by a unit whose user is missing, files are judged for nobody', async () => {
    using place = createWorkspace({
      'config.yml': config('  - {name: A, command: [sudo, -n, "true"], alerts: [log]}'),
      'bin/sudo': '#!/bin/sh\n',
      'minitor.service': '[Service]\nUser=no-such-user\nEnvironment=PATH=%BIN%:/usr/bin\nRestrictSUIDSGID=yes\n',
    })
    place.write('minitor.service', place.read('minitor.service').replace('%BIN%', join(place.directory, 'bin')))
    chmodSync(join(place.directory, 'bin/sudo'), 0o4755)
    const report = reportOf(await place.minitor('doctor', '--json', '--unit', 'minitor.service'))
    expect(troubleAbout(report, 'service', 'privileges', 'database')).toEqual([
      'error: there is no user no-such-user, as whom the service is to run',
      'error: sudo cannot work: it is setuid, which RestrictSUIDSGID takes away',
    ])
    expect(report.findings.filter(({ about }) => about === 'daemon')).toEqual([])
  })

  test.skipIf(!isRoot)(
    'as root, it looks as the user of the service, who may not do what root may (needs root)',
    async () => {
      using place = createWorkspace({
        'config.yml': config(
          '  - {name: A, command: [./mine.sh], alerts: [log]}\n  - {name: M, command: [sendmail, -i], alerts: [log]}',
        ),
        'mine.sh': '#!/bin/sh\n',
        'minitor.db-wal': '',
        'minitor.service': `[Service]\nUser=nobody\nNoNewPrivileges=yes\n`,
        'bin/exim4': '#!/bin/sh\n',
      })
      openTo(place, NOBODY)
      place.write(
        'minitor.service',
        `[Service]\nUser=nobody\nNoNewPrivileges=yes\nWorkingDirectory=${place.directory}\nEnvironment=PATH=${place.directory}/bin:/usr/bin\n`,
      )
      for (const file of ['mine.sh', 'minitor.db-wal']) chownSync(join(place.directory, file), 0, 0)
      chmodSync(join(place.directory, 'mine.sh'), 0o700)
      chmodSync(join(place.directory, 'bin'), 0o755)
      symlinkSync('exim4', join(place.directory, 'bin/sendmail'))
      chownSync(join(place.directory, 'bin/exim4'), 0, 0)
      chmodSync(join(place.directory, 'bin/exim4'), 0o4755)
      const report = reportOf(await place.minitor('doctor', '--json', '--unit', 'minitor.service'))
      expect(report.user).toBe('nobody')
      expect(troubleAbout(report, 'programs')).toEqual([
        `error: the user nobody may not execute ${join(place.directory, 'mine.sh')}`,
      ])
      expect(troubleAbout(report, 'database')).toEqual([
        `error: the user nobody may not write ${join(place.directory, 'minitor.db-wal')}`,
      ])
      expect(troubleAbout(report, 'privileges')).toEqual([
        `error: sendmail (${join(place.directory, 'bin/exim4')}) cannot put mail into the queue: it is setuid, which NoNewPrivileges takes away`,
      ])
    },
  )

  test.skipIf(!isRoot)(
    'an ordinary user is told what could not be looked at, and nothing is guessed (needs root)',
    async () => {
      using place = createWorkspace({ 'config.yml': config(NEEDS_TOKEN) })
      place.write('minitor.db', '')
      openTo(place, NOBODY)
      chmodSync(join(place.directory, 'config.yml'), 0o644)
      const { stdout, exitCode } = await place.shell(
        `setpriv --reuid 1 --regid 1 --clear-groups "$MINITOR" doctor --json`,
      )
      const report = JSON.parse(stdout) as Report
      expect(report.findings.filter(({ severity }) => severity === 'error')).toEqual([])
      expect(troubleAbout(report, 'service', 'configuration')).toEqual([
        'unknown: could not look at the environment of the user nobody',
        'unknown: could not look at files as the user nobody sees them',
        'unknown: alert "chat": the environment variable TOKEN is not set',
      ])
      expect(exitCode).toBe(2)
    },
  )

  test.skipIf(!canMount())('a daemon with restrictions, and with a file system of its own (needs root)', async () => {
    const wrapper = [
      'unshare',
      '--mount',
      'sh',
      '-c',
      'mount -t tmpfs -o size=64k none "$TMPDIR" && head -c 99999 /dev/zero >"$TMPDIR/x"; exec setpriv --no-new-privs --bounding-set -net_raw -- "$@"',
      'sh',
    ]
    await using daemon = startDaemon({
      config: config('  - {name: P, command: [sh, -c, "exit 0", ping], alerts: [log]}'),
      wrapper,
    })
    await daemon.watches()
    const report = JSON.parse((await daemon.minitor('doctor', '--json')).stdout) as Report
    expect(troubleAbout(report, 'temporary_files')).toEqual([
      `warning: no pipe can be made in ${daemon.path('tmp')}: it is full; /dev/shm is used instead`,
    ])
    expect(troubleAbout(report, 'service')).toEqual([])
  })

  test('reads well: trouble first, each with what to do, no wider than the terminal, then what is fine', async () => {
    using place = createWorkspace({
      'config.yml': config('  - {name: A, command: [no-such-one], alerts: [log]}', 'web: {listen: ":1"}'),
    })
    const { stdout } = await place.onTerminal({ NO_COLOR: '1' }, 'doctor')
    const lines = stdout.trimEnd().split('\r\n')
    expect(lines[0]).toBe(`As the user ${userName()}, with the rights of this shell:`)
    expect(lines.slice(2, 5)).toEqual([
      'error: no-such-one is not installed, or not in PATH',
      ' --> monitor "A"',
      '  = help: install it, or write its full path',
    ])
    expect(lines.filter((line) => Bun.stringWidth(line) > 80)).toEqual([])
    expect(lines.at(-1)).toMatch(/^1 error, \d warnings, \d+ things are fine \(-v lists them\)$/)
    expect(lines).not.toContain(expect.stringMatching(/^fine:/))
    const coloured = await place.onTerminal({}, 'doctor', '-v')
    expect(coloured.stdout).toContain('\u001b[31merror')
    expect(Bun.stripANSI(coloured.stdout)).toMatch(/\r\nfine: pipes are made in /)
  })

  test('changes nothing, and runs nothing that the configuration names', async () => {
    using place = createWorkspace({
      'config.yml': config(
        '  - {name: A, command: "touch ran", alerts: [mail]}\nalerts: {mail: {command: "touch told"}}\nguard: {command: "touch guarded"}',
      ),
    })
    const before = place.files()
    await place.minitor('doctor')
    expect(place.files()).toEqual(before)
  })
})

function userName(): string {
  return Bun.spawnSync(['id', '-un']).stdout.toString().trim()
}
