import { describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { costOf } from '../../../test/support/cost.ts'
import { configOf, loadFiles, mistakesIn } from '../../../test/support/load-text.ts'
import { createMask } from '../../core/text/mask.ts'
import { loadConfig } from './load.ts'
import { secretsIn } from './secrets.ts'

const nowhere = { use: 'command', before: '' }

describe('is a secret by the name of its variable', () => {
  test.each([
    ...[
      'API_TOKEN',
      'TOKEN',
      'DB_PASSWORD',
      'PGPASSWORD',
      'SMTP_PASS',
      'PW',
      'BACKUP_KEY',
      'apiKey',
      'APIKEY',
      'SECRET_2',
    ],
    ...['GITHUB_PAT', 'BASIC_AUTH', 'NTFY_TOPIC', 'client_secret', 'SENTRY_DSN', 'KEYS', 'TOKEN1'],
  ])('%s', (name) => expect(secretsIn({ name, value: 'hunter22', ...nowhere })).toEqual(['hunter22']))
})

describe('is none', () => {
  test.each([
    ...['SITE_A', 'HOST', 'MONKEY', 'KEYBOARD', 'COMPASS', 'AUTHOR', 'PWD', 'TOKEN_FILE', 'SSH_AUTH_SOCK', 'KEY_PATH'],
    ...['DB_USER', 'INTERVAL', 'SHORT_PINE', 'PUSH_SERVER'],
  ])('by the name %s', (name) => expect(secretsIn({ name, value: 'example.org', ...nowhere })).toEqual([]))

  test.each([
    ...['example.org', 'https://example.org', 'https://example.org/status/page', 'db-01.internal.example.org:5432'],
    ...['ip-10-0-12-34-eu-central-1-compute', 'Frankfurt am Main', '/var/lib/minitor/minitor.db', '192.0.2.17'],
    ...[
      'https://example.org/blog?page=2',
      'internationalization',
      '2026-11-29T00:00:00Z',
      'Donaudampfschifffahrtsgesellschaft',
    ],
  ])('by the value %s', (value) => expect(secretsIn({ name: 'SITE_URL', value, ...nowhere })).toEqual([]))
})

describe('is a secret by its value', () => {
  const HOOK = 'https://hooks.example.com/services/T0AB/B0CD/9aXbYcZd1234EfGh5678'
  test.each([
    { value: 'postgres://app:hunter%2F22@db/app', parts: ['hunter/22'] },
    { value: HOOK, parts: ['9aXbYcZd1234EfGh5678'] },
    {
      value: 'https://hc.example/0b1c2d3e-aaaa-4bbb-8ccc-0123456789ab',
      parts: ['0b1c2d3e-aaaa-4bbb-8ccc-0123456789ab'],
    },
    { value: 'https://x.example/?token=hunter22', parts: ['hunter22'] },
    { value: 'https://api.example/bot123456:ABC-DEF1234ghIkl/send', parts: ['bot123456:ABC-DEF1234ghIkl'] },
    { value: '0b1c2d3e-aaaa-4bbb-8ccc-0123456789ab', parts: [] },
    { value: 'ghp_0123456789abcdefghij', parts: [] },
    { value: 'host=db password=hunter22 user=app', parts: ['hunter22'] },
    { value: '-----BEGIN PRIVATE KEY-----\nabcdefghijk\n', parts: [] },
  ])('$value', ({ value, parts }) => {
    expect(secretsIn({ name: 'ANY_URL', value, ...nowhere })).toEqual([value, ...parts])
  })

  test.each(['SLACK_URL', 'WEBHOOK', 'NTFY_URL', 'PING_URL'])('an address with a path in %s', (name) => {
    const value = 'https://ntfy.example/my-alerts'
    expect(secretsIn({ name, value, ...nowhere })).toEqual([value])
    expect(secretsIn({ name, value: 'https://ntfy.example', ...nowhere })).toEqual([])
  })
})

describe('is a secret by its use', () => {
  test.each([
    `command: [curl, -H, "Authorization: Bearer \${X}"]`,
    `command: [curl, "https://example.org/?token=\${X}"]`,
    `command: [curl, "https://me:\${X}@example.org/"]`,
    `command: 'curl -u "me:$X" example.org'`,
    `command: 'mysqladmin --password "$X" ping'`,
    `command: [x]\n    env: {PGPASSWORD: "\${X}"}`,
    `heartbeat: {key: "\${X}", interval: 5m}`,
  ])('%s', (line) => {
    const text = `web: {}\nmonitors:\n  - name: a\n    ${line}\n`
    expect(configOf(text, { X: 'swordfish' }).secrets).toEqual(['swordfish'])
  })

  test('and none in a command', () => {
    const text = `monitors:\n  - name: a\n    command: [ping, "\${X}"]\n    env: {HOST: "\${X}"}\n`
    expect(configOf(text, { X: 'swordfish' }).secrets).toEqual([])
  })
})

describe('a name', () => {
  const named = (value: string) => `monitors:\n  - name: "Web ${value}"\n    command: [x]\n`

  test('may have a value from outside, which is shown everywhere', () => {
    const { monitors, secrets } = configOf(named(`\${SITE_A}`), { SITE_A: 'example.org' })
    expect([monitors[0]?.name, secrets]).toEqual(['Web example.org', []])
  })

  test('must not have a secret, which would stand in addresses and metrics', () => {
    expect(mistakesIn(named(`\${API_TOKEN}`), { API_TOKEN: 'hunter22' })).toEqual([
      `2:16 monitor "Web \${API_TOKEN}": name must not hold the secret API_TOKEN`,
    ])
  })
})

describe('a mistake does not show', () => {
  test.each([`alerts: ["\${TOKEN}"]`, `depends_on: ["\${TOKEN}"]`, `timezone: "\${TOKEN}"`, `schedule: "\${TOKEN}"`])(
    'the value in %s',
    (line) => {
      const timezone = line.startsWith('timezone') ? '    schedule: "0 * * * *"\n' : ''
      const text = `monitors:\n  - name: a\n    command: [x]\n    ${line}\n${timezone}`
      const loaded = loadFiles({ 'config.yml': text }, { TOKEN: 'hunter22' })
      expect([loaded.ok, JSON.stringify(loaded)]).toEqual([false, expect.not.stringContaining('hunter22')])
      expect(JSON.stringify(loaded)).toContain('***')
    },
  )

  test.each([
    { auth: 'users: {ops: MyRealPassw0rd}', says: 'web: auth: users.ops must be a password hash of argon2id' },
    { auth: 'users: MyRealPassw0rd', says: 'web: auth: users must be a map of users' },
    { auth: 'tokens: [MyRealPassw0rd]', says: 'web: auth: tokens must be at least 16 characters long' },
    { auth: 'tokens: MyRealPassw0rd', says: 'web: auth: tokens must be a list of tokens' },
  ])('a password at the wrong place: $auth', ({ auth, says }) => {
    const loaded = loadFiles({ 'config.yml': `web:\n  auth:\n    ${auth}\nmonitors: [{name: a, command: x}]\n` })
    expect(loaded.ok ? [] : loaded.mistakes.map(({ message }) => message)).toEqual([says])
    expect(JSON.stringify(loaded)).not.toContain('MyRealPassw0rd')
  })

  test.each([
    'auth: {users: {ops: MyRealPassw0rd, b: c}}',
    'auth: {users: {ops: {password: MyRealPassw0rd}}}',
    'auth: {tokens: [MyRealPassw0rd-MyRealPassw0rd, short]}',
    'auth: {tokens: {ops: MyRealPassw0rd}}',
    'auth: {tokens: [MyRealPassw0rd-MyRealPassw0rd], tokenz: 1}',
    'feed_key: MyReal.Passw0rd',
    'feed_key: MyRealPassw0rd, listn: 1',
  ])('a password beside a mistake, or in another kind of value: %s', (web) => {
    const loaded = loadFiles({ 'config.yml': `web: {${web}}\nmonitors: [{name: a, command: x}]\n` })
    expect([loaded.ok, JSON.stringify(loaded)]).toEqual([false, expect.not.stringMatching(/MyReal/)])
  })
})

test('a file is a secret with each of its lines', () => {
  const directory = mkdtempSync(join(tmpdir(), 'minitor-secret-'))
  try {
    writeFileSync(join(directory, 'key'), '-----BEGIN KEY-----\nMIIEabcdef\nghijklmn\n-----END KEY-----\n')
    const path = join(directory, 'config.yml')
    writeFileSync(path, `monitors: [{name: a, command: [x], env: {A: "\${file:key}"}}]\n`)
    const loaded = loadConfig({ path, environment: {} })
    const mask = createMask(loaded.ok ? loaded.config.secrets : [])
    expect(mask('line 2 is MIIEabcdef')).toBe('line 2 is ***')
  } finally {
    rmSync(directory, { recursive: true })
  }
})

test('a script of many variables takes time proportional to its length', () => {
  const find = (before: string) =>
    costOf(() => {
      for (let count = 0; count < 2000; count++) secretsIn({ name: 'SITE', value: 'example', use: 'command', before })
    })
  expect(find('echo $SITE '.repeat(10_000))).toBeLessThan(20 * find('echo $SITE '.repeat(20)))
})
