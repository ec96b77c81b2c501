import { describe, expect, test } from 'bun:test'
import { aCard, aConfig, aMonitor, anAlert } from '../../../test/support/samples.ts'
import { DAY, HOUR, MINUTE } from '../../../test/support/time.ts'
import type { Place } from '../../core/model/cluster-config.ts'
import type { Config } from '../../core/model/config.ts'
import { configFingerprint, fingerprintOf } from '../../engine/delivery/trial.ts'
import { adviceFindings } from './advice.ts'
import { alertFindings } from './alerts.ts'
import { ALL_CAPABILITIES, NET_RAW, readCapabilities } from './capabilities.ts'
import { type ClusterFact, clusterFindings } from './cluster.ts'
import { askHealth, type DaemonFact, daemonFindings, healthFindings, listenersIn } from './daemon.ts'
import { type DatabaseFact, databaseFindings, expectedBytes } from './database.ts'
import type { Finding } from './finding.ts'
import { limitFindings } from './limits.ts'
import { type MachineFact, machineFindings } from './machine.ts'
import { permissionFindings, secretsOf } from './permissions.ts'
import { type PrivilegedFact, privilegeFindings } from './privileges.ts'
import { type Look, programFindings } from './programs.ts'
import { isBelow, noNewPrivilegesBy, parseUnit, reachOf } from './unit.ts'

/** `error: message`, those that are fine left out. */
const trouble = (findings: readonly Finding[]): readonly string[] =>
  findings.filter(({ severity }) => severity !== 'fine').map(({ severity, message }) => `${severity}: ${message}`)

const VIEWER = { user: 'minitor', isService: true }
const STRANGER = { user: 'minitor', isService: false }
const MIB = 1024 * 1024

describe('programs', () => {
  const named = { kind: 'program', name: 'jq', isForOther: false, hasAlternative: false } as const
  const find = (look: Look, changes = {}, viewer = VIEWER) =>
    programFindings([{ ...named, by: ['monitor "a"'], look, ...changes }], viewer)
  const forbidden = { kind: 'forbidden', file: '/opt/x' } as const
  test.each([
    { name: 'found', findings: find({ kind: 'found', file: '/usr/bin/jq' }), expected: [] },
    { name: 'missing', findings: find({ kind: 'missing' }), expected: ['error: jq is not installed, or not in PATH'] },
    {
      name: 'missing, with an alternative',
      findings: find({ kind: 'missing' }, { hasAlternative: true }),
      expected: ['warning: jq is not installed, or not in PATH'],
    },
    {
      name: 'a path that is missing',
      findings: find({ kind: 'missing' }, { name: '/opt/x' }),
      expected: ['error: there is no program /opt/x'],
    },
    {
      name: 'a script that is missing',
      findings: find({ kind: 'missing' }, { name: '/opt/x.py', kind: 'script' }),
      expected: ['error: there is no script /opt/x.py'],
    },
    { name: 'not executable', findings: find(forbidden), expected: ['error: the user minitor may not execute /opt/x'] },
    { name: 'not executable for somebody else', findings: find(forbidden, {}, STRANGER), expected: [] },
    {
      name: 'hidden by the unit',
      findings: find({ kind: 'hidden', file: '/home/a/x' }),
      expected: ['error: the unit hides /home/a/x from the service'],
    },
    {
      name: 'an interpreter that is missing',
      findings: find({ kind: 'interpreter_missing', file: '/opt/x', interpreter: '/bin/nosh' }),
      expected: ['error: /opt/x cannot run: /bin/nosh, named in its first line, is missing'],
    },
    {
      name: 'a working directory that is missing',
      findings: find({ kind: 'directory_missing' }, { name: '/srv/x' }),
      expected: ['error: the working directory /srv/x does not exist'],
    },
  ])('$name', ({ findings, expected }) => {
    expect(trouble(findings)).toEqual(expected)
  })

  test('many monitors that name one are one finding, with some of their names', () => {
    const by = ['monitor "a"', 'monitor "b"', 'monitor "b"', 'alert "c"', 'guard', 'watchdog']
    const [finding] = programFindings([{ ...named, by, look: { kind: 'missing' } }], VIEWER)
    expect(finding?.place).toBe('monitor "a", monitor "b", alert "c" and 2 more')
  })
})

