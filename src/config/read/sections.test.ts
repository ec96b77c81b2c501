import { describe, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { configOf, loadFiles, mistakesIn } from '../../../test/support/load-text.ts'
import { DAY, HOUR } from '../../../test/support/time.ts'
import { loadConfig } from './load.ts'

const MONITOR = 'monitors:\n  - name: a\n    command: [true]\n'

test.each([
  {
    name: 'only a command',
    text: 'guard: {command: [ping, -c1, 192.0.2.1]}\n',
    guard: { command: ['ping', '-c1', '192.0.2.1'], intervalMs: 30_000, timeoutMs: 30_000 },
  },
  {
    name: 'text for a shell',
    text: 'guard: {shell_command: ping -c1 router || exit 1}\n',
    guard: { command: ['sh', '-c', 'ping -c1 router || exit 1'], intervalMs: 30_000, timeoutMs: 30_000 },
  },
  {
    name: 'text as command',
    text: 'guard:\n  command: true\n',
    guard: { command: ['sh', '-c', 'true'], intervalMs: 30_000, timeoutMs: 30_000 },
  },
  {
    name: 'the global interval',
    text: 'check_interval: 5\nguard: {command: [x]}\n',
    guard: { command: ['x'], intervalMs: 5000, timeoutMs: 10_000 },
  },
  {
    name: 'an interval of its own',
    text: 'check_interval: 5\nguard: {command: [x], check_interval: 2m}\n',
    guard: { command: ['x'], intervalMs: 120_000, timeoutMs: 60_000 },
  },
  {
    name: 'a timeout of its own',
    text: 'guard: {command: [x], timeout: 2}\n',
    guard: { command: ['x'], intervalMs: 30_000, timeoutMs: 2000 },
  },
  {
    name: 'not the interval of defaults, which are for monitors',
    text: 'defaults: {check_interval: 1}\nguard: {command: [x]}\n',
    guard: { command: ['x'], intervalMs: 30_000, timeoutMs: 30_000 },
  },
  {
    name: 'a merge key and a free key',
    text: 'x-base: &base {timeout: 3}\nguard: {<<: *base, x-note: {a: b}, command: [x]}\n',
    guard: { command: ['x'], intervalMs: 30_000, timeoutMs: 3000 },
  },
])('a guard with $name', ({ text, guard }) => {
  expect(configOf(text + MONITOR).guard).toEqual(guard as never)
})

test.each([
  { name: 'nothing', guard: '', mistakes: ['1:6 guard has no value'] },
  { name: 'text', guard: 'ping', mistakes: ['1:8 guard must be a map, not the text "ping"'] },
  { name: 'a list', guard: '[ping]', mistakes: ['1:8 guard must be a map, not a list'] },
  { name: 'an empty map', guard: '{}', mistakes: ['1:1 guard: it has no command'] },
  { name: 'no command', guard: '{timeout: 5}', mistakes: ['1:1 guard: it has no command'] },
  { name: 'a misspelled command', guard: '{comand: [x]}', mistakes: ['1:9 guard: the key "comand" is not known'] },
  {
    name: 'two commands',
    guard: '{command: [x], shell_command: x}',
    mistakes: ['1:23 guard: it has both command and shell_command'],
  },
  {
    name: 'a key of monitors',
    guard: '{command: [x], alert_after: 3}',
    mistakes: ['1:23 guard: the key "alert_after" is not known'],
  },
  {
    name: 'mistakes in every value',
    guard: '{command: [], check_interval: 0, timeout: soon}',
    mistakes: [
      '1:18 guard: command must name a program, not a list',
      '1:38 guard: check_interval must be at least 100ms, not the number 0',
      '1:50 guard: timeout must be a duration, not the text "soon"',
    ],
  },
])('refuses a guard of $name', ({ guard, mistakes }) => {
  expect(mistakesIn(`${`guard: ${guard}`.trimEnd()}\n${MONITOR}`)).toEqual(mistakes)
})

test('an unknown key of the guard has a suggestion', () => {
  const loaded = loadFiles({ 'config.yml': `guard: {interval: 5, command: [x], tiemout: 1}\n${MONITOR}` })
  expect(loaded.ok ? [] : loaded.mistakes.map(({ hint }) => hint)).toEqual([
    'did you mean "check_interval"?',
    'did you mean "timeout"?',
  ])
})

test.each(['guard: {command: [x]}\n', 'watchdog: {command: [x]}\n', 'maintenance: []\n'])(
  'twice over two files: %s',
  (line) => {
    const key = line.split(':')[0] ?? ''
    const loaded = loadFiles({ '1.yml': line + MONITOR, '2.yml': line })
    expect(loaded).toMatchObject({
      ok: false,
      mistakes: [{ file: '2.yml', line: 1, message: `"${key}" is given twice`, hint: 'first given at 1.yml:1' }],
    })
  },
)

test.each(['guard', 'watchdog'])('values of the %s that came from outside are secrets', (key) => {
  const environment = { TOKEN: 'hunter22', OTHER_KEY: 'swordfish' }
  const list = configOf(`${key}: {command: [curl, "\${TOKEN}"]}\n${MONITOR}`, environment)
  expect(list).toMatchObject({ [key]: { command: ['curl', 'hunter22'] }, secrets: ['hunter22'] })
  const script = configOf(`${key}: {command: 'curl \${OTHER_KEY}'}\n${MONITOR}`, environment)
  expect(script).toMatchObject({ [key]: { command: ['sh', '-c', `curl \${OTHER_KEY}`] }, secrets: ['swordfish'] })
})

test.each([
  { name: 'a list', watchdog: '{command: [x]}', expected: { command: ['x'], intervalMs: 60_000 } },
  {
    name: 'a script and an interval',
    watchdog: '{shell_command: curl x, interval: 1}',
    expected: { command: ['sh', '-c', 'curl x'], intervalMs: 1000 },
  },
])('a watchdog of $name', ({ watchdog, expected }) => {
  expect(configOf(`watchdog: ${watchdog}\n${MONITOR}`).watchdog).toEqual(expected as never)
})

test.each([
  { name: 'text', watchdog: 'curl', mistakes: ['1:11 watchdog must be a map, not the text "curl"'] },
  { name: 'no command', watchdog: '{interval: 5}', mistakes: ['1:1 watchdog: it has no command'] },
  {
    name: 'two commands',
    watchdog: '{shell_command: x, command: [x]}',
    mistakes: ['1:30 watchdog: it has both shell_command and command'],
  },
  {
    name: 'a short interval',
    watchdog: '{command: [x], interval: 999ms}',
    mistakes: ['1:36 watchdog: interval must be at least 1s, not the text "999ms"'],
  },
  {
    name: 'a key of the guard',
    watchdog: '{command: [x], timeout: 5}',
    mistakes: ['1:26 watchdog: the key "timeout" is not known'],
  },
])('refuses a watchdog of $name', ({ watchdog, mistakes }) => {
  expect(mistakesIn(`watchdog: ${watchdog}\n${MONITOR}`)).toEqual(mistakes)
})

const MONITORS = `monitors:
  - {name: router, command: [x], tags: [network, home]}
  - {name: web, command: [x], tags: [network]}
  - {name: retired, command: [x], enabled: false}
`

function windowOf(window: string, environment = {}) {
  return configOf(`maintenance:\n  - ${window}\n${MONITORS}`, environment).maintenance[0]
}

test.each([
  {
    name: 'for all',
    window: '{schedule: "0 3 * * 0", duration: 2h}',
    expected: { expression: '0 3 * * 0', timezone: null, durationMs: 2 * HOUR, of: null },
  },
  {
    name: 'of some monitors',
    window: '{schedule: "@daily", duration: 1m, timezone: Europe/Berlin, monitors: [web, retired]}',
    expected: {
      expression: '@daily',
      timezone: 'Europe/Berlin',
      durationMs: 60_000,
      of: { monitors: ['web', 'retired'], tags: [] },
    },
  },
  {
    name: 'of some tags',
    window: '{schedule: "0 0 3 * * 0", duration: 31d, tags: [home]}',
    expected: { expression: '0 0 3 * * 0', durationMs: 744 * HOUR, of: { monitors: [], tags: ['home'] } },
  },
  {
    name: 'of both',
    window: '{schedule: "0 3 * * 0", duration: 3600, monitors: [router], tags: [network]}',
    expected: { durationMs: HOUR, of: { monitors: ['router'], tags: ['network'] } },
  },
  {
    name: 'from the environment',
    window: `{schedule: "\${AT}", duration: "\${LONG}", monitors: ["\${WHO}"]}`,
    expected: { expression: '0 4 * * *', durationMs: 90_000, of: { monitors: ['web'], tags: [] } },
  },
])('a window $name', ({ window, expected }) => {
  expect(windowOf(window, { AT: '0 4 * * *', LONG: '90', WHO: 'web' })).toMatchObject(expected)
})

test('several windows keep their order; none is none; a tag may be inherited', () => {
  const text = `maintenance:
  - {schedule: "0 1 * * *", duration: 1h, tags: [all]}
  - {schedule: "0 2 * * *", duration: 1h}
defaults: {tags: [all]}
monitors: [{name: a, command: [x]}]
`
  expect(configOf(text).maintenance.map(({ expression }) => expression)).toEqual(['0 1 * * *', '0 2 * * *'])
  expect(configOf(`maintenance: []\n${MONITORS}`).maintenance).toEqual([])
})

const GOOD = 'schedule: "0 3 * * 0", duration: 2h'

test.each([
  { name: 'a map', maintenance: `{${GOOD}}`, mistakes: ['1:14 maintenance must be a list of maps, not a map'] },
  { name: 'nothing', maintenance: '', mistakes: ['1:12 maintenance has no value'] },
  {
    name: 'an item that is text',
    maintenance: `[{${GOOD}}, sunday, {}]`,
    mistakes: [
      '1:54 maintenance must be a list of maps, not the text "sunday"',
      '1:62 maintenance number 3: the schedule is missing',
      '1:62 maintenance number 3: the duration is missing',
    ],
  },
  {
    name: 'keys by other names',
    maintenance: '[{cron: "0 3 * * 0", duraton: 2h}]',
    mistakes: [
      '1:16 maintenance number 1: the key "cron" is not known',
      '1:35 maintenance number 1: the key "duraton" is not known',
    ],
  },
  {
    name: 'a schedule that is none',
    maintenance: '[{schedule: sundays at 3, duration: 2h}]',
    mistakes: ['1:26 maintenance number 1: schedule must be a cron expression, not "sundays at 3"'],
  },
  {
    name: 'a day that never comes',
    maintenance: '[{schedule: "0 0 31 2 *", duration: 2h}]',
    mistakes: ['1:26 maintenance number 1: schedule "0 0 31 2 *" never matches'],
  },
  {
    name: 'a time zone that is none',
    maintenance: `[{${GOOD}, timezone: Mars}]`,
    mistakes: ['1:63 maintenance number 1: timezone "Mars" is not known on this machine'],
  },
  {
    name: 'a short duration',
    maintenance: '[{schedule: "0 3 * * 0", duration: 59s}]',
    mistakes: ['1:49 maintenance number 1: duration must be at least 1m, not the text "59s"'],
  },
  {
    name: 'a long duration',
    maintenance: '[{schedule: "0 3 * * 0", duration: 31d1ms}]',
    mistakes: ['1:49 maintenance number 1: duration must be at most 31d, not the text "31d1ms"'],
  },
  {
    name: 'a negative duration',
    maintenance: '[{schedule: "0 3 * * 0", duration: -1}]',
    mistakes: ['1:49 maintenance number 1: duration must be at least 1m, not the number -1'],
  },
  {
    name: 'a duration that is none',
    maintenance: '[{schedule: "0 3 * * 0", duration: all night}]',
    mistakes: ['1:49 maintenance number 1: duration must be a duration, not the text "all night"'],
  },
  {
    name: 'nobody',
    maintenance: `[{${GOOD}, monitors: [], tags: []}]`,
    mistakes: [
      '1:63 maintenance number 1: monitors must name at least one, not a list',
      '1:73 maintenance number 1: tags must name at least one, not a list',
    ],
  },
  {
    name: 'names that nobody has',
    maintenance: `[{${GOOD}, monitors: [web, wbe]}, {${GOOD}, tags: [netwrok, home]}]`,
    mistakes: [
      '1:69 maintenance number 1: monitors names a monitor that is not defined: "wbe"',
      '1:121 maintenance number 2: tags names a tag that no monitor has: "netwrok"',
    ],
  },
  {
    name: 'a name twice',
    maintenance: `[{${GOOD}, tags: [home, home]}]`,
    mistakes: ['1:66 maintenance number 1: tags names "home" twice'],
  },
])('refuses maintenance of $name', ({ maintenance, mistakes }) => {
  expect(mistakesIn(`${`maintenance: ${maintenance}`.trimEnd()}\n${MONITORS}`)).toEqual(mistakes)
})

test('maintenance of wrong monitors does not hide that there are none', () => {
  expect(mistakesIn(`maintenance: [{${GOOD}, monitors: 3}]\n`)).toEqual([
    '1:1 the configuration has no monitors',
    '1:63 maintenance number 1: monitors must be a list of names, not the number 3',
  ])
})

test.each([
  {
    name: 'a monitor',
    text: `maintenance: [{${GOOD}, monitors: [wbe]}]\n${MONITORS}`,
    hint: 'did you mean "web"? Defined monitors: router, web, retired',
  },
  {
    name: 'a tag',
    text: `maintenance: [{${GOOD}, tags: [hom]}]\n${MONITORS}`,
    hint: 'did you mean "home"? Tags of monitors: network, home',
  },
  {
    name: 'a tag where there are none',
    text: `maintenance: [{${GOOD}, tags: [x]}]\nmonitors: [{name: a, command: [x]}]\n`,
    hint: 'Tags of monitors: none',
  },
])('says what $name was perhaps meant to be', ({ text, hint }) => {
  const loaded = loadFiles({ 'config.yml': text })
  expect(loaded.ok ? [] : loaded.mistakes.map((mistake) => mistake.hint)).toEqual([hint])
})

test.each([
  { name: 'beside the file', path: 'conf/a.yml', line: '', database: 'conf/minitor.db' },
  { name: 'in the directory', path: 'conf', line: '', database: 'conf/minitor.db' },
  { name: 'relative to the file', path: 'conf/a.yml', line: 'database: state/x.db', database: 'conf/state/x.db' },
  { name: 'relative to the directory', path: 'conf', line: 'database: ../x.db', database: 'x.db' },
  { name: 'a number as it is written', path: 'conf', line: 'database: 007', database: 'conf/007' },
  { name: 'from the environment', path: 'conf', line: `database: \${STATE}/minitor.db`, database: 'state/minitor.db' },
])('the database: $name', ({ path, line, database }) => {
  const directory = mkdtempSync(join(tmpdir(), 'minitor-storage-'))
  try {
    mkdirSync(join(directory, 'conf'))
    writeFileSync(join(directory, 'conf/a.yml'), `${line}\n${MONITOR}`)
    const environment = { STATE: join(directory, 'state') }
    for (const given of [join(directory, path), relative(process.cwd(), join(directory, path))]) {
      const loaded = loadConfig({ path: given, environment })
      expect(loaded).toMatchObject({ ok: true, config: { database: join(directory, database) } })
    }
  } finally {
    rmSync(directory, { recursive: true })
  }
})

test.each([
  { line: 'database: ":memory:"', database: ':memory:' },
  { line: 'database: /var/lib/minitor/a b.db', database: '/var/lib/minitor/a b.db' },
])('$line', ({ line, database }) => {
  expect(configOf(`${line}\n${MONITOR}`).database).toBe(database)
})

const RETENTION = { checksMs: 7 * DAY, hourlyMs: 90 * DAY, dailyMs: 1825 * DAY }

test.each([
  { retention: '{}', expected: RETENTION },
  { retention: '{checks: 1m}', expected: { ...RETENTION, checksMs: 60_000 } },
  { retention: '{hourly: 3600}', expected: { ...RETENTION, hourlyMs: 3_600_000 } },
  { retention: `{daily: "\${YEARS}"}`, expected: { ...RETENTION, dailyMs: 365 * DAY } },
  {
    retention: '{checks: 2d, hourly: 3d, daily: 4d}',
    expected: { checksMs: 2 * DAY, hourlyMs: 3 * DAY, dailyMs: 4 * DAY },
  },
])('retention $retention', ({ retention, expected }) => {
  expect(configOf(`retention: ${retention}\n${MONITOR}`, { YEARS: '1y' }).retention).toEqual(expected)
})

test.each([
  { name: 'no path', line: 'database: ""', mistakes: ['1:11 database must not be empty, not the text ""'] },
  { name: 'a list', line: 'database: [a]', mistakes: ['1:11 database must be text, not a list'] },
  {
    name: 'a NUL in a path',
    line: 'database: "a\\0b"',
    mistakes: ['1:11 database must be a path, not the text "a\\x00b"'],
  },
  { name: 'nothing', line: 'retention:', mistakes: ['1:10 retention has no value'] },
  { name: 'a time for all', line: 'retention: 7d', mistakes: ['1:12 retention must be a map, not the text "7d"'] },
  {
    name: 'times that are none or too short',
    line: 'retention: {checks: 59s, hourly: 59m, daily: never}',
    mistakes: [
      '1:21 retention: checks must be at least 1m, not the text "59s"',
      '1:34 retention: hourly must be at least 1h, not the text "59m"',
      '1:46 retention: daily must be a duration, not the text "never"',
    ],
  },
  {
    name: 'an unknown key',
    line: 'retention: {check: 7d}',
    mistakes: ['1:13 retention: the key "check" is not known'],
  },
])('refuses $name', ({ line, mistakes }) => {
  expect(mistakesIn(`${line}\n${MONITOR}`)).toEqual(mistakes)
})

const HASH = '$argon2id$v=19$m=65536,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g'

const withWeb = (lines: string) => ({ 'config.yml': `${lines}\n${MONITOR}` })

const WEB = {
  listen: { hostname: '127.0.0.1', port: 8080 },
  title: 'Minitor',
  url: null,
  timezone: null,
  isPublic: false,
  publicGroups: null,
  feedKey: null,
  embed: [],
  users: new Map<string, string>(),
  tokens: [],
  trustedProxies: null,
}

describe('web', () => {
  test.each([
    { name: 'is off unless asked for', web: '', expected: null },
    { name: 'is there with all defaults', web: 'web: {}', expected: WEB },
    {
      name: 'listens on every address',
      web: 'web: {listen: ":80"}',
      expected: { ...WEB, listen: { hostname: '::', port: 80 } },
    },
    {
      name: 'listens on every IPv4 address, as it may be written',
      web: 'web: {listen: "0:80"}',
      expected: { ...WEB, listen: { hostname: '0.0.0.0', port: 80 } },
    },
    {
      name: 'listens on an IPv6 address',
      web: 'web: {listen: "[::1]:9000"}',
      expected: { ...WEB, listen: { hostname: '::1', port: 9000 } },
    },
    {
      name: 'has a url without a slash at its end',
      web: 'web: {url: "https://x.example/status/", title: Mine, public: true}',
      expected: { ...WEB, url: 'https://x.example/status', title: 'Mine', isPublic: true },
    },
    {
      name: 'has users and tokens',
      web: `web: {auth: {users: {anna: '${HASH}'}, tokens: [0123456789abcdef]}}`,
      expected: { ...WEB, users: new Map([['anna', HASH]]), tokens: ['0123456789abcdef'] },
    },
    {
      name: 'has proxies',
      web: 'web: {trusted_proxies: [10.0.0.0/8, "fd00::1"]}',
      expected: { ...WEB, trustedProxies: ['10.0.0.0/8', 'fd00::1'] },
    },
    {
      name: 'has a time zone',
      web: 'web: {timezone: Europe/Berlin}',
      expected: { ...WEB, timezone: 'Europe/Berlin' },
    },
    {
      name: 'shows some groups',
      web: 'web: {public: [Web, DNS]}',
      expected: { ...WEB, isPublic: true, publicGroups: ['Web', 'DNS'] },
    },
    {
      name: 'has a key for feeds, and may be embedded',
      web: 'web: {feed_key: 0123456789abcdef, embed: ["https://dash.example.org:8443", "*"]}',
      expected: { ...WEB, feedKey: '0123456789abcdef', embed: ['https://dash.example.org:8443', '*'] },
    },
    { name: 'has none', web: 'web: {trusted_proxies: []}', expected: { ...WEB, trustedProxies: [] } },
  ])('$name', ({ web, expected }) => {
    const loaded = loadFiles(withWeb(web))
    expect(loaded.ok ? loaded.config.web : loaded.mistakes).toEqual(expected)
  })

  test('a token from the environment is a secret', () => {
    const loaded = loadFiles(withWeb(`web: {auth: {tokens: ["\${TOKEN}"]}}`), { TOKEN: 'abcdefghijklmnop' })
    expect(loaded.ok ? loaded.config.secrets : loaded.mistakes).toEqual(['abcdefghijklmnop'])
  })

  test.each([
    { web: 'web: 1', place: '1:6', message: 'web must be a map' },
    { web: 'web: {listen: 8080}', place: '1:15', message: 'listen must be an address and a port' },
    { web: 'web: {listen: "a:70000"}', place: '1:15', message: 'listen must be an address and a port' },
    { web: 'web: {timezone: Berlin}', place: '1:17', message: 'timezone must be a time zone' },
    { web: 'web: {url: example.org}', place: '1:12', message: 'url must be an address' },
    { web: 'web: {url: "https://x/?a=1"}', place: '1:12', message: 'url must be an address' },
    ...['10.0.0.0/33', 'example.org', '10.0.0/8', 'fe80::1%eth0', '10.0.0.0/8/8', '10.0.0.0/', '""'].map((one) => ({
      web: `web: {trusted_proxies: [${one}]}`,
      place: '1:25',
      message: 'an address or a network',
    })),
    { web: 'web: {trusted_proxies: 10.0.0.0/8}', place: '1:24', message: 'a list of addresses and networks' },
    { web: 'web: {public: Web}', place: '1:15', message: 'public must be true, false or a list of groups' },
    { web: 'web: {feed_key: "a key of many letters"}', place: '1:17', message: 'at least 16 letters' },
    ...["'self'", 'dash.example.org', 'https://a.example/path', '"https://a.example; script-src *"'].map((one) => ({
      web: `web: {embed: [${one}]}`,
      place: '1:15',
      message: 'must be an origin',
    })),
    { web: 'web: {publik: true}', place: '1:7', message: 'the key "publik" is not known' },
    { web: 'web: {auth: {tokens: [short]}}', place: '1:23', message: 'at least 16 characters' },
    { web: 'web: {auth: {users: {}}}', place: '1:21', message: 'at least one user' },
    { web: 'web: {auth: {users: {anna: secret}}}', place: '1:28', message: 'must be a password hash' },
  ])('$web is refused with its place', ({ web, place, message }) => {
    const loaded = loadFiles(withWeb(web))
    const mistakes = loaded.ok ? [] : loaded.mistakes
    expect(mistakes.map((one) => `${one.line}:${one.column}`)).toEqual([place])
    expect(mistakes[0]?.message).toContain(message)
  })
})
