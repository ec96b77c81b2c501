import { describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { configOf, loadFiles, mistakesIn } from '../../../test/support/load-text.ts'
import { HOUR, MINUTE } from '../../../test/support/time.ts'
import { loadConfig } from './load.ts'

function monitor(...lines: string[]): string {
  return `monitors:\n  - name: a\n${lines.map((line) => `    ${line}\n`).join('')}`
}

describe('a heartbeat', () => {
  test.each([
    { name: 'a day', interval: '1d', graceMs: HOUR },
    { name: 'an hour', interval: '1h', graceMs: 6 * MINUTE },
    { name: 'a minute', interval: '1m', graceMs: MINUTE },
    { name: 'its own grace', interval: '1d, grace: 0', graceMs: 0 },
  ])('has a tenth of its interval as grace, between a minute and an hour: $name', ({ interval, graceMs }) => {
    const [job] = configOf(monitor(`heartbeat: {key: k, interval: ${interval}}`)).monitors
    expect(job?.heartbeat).toEqual({ key: 'k', graceMs })
  })

  test('has a schedule of its own', () => {
    const [job] = configOf(monitor('heartbeat: {key: k, schedule: "0 3 * * *", timezone: UTC}')).monitors
    expect(job).toMatchObject({
      command: null,
      heartbeat: { key: 'k', graceMs: HOUR },
      schedule: { kind: 'cron', expression: '0 3 * * *', timezone: 'UTC' },
    })
  })

  test('takes over nothing that is for commands', () => {
    const inherited = `check_interval: 7s
defaults: {command: [x], schedule: "* * * * *", timeout: 3s, retry_interval: 2s, env: {A: b}, warning_exit_codes: [1], alert_after: 2}
`
    const [job] = configOf(inherited + monitor('heartbeat: {key: k, interval: 5m}')).monitors
    expect(job).toMatchObject({
      command: null,
      schedule: { kind: 'interval', intervalMs: 5 * MINUTE },
      retryIntervalMs: null,
      env: {},
      warningExitCodes: [],
      policy: { alertAfter: { kind: 'failures', count: 2 } },
    })
  })

  test('has a key from the environment, which is a secret', () => {
    const config = configOf(monitor(`heartbeat: {key: "\${KEY}", interval: 5m}`), { KEY: 'abcdef-123' })
    expect([config.monitors[0]?.heartbeat?.key, config.secrets]).toEqual(['abcdef-123', ['abcdef-123']])
  })

  const HAS_NO_MEANING = 'has no meaning with heartbeat'
  test.each([
    { lines: ['heartbeat: {interval: 5m}'], mistakes: ['3:5 monitor "a": heartbeat: the key is missing'] },
    { lines: ['heartbeat: {key: k}'], mistakes: ['3:5 monitor "a": heartbeat: it does not say when pings are due'] },
    {
      lines: ['heartbeat: {key: k, interval: 5m, schedule: "* * * * *"}'],
      mistakes: ['3:39 monitor "a": heartbeat: it has both interval and schedule'],
    },
    {
      lines: ['heartbeat: {key: k, interval: 5m, timezone: UTC}'],
      mistakes: ['3:39 monitor "a": heartbeat: timezone has no meaning without schedule'],
    },
    {
      lines: ['heartbeat: {key: k, schedule: daily}'],
      mistakes: ['3:35 monitor "a": heartbeat: schedule must be a cron expression, not "daily"'],
    },
    {
      lines: ['heartbeat: {key: k, period: 5m}'],
      mistakes: ['3:25 monitor "a": heartbeat: the key "period" is not known'],
    },
    {
      lines: ['heartbeat: {key: k, interval: 500ms, grace: soon}'],
      mistakes: [
        '3:35 monitor "a": heartbeat: interval must be at least 1s, not the text "500ms"',
        '3:49 monitor "a": heartbeat: grace must be a duration, not the text "soon"',
      ],
    },
    {
      lines: ['heartbeat: {key: a/b, interval: 5m}'],
      mistakes: ['3:22 monitor "a": heartbeat: key must consist of letters, digits, . _ ~ and -, not the text "a/b"'],
    },
    { lines: ['heartbeat: k'], mistakes: ['3:16 monitor "a": heartbeat must be a map, not the text "k"'] },
    {
      lines: ['command: [true]', 'heartbeat: {key: k, interval: 5m}'],
      mistakes: ['4:5 monitor "a": it has both command and heartbeat'],
    },
    ...[
      'check_interval: 5m',
      'schedule: "* * * * *"',
      'timezone: UTC',
      'timeout: 5s',
      'retry_interval: 5s',
      'warning_exit_codes: [1]',
      'env: {A: b}',
      'working_directory: /tmp',
    ].map((line) => ({
      lines: ['heartbeat: {key: k, interval: 5m}', line],
      mistakes: [`4:5 monitor "a": ${line.split(':')[0]} ${HAS_NO_MEANING}`],
    })),
  ])('$lines is refused', ({ lines, mistakes }) => {
    expect(mistakesIn(monitor(...lines))).toEqual(mistakes)
  })

  test('shares its key with no other, and no secret is shown', () => {
    const two = `${monitor(`heartbeat: {key: "\${K}", interval: 5m}`)}  - {name: b, heartbeat: {key: secret-1, interval: 5m}}\n`
    expect(mistakesIn(two, { K: 'secret-1' })).toEqual(['4:32 monitor "b": another heartbeat has the same key "***"'])
    const turned = `monitors:\n  - {name: b, heartbeat: {key: secret-1, interval: 5m}}\n  - name: a\n    heartbeat: {key: "\${K}", interval: 5m}\n`
    expect(mistakesIn(turned, { K: 'secret-1' })).toEqual([
      `4:22 monitor "a": another heartbeat has the same key "\${K}"`,
    ])
  })

  test('cannot be among the defaults', () => {
    const text = `defaults: {heartbeat: {key: k, interval: 5m}}\n${monitor('command: [true]')}`
    expect(mistakesIn(text)).toEqual(['1:12 defaults: the key "heartbeat" is not known'])
  })
})

describe('where nobody could ping it', () => {
  test.each([
    { name: 'without web', web: '', mustBePingable: true, mistakes: ['a heartbeat needs web, or nobody can ping it'] },
    { name: 'with web', web: 'web: {}\n', mustBePingable: true, mistakes: [] },
    { name: 'with --listen', web: '', mustBePingable: false, mistakes: [] },
  ])('$name', ({ web, mustBePingable, mistakes }) => {
    const directory = mkdtempSync(join(tmpdir(), 'minitor-heartbeat-'))
    try {
      const path = join(directory, 'config.yml')
      const beats = ['a', 'b'].map((name) => `  - {name: ${name}, heartbeat: {key: ${name}, interval: 5m}}\n`)
      writeFileSync(path, `${web}monitors:\n${beats.join('')}`)
      const loaded = loadConfig({ path, environment: {}, mustBePingable })
      expect(loaded.ok ? [] : loaded.mistakes.map(({ message }) => message)).toEqual(
        mistakes.map((mistake) => `monitor "a": ${mistake}`),
      )
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
})

test('J17: a key of fewer than 8 characters is a warning, with its place', () => {
  const warningsOf = (key: string) => {
    const loaded = loadFiles({ 'config.yml': monitor(`heartbeat: {key: ${key}, interval: 5m}`) }, {})
    return loaded.ok ? loaded.warnings.map(({ line, column, message }) => `${line}:${column} ${message}`) : null
  }
  expect(warningsOf('1234567')).toEqual(['3:22 monitor "a": heartbeat: the key is easily guessed'])
  expect(warningsOf('12345678')).toEqual([])
})