describe('privileges', () => {
  const plain = { uid: 0, gid: 0, isSetuid: false, isSetgid: false, capabilities: null }
  const fact = (program: string, changes: Partial<PrivilegedFact>): PrivilegedFact => ({
    program,
    file: `/usr/bin/${program}`,
    by: ['monitor "a"'],
    ...plain,
    ...changes,
  })
  const account = { name: 'minitor', uid: 990, gid: 990, groups: [991] }
  const free = { account, noNewPrivileges: [], bounding: ALL_CAPABILITIES, ambient: 0n, mayPing: false }
  const bound = { ...free, noNewPrivileges: ['RestrictSUIDSGID'] }
  const sudo = fact('sudo', { isSetuid: true })
  const postdrop = fact('sendmail', { isSetgid: true, gid: 120, file: '/usr/sbin/postdrop' })
  const ping = fact('ping', { capabilities: { permitted: NET_RAW, isEffective: true } })
  test.each([
    { name: 'nothing is taken away', facts: [sudo, postdrop, ping], service: free, expected: [] },
    {
      name: 'sudo',
      facts: [sudo],
      service: bound,
      expected: ['error: sudo cannot work: it is setuid, which RestrictSUIDSGID takes away'],
    },
    {
      name: "Postfix's sendmail",
      facts: [postdrop],
      service: bound,
      expected: [
        'error: sendmail (/usr/sbin/postdrop) cannot put mail into the queue: it is setgid, which RestrictSUIDSGID takes away',
      ],
    },
    {
      name: 'a group that the service is in',
      facts: [fact('msmtp', { isSetgid: true, gid: 991 })],
      service: bound,
      expected: [],
    },
    {
      name: 'some other program',
      facts: [fact('crontab', { isSetgid: true, gid: 120 })],
      service: bound,
      expected: ['warning: crontab has no rights of its own: it is setgid, which RestrictSUIDSGID takes away'],
    },
    {
      name: 'root has all rights',
      facts: [sudo],
      service: { ...bound, account: { ...account, uid: 0 } },
      expected: [],
    },
    {
      name: 'ping under NoNewPrivileges',
      facts: [ping],
      service: bound,
      expected: ['warning: ping may lack CAP_NET_RAW, which RestrictSUIDSGID takes away'],
    },
    { name: 'ping where everybody may', facts: [ping], service: { ...bound, mayPing: true }, expected: [] },
    { name: 'ping with the capability', facts: [ping], service: { ...bound, ambient: NET_RAW }, expected: [] },
    {
      name: 'ping that the kernel would not execute',
      facts: [ping],
      service: { ...free, bounding: 0n, mayPing: true },
      expected: ['error: ping cannot be executed: the service cannot have CAP_NET_RAW'],
    },
  ])('$name', ({ facts, service, expected }) => {
    expect(trouble(privilegeFindings(facts, service))).toEqual(expected)
  })
})

test.each([
  { settings: 'NoNewPrivileges=yes', expected: ['NoNewPrivileges'] },
  { settings: 'User=minitor, NoNewPrivileges=no, LockPersonality=yes', expected: ['LockPersonality'] },
  { settings: 'LockPersonality=yes', expected: [] },
  { settings: 'User=m, SystemCallFilter=@system-service, SystemCallFilter=', expected: [] },
  { settings: 'User=m, ProtectClock=no', expected: [] },
  {
    settings: 'User=m, RestrictSUIDSGID=yes, # RestrictRealtime=yes, [Install], ProtectClock=yes',
    expected: ['RestrictSUIDSGID'],
  },
  { settings: 'DynamicUser=yes', expected: ['DynamicUser'] },
])('what keeps programs from gaining rights: $settings', ({ settings, expected }) => {
  expect(noNewPrivilegesBy(parseUnit(`[Service]\n${settings.replaceAll(', ', '\n')}`))).toEqual(expected)
})

test.each([
  { settings: 'User=m', hidden: [], writable: null },
  { settings: 'ProtectHome=yes, ProtectSystem=full', hidden: ['/home', '/root', '/run/user'], writable: null },
  { settings: 'ProtectHome=read-only, ProtectSystem=strict', hidden: [], writable: ['/dev/shm'] },
  {
    settings: 'ProtectSystem=strict, StateDirectory=minitor more, PrivateTmp=yes, ReadWritePaths=-/srv/x /srv/y',
    hidden: [],
    writable: ['/var/lib/minitor', '/var/lib/more', '/srv/x', '/srv/y', '/tmp', '/var/tmp', '/dev/shm'],
  },
])('what a unit does to the file system: $settings', ({ settings, ...expected }) => {
  expect(reachOf(parseUnit(`[Service]\n${settings.replaceAll(', ', '\n')}`))).toEqual(expected)
})

test('what is below a directory', () => {
  expect(['/a', '/a/b', '/ab', '/'].map((path) => isBelow(path, ['/a/']))).toEqual([true, true, false, false])
})

test('settings of a unit: continued lines, comments, lists and what resets them', () => {
  const text = '[Unit]\nX=1\n[Service]\nA=1\nA=2 \\\n 3\n; A=4\nB=1\nB=\nC = x=y\n'
  expect(Object.fromEntries(parseUnit(text))).toEqual({ A: ['1', '2   3'], B: [], C: ['x=y'] })
})

test.each([
  { values: undefined, expected: null },
  { values: [], expected: 0n },
  { values: ['CAP_NET_RAW'], expected: NET_RAW },
  { values: ['CAP_CHOWN', 'cap_net_raw'], expected: NET_RAW | 1n },
  { values: ['~CAP_NET_RAW'], expected: ALL_CAPABILITIES & ~NET_RAW },
  { values: ['CAP_CHOWN CAP_NET_RAW', '~CAP_NET_RAW'], expected: 1n },
])('capabilities of a unit: $values', ({ values, expected }) => {
  expect(readCapabilities(values)).toBe(expected)
})

describe('alerts', () => {
  const mail = anAlert({ name: 'mail', fallback: 'sms' })
  const sms = anAlert({ name: 'sms' })
  const unused = anAlert({ name: 'unused' })
  const config = aConfig(
    [aMonitor({ policy: { ...aMonitor().policy, alertDown: [{ alert: 'mail', after: null }] } })],
    [mail, sms, unused],
  )
  const trial = (alert: typeof mail, changes = {}) => ({
    alert: alert.name,
    fingerprint: fingerprintOf(alert),
    atMs: 0,
    isDelivered: true,
    reason: '',
    ...changes,
  })
  const find = (...trials: ReturnType<typeof trial>[]) =>
    trouble(alertFindings(config, new Map(trials.map((one) => [one.alert, one])), DAY))
  test('those that are used, and their fallbacks, are to be tried', () => {
    expect(find()).toEqual(['warning: alert mail has never been tried', 'warning: alert sms has never been tried'])
  })
  test('one that delivers is fine; another definition is another alert; a failure is an error', () => {
    const changed = trial({ ...sms, env: { TOKEN: 'x' } }, { atMs: HOUR })
    expect(find(trial(mail), trial(sms))).toEqual([])
    expect(find(trial(mail), changed)[0]).toStartWith('warning: alert sms has changed since it was last tried (')
    expect(find(trial(mail), trial(sms, { isDelivered: false, reason: 'exit code 1' }))[0]).toMatch(
      /^error: alert sms failed when it was last tried \(.*\): exit code 1$/,
    )
  })
  test('without a database, nobody knows', () => {
    expect(trouble(alertFindings(config, null, 0))).toEqual([
      'unknown: whether alerts have been tried is not known without the database',
    ])
  })
})

describe('database', () => {
  const sound: DatabaseFact = {
    path: '/var/lib/minitor/minitor.db',
    directory: 'usable',
    isInReach: true,
    isReplaceable: false,
    notWritable: [],
    refusal: null,
    isThere: true,
    isOlder: false,
    fileSystem: 0xef53,
    freeBytes: 1000 * MIB,
    sizeBytes: MIB,
  }
  test.each([
    { name: 'sound', fact: {}, expected: [] },
    { name: 'older', fact: { isOlder: true }, expected: [] },
    {
      name: 'in memory',
      fact: { path: ':memory:' },
      expected: ['warning: state and history are in memory: a restart forgets them'],
    },
    {
      name: 'no directory',
      fact: { directory: 'missing' },
      expected: ['error: there is no directory /var/lib/minitor'],
    },
    {
      name: 'a directory of others',
      fact: { directory: 'not_writable' },
      expected: ['error: the user minitor may not write /var/lib/minitor'],
    },
    {
      name: 'a log of root',
      fact: { notWritable: ['/x/minitor.db-wal'] },
      expected: ['error: the user minitor may not write /x/minitor.db-wal'],
    },
    {
      name: 'a directory for all',
      fact: { isReplaceable: true },
      expected: ['error: all users of this machine can replace files in /var/lib/minitor'],
    },
    {
      name: 'out of the reach of the unit',
      fact: { isInReach: false },
      expected: ['error: the unit keeps the service from writing in /var/lib/minitor'],
    },
    { name: 'refused', fact: { refusal: { reason: 'newer', hint: 'x' } }, expected: ['error: newer'] },
    {
      name: 'NFS',
      fact: { fileSystem: 0x6969 },
      expected: ['error: the database is on a network file system (NFS), whose locks SQLite cannot rely on'],
    },
    {
      name: 'CIFS, as a negative number',
      fact: { fileSystem: 0xff534d42 | 0 },
      expected: ['error: the database is on a network file system (CIFS), whose locks SQLite cannot rely on'],
    },
    {
      name: 'tmpfs',
      fact: { fileSystem: 0x01021994 },
      expected: ['error: the database is in memory (tmpfs): a restart of the machine forgets it'],
    },
    {
      name: 'overlay',
      fact: { fileSystem: 0x794c7630 },
      expected: ['warning: the database is in the layer of a container (overlay), and goes with it'],
    },
    {
      name: 'FUSE',
      fact: { fileSystem: 0x65735546 },
      expected: ['warning: the database is on FUSE, whose locks SQLite may not be able to rely on'],
    },
    {
      name: 'a full disk',
      fact: { freeBytes: 3 * MIB },
      expected: ['error: 3.0 MiB is free on the disk of the database'],
    },
    {
      name: 'a disk that will be full',
      fact: { freeBytes: 100 * MIB },
      expected: ['error: history will grow by about 99.0 MiB, and 100 MiB is free on its disk'],
    },
  ] as const)('$name', ({ fact, expected }) => {
    expect(trouble(databaseFindings({ ...sound, ...fact }, 100 * MIB, VIEWER))).toEqual(expected)
  })
  test('what somebody else may not write is no trouble', () => {
    const fact: DatabaseFact = { ...sound, directory: 'not_writable', notWritable: ['/x'] }
    expect(trouble(databaseFindings(fact, 0, STRANGER))).toEqual([])
  })
  test('a shorter interval and a longer retention take more room; what is paused takes none', () => {
    const bytes = (monitor: Parameters<typeof aMonitor>[0], days = 7) =>
      expectedBytes({ monitors: [aMonitor(monitor)], retention: { checksMs: days * DAY, hourlyMs: DAY, dailyMs: DAY } })
    const every = (intervalMs: number) => ({ schedule: { kind: 'interval', intervalMs } as const })
    expect(bytes(every(MINUTE))).toBeGreaterThan(bytes(every(HOUR)))
    expect(bytes(every(MINUTE), 30)).toBeGreaterThan(bytes(every(MINUTE)))
    expect(bytes({ isEnabled: false })).toBe(0)
  })
})

test.each([
  { name: 'room for all', openFileLimit: 1024, processLimit: Infinity, most: 256, expected: [] },
  {
    name: 'too few open files',
    openFileLimit: 256,
    processLimit: 4096,
    most: 256,
    expected: ['error: about 400 open files are needed for 100 checks at once, and the limit is 256'],
  },
  { name: 'fewer at once', openFileLimit: 256, processLimit: 4096, most: 10, expected: [] },
  {
    name: 'too few processes',
    openFileLimit: 1024,
    processLimit: 128,
    most: 256,
    expected: ['error: about 350 processes are needed for 100 checks at once, and the limit is 128'],
  },
  {
    name: 'not known',
    openFileLimit: null,
    processLimit: 999,
    most: 1,
    expected: ['unknown: the limit of open files is not known'],
  },
])('limits: $name', ({ openFileLimit, processLimit, most, expected }) => {
  const monitors = Array.from({ length: 100 }, () => aMonitor())
  const service = { openFileLimit, processLimit, name: 'the daemon' }
  expect(trouble(limitFindings({ monitors, maxConcurrentChecks: most }, service))).toEqual(expected)
})

describe('machine', () => {
  const sound: MachineFact = {
    isClockSynchronised: true,
    clockKeeper: null,
    timeZone: '',
    hasLocalZone: true,
    temporary: [{ directory: '/tmp', trouble: null }],
  }
  const full = { directory: '/tmp', trouble: 'it is full' }
  const NO_CLOCK =
    'warning: nothing keeps the clock of this machine right: times, schedules and certificates may be wrong'
  test.each([
    { name: 'sound', fact: {}, expected: [] },
    { name: 'no time from anywhere', fact: { isClockSynchronised: false }, expected: [NO_CLOCK] },
    {
      name: 'chrony, which does not tell the kernel',
      fact: { isClockSynchronised: false, clockKeeper: 'chronyd' },
      expected: [],
    },
    {
      name: 'a kernel that does not tell',
      fact: { isClockSynchronised: null },
      expected: ['unknown: whether the clock is kept right is not known'],
    },
    {
      name: 'a zone that is none',
      fact: { timeZone: 'Europe/Berln' },
      expected: ['warning: TZ is "Europe/Berln", which is no time zone: all times are in UTC'],
    },
    { name: 'a zone by its file', fact: { timeZone: ':/etc/localtime' }, expected: [] },
    {
      name: 'no zone, and a schedule',
      fact: { hasLocalZone: false },
      expected: ['warning: the time zone is not known: schedules are in UTC'],
    },
    {
      name: 'another place for pipes',
      fact: { temporary: [full, { directory: '/run', trouble: null }] },
      expected: ['warning: no pipe can be made in /tmp: it is full; /run is used instead'],
    },
    {
      name: 'no place for pipes',
      fact: { temporary: [full, { ...full, directory: '/run' }] },
      expected: ['error: no pipe can be made in /tmp: it is full, and nowhere else either'],
    },
  ])('$name', ({ fact, expected }) => {
    const nightly = aMonitor({ schedule: { kind: 'cron', expression: '0 3 * * *', timezone: null } })
    expect(trouble(machineFindings({ ...sound, ...fact }, { monitors: [nightly], maintenance: [] }))).toEqual(expected)
  })
  test('without a schedule, a zone is not needed', () => {
    expect(
      trouble(machineFindings({ ...sound, hasLocalZone: false }, { monitors: [aMonitor()], maintenance: [] })),
    ).toEqual([])
  })
})

describe('daemon', () => {
  const config = aConfig([aMonitor()])
  const fingerprint = configFingerprint(config)
  const reload = { count: 1, isOk: true, report: '' }
  const running: DaemonFact = {
    pid: 7,
    runFile: { reload, configuration: fingerprint },
    stillMs: null,
    isReplaced: false,
    isOnNetwork: true,
  }
  test.each([
    { name: 'runs on what is in the file', fact: running, expected: [] },
    { name: 'does not run', fact: null, expected: ['warning: no daemon runs on this configuration'] },
    {
      name: 'is another executable',
      fact: { ...running, isReplaced: true },
      expected: ['warning: the daemon runs an executable that was replaced since'],
    },
    {
      name: 'runs on something else',
      fact: { ...running, runFile: { reload, configuration: 'x' } },
      expected: ['warning: the configuration has changed since the daemon read it'],
    },
    {
      name: 'is frozen',
      fact: { ...running, stillMs: 5 * MINUTE },
      expected: ['error: the daemon has stood still for 5m'],
    },
    {
      name: 'has refused',
      fact: { ...running, runFile: { reload: { ...reload, isOk: false }, configuration: 'x' } },
      expected: ['error: the daemon has refused the configuration and goes on with the old one'],
    },
    {
      name: 'says nothing',
      fact: { ...running, runFile: null },
      expected: ['unknown: whether the daemon runs on the configuration as it is now is not known'],
    },
  ])('$name', ({ fact, expected }) => {
    expect(trouble(daemonFindings(fact, fingerprint, VIEWER))).toEqual(expected)
  })
  test('is the same configuration wherever its database is, and another with another command', () => {
    expect(configFingerprint({ ...config, database: '/elsewhere/minitor.db' })).toBe(fingerprint)
    expect(configFingerprint(aConfig([aMonitor({ command: ['other'] })]))).not.toBe(fingerprint)
  })

  test.each([
    { name: 'nothing is served', runFile: { reload, health: '' } },
    { name: 'an older Minitor does not say where', runFile: { reload } },
    { name: 'it is out of sight', runFile: null },
  ])('health: nobody is asked where $name', async ({ runFile }) => {
    const fact = await askHealth({ ...running, runFile }, null)
    expect(fact).toBe(null)
    expect(trouble(healthFindings(fact))).toEqual([
      'unknown: the daemon serves no pages and no metrics in sight that say whether it is healthy',
    ])
  })
  test('health: who listens on a port, of all that use it', () => {
    const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:24A0 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1234        0 41 1
   1: 0100007F:24A0 0100007F:9C40 01 00000000:00000000 00:00000000 00000000    33        0 42 1
   2: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000    33        0 43 1
`
    expect([9376, 80, 40_000, 1].map((port) => listenersIn(table, port))).toEqual([[1234], [33], [], []])
  })
  test('health: an answer that never ends is read in part', async () => {
    using endless = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: () =>
        new Response(new ReadableStream({ pull: (controller) => controller.enqueue(Buffer.alloc(MIB, 'x')) }), {
          status: 503,
        }),
    })
    const fact = { ...running, runFile: { reload, health: `127.0.0.1:${endless.port}` } }
    expect((await askHealth(fact, null))?.answer?.lines).toEqual(['x'.repeat(64 * 1024)])
  })
  test('health: another network is no want of health', () => {
    const fact = { address: 'http://x/healthz', isOnNetwork: false, answer: null }
    expect(trouble(healthFindings(fact))[0]).toStartWith('unknown: ')
  })
  test.each([
    { answer: { status: 200, lines: ['ok'] }, expected: [] },
    {
      answer: { status: 503, lines: ['one', 'two'] },
      expected: ['error: the daemon is not healthy: one', 'error: the daemon is not healthy: two'],
    },
    {
      answer: { status: 503, lines: ['not healthy; sign in to see why'] },
      expected: ['error: the daemon is not healthy: sign in to see why'],
    },
    {
      answer: { status: 404, lines: [] },
      expected: ['unknown: the answer 404 says nothing of the health of the daemon'],
    },
    { answer: null, expected: ['error: the daemon does not answer'] },
  ])('health: $answer', ({ answer, expected }) => {
    expect(trouble(healthFindings({ address: 'http://x/healthz', isOnNetwork: true, answer }))).toEqual(expected)
  })
})

describe('advice', () => {
  const find = (listen: string, url: string | null, trustedProxies: readonly string[] | null = null) => {
    const web = { listen: { hostname: listen, port: 8080 }, url, trustedProxies } as NonNullable<Config['web']>
    return trouble(adviceFindings({ ...aConfig([]), watchdog: { command: ['x'], intervalMs: 1 }, web }))
  }
  const OPEN = 'warning: the pages can be reached from elsewhere without HTTPS: passwords could be read on the way'
  const BESIDE = 'warning: the pages can be reached beside the proxy, without HTTPS'
  test.each([
    { name: 'on this machine', found: find('127.0.0.1', null), expected: [] },
    { name: 'by its name', found: find('localhost', null), expected: [] },
    { name: 'everywhere', found: find('::', null), expected: [OPEN] },
    { name: 'everywhere, with an address without HTTPS', found: find('0.0.0.0', 'http://a.example'), expected: [OPEN] },
    { name: 'on the network', found: find('192.0.2.7', null), expected: [OPEN] },
    { name: 'everywhere, beside a proxy', found: find('::', 'https://a.example'), expected: [BESIDE] },
    { name: 'everywhere, for a proxy', found: find('::', 'https://a.example', ['172.16.0.0/12']), expected: [] },
  ])('pages $name', ({ found, expected }) => {
    expect(found).toEqual(expected)
  })
  test('watchdog and guard are missed; a single monitor needs no guard', () => {
    const about = (count: number) =>
      adviceFindings(aConfig(Array.from({ length: count }, () => aMonitor()))).map(({ about }) => about)
    expect([about(1), about(2)]).toEqual([['watchdog'], ['watchdog', 'guard']])
  })
})

test('secrets: only what surely is one, and only where others can read it', () => {
  const config = {
    ...aConfig(
      [
        aMonitor({
          env: { PGPASSWORD: 'a', LANG: 'C' },
          command: ['curl', 'https://u:b@example.org/A-Long-Page-Name-2026'],
        }),
      ],
      [anAlert({ command: [['curl'], ['-H'], ['Authorization: Bearer c']] })],
    ),
  }
  expect(secretsOf(config)).toEqual(['a', 'b', 'c'])
  const facts = [
    { path: '/a', isOpen: true, hasSecrets: true },
    { path: '/b', isOpen: false, hasSecrets: true },
    { path: '/c', isOpen: true, hasSecrets: false },
  ]
  expect(permissionFindings(facts).map(({ place }) => place)).toEqual(['/a'])
})

describe('the cluster', () => {
  const server = { kind: 'server', hostname: 'h', configuration: 'x', sequence: 5_000 } as const
  const NODE = { ...aCard(server), seenAtMs: 0, isThere: true }
  const leader = { ...NODE, name: 'a', sequenceBefore: 4_000 }
  const agent = { ...NODE, ...aCard({ tags: ['lan'] }) }
  const seen = { kind: 'seen', nodes: [leader, agent], leader: 'a' } as const
  const on = (...places: [Place, ...Place[]]) => aMonitor({ name: 'web', runOn: { places, quorum: 1 } })
  const nas = { kind: 'node', node: 'nas' } as const
  const find = (fact: ClusterFact, monitor = on(nas)) => trouble(clusterFindings(aConfig([monitor]), fact))
  const refused = { kind: 'refused', reason: 'wrong credentials', hint: '' } as const
  const unreachable = { kind: 'unreachable', reason: 'the cluster cannot be reached: refused', hint: '' } as const

  test.each([
    { name: 'fine', found: find(seen), expected: [] },
    { name: 'refused', found: find(refused), expected: ['error: wrong credentials'] },
    { name: 'away', found: find(unreachable), expected: ['error: the cluster cannot be reached: refused'] },
    {
      name: 'nobody leads',
      found: find({ ...seen, leader: null }),
      expected: ['error: no server of the cluster leads: nothing is watched'],
    },
    {
      name: 'a lost node, on which a monitor runs',
      found: find({ ...seen, nodes: [leader, { ...agent, isThere: false }] }),
      expected: [
        'warning: the node "nas" is lost: it was last seen 1970-01-01T00:00:00Z',
        'error: no node "nas" is there, and checks are to run on it',
      ],
    },
    {
      name: 'a tag that nobody has',
      found: find(seen, on({ kind: 'tag', tag: 'lan' }, { kind: 'tag', tag: 'dmz' })),
      expected: ['error: no node with the tag "dmz" is there, and checks are to run on it'],
    },
    {
      name: 'a monitor that is off',
      found: find(seen, { ...on({ kind: 'node', node: 'x' }), isEnabled: false }),
      expected: [],
    },
    {
      name: 'another node of that name, another configuration, and a file that is behind',
      found: find({
        ...seen,
        nodes: [leader, agent, { ...NODE, name: 'b', configuration: 'y', sequence: 10, namesake: 'h2' }],
      }),
      expected: [
        'warning: something is odd about the node "b": another node has this name (host h2)',
        'warning: something is odd about the node "b": its configuration differs from that of a, which leads',
        'warning: something is odd about the node "b": its database does not keep up: 3990 records behind',
      ],
    },
  ])('$name', ({ found, expected }) => {
    expect(found).toEqual(expected)
  })
})
