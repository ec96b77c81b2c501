import { describe, expect, test } from 'bun:test'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { costOf } from '../../../test/support/cost.ts'
import { configOf, loadFiles, mistakesIn } from '../../../test/support/load-text.ts'
import { aConfig, aMonitor } from '../../../test/support/samples.ts'
import type { AlertPolicy } from '../../core/model/types.ts'
import { loadConfig } from './load.ts'

const MONITOR = 'monitors:\n  - name: a\n    command: [true]\n'
const ALERTS = 'alerts:\n  mail: {command: [mail, me]}\n  sms: {command: [sms, me]}\n'

function monitorOf(lines: string, top = '') {
  const [monitor] = configOf(`${top}${MONITOR}${lines.replace(/^/gm, '    ')}\n`).monitors
  if (monitor === undefined) throw new Error('no monitor')
  return monitor
}

describe('defaults', () => {
  test('a monitor of which only the command is known', () => {
    const config = configOf(MONITOR)
    const policy: AlertPolicy = {
      ...aMonitor().policy,
      alertAfter: { kind: 'failures', count: 4 },
      alertEvery: { kind: 'backoff' },
      alertUp: [],
    }
    expect(config).toEqual({
      ...aConfig([aMonitor({ name: 'a', policy })]),
      database: expect.stringMatching(/^\/.*\/minitor\.db$/),
    })
  })

  test.each([
    { name: 'of a short interval', lines: 'check_interval: 1', timeoutMs: 10_000 },
    { name: 'of a middle interval', lines: 'check_interval: 45s', timeoutMs: 45_000 },
    { name: 'of a long interval', lines: 'check_interval: 1h', timeoutMs: 60_000 },
    { name: 'of a cron schedule', lines: 'schedule: "*/5 * * * *"', timeoutMs: 60_000 },
    { name: 'that is given', lines: 'timeout: 5m', timeoutMs: 300_000 },
  ])('timeout $name', ({ lines, timeoutMs }) => {
    expect(monitorOf(lines).timeoutMs).toBe(timeoutMs)
  })

  test('the nearest one counts: monitor, defaults, default_alert_…, the top level', () => {
    const text = `check_interval: 1
default_alert_after: 7
default_alert_every: 0
default_alert_up: [log]
defaults: {alert_every: 2, check_interval: 2, timeout: 3s, alert_down: [mail]}
monitors:
  - {name: a, command: x}
  - {name: b, command: x, check_interval: 3, alert_every: 4, alerts: [sms]}
${ALERTS}`
    const [a, b] = configOf(text).monitors
    expect(a).toMatchObject({
      schedule: { intervalMs: 2000 },
      timeoutMs: 3000,
      policy: {
        alertAfter: { count: 7 },
        alertEvery: { count: 2 },
        alertDown: [{ alert: 'mail' }],
        alertUp: ['log'],
      },
    })
    expect(b).toMatchObject({
      schedule: { intervalMs: 3000 },
      policy: { alertEvery: { count: 4 }, alertDown: [{ alert: 'sms' }] },
    })
  })

  test('what a monitor says in one way stands instead of what it inherits in the other', () => {
    const text = `defaults: {shell_command: exit 1, schedule: "0 * * * *", timezone: UTC, alert_down: []}
monitors:
  - {name: a, command: [x], check_interval: 5, alerts: [log]}
  - {name: b}
  - {name: c, timezone: Europe/Berlin}
`
    expect(configOf(text).monitors).toMatchObject([
      { command: ['x'], schedule: { kind: 'interval', intervalMs: 5000 }, policy: { alertDown: [{ alert: 'log' }] } },
      { command: ['sh', '-c', 'exit 1'], schedule: { kind: 'cron', expression: '0 * * * *', timezone: 'UTC' } },
      { schedule: { kind: 'cron', timezone: 'Europe/Berlin' } },
    ])
  })

  test('a monitor leaves itself out of dependencies that it inherits', () => {
    const text =
      'defaults: {depends_on: [router]}\nmonitors:\n  - {name: router, command: x}\n  - {name: a, command: x}\n'
    expect(configOf(text).monitors.map(({ dependsOn }) => dependsOn)).toEqual([[], ['router']])
  })
})

test.each([
  { lines: 'alert_after: 0', policy: { alertAfter: { kind: 'failures', count: 1 } } },
  { lines: 'alert_after: 3', policy: { alertAfter: { kind: 'failures', count: 3 } } },
  { lines: 'alert_after: "3"', policy: { alertAfter: { kind: 'failures', count: 3 } } },
  { lines: 'alert_after: 3 of 5', policy: { alertAfter: { kind: 'of', count: 3, window: 5 } } },
  { lines: 'alert_after: 5m', policy: { alertAfter: { kind: 'time', ms: 300_000 } } },
  { lines: 'alert_every: -1', policy: { alertEvery: { kind: 'backoff' } } },
  { lines: 'alert_every: 0', policy: { alertEvery: { kind: 'once' } } },
  { lines: 'alert_every: 5', policy: { alertEvery: { kind: 'failures', count: 5 } } },
  { lines: 'alert_every: 4h', policy: { alertEvery: { kind: 'time', ms: 14_400_000 } } },
  {
    lines: 'alerts: [log, {alert: log2, after: 30m}, {alert: log3, after: 3}, {alert: log4}]',
    policy: {
      alertDown: [
        { alert: 'log', after: null },
        { alert: 'log2', after: { kind: 'time', ms: 1_800_000 } },
        { alert: 'log3', after: { kind: 'failures', count: 3 } },
        { alert: 'log4', after: null },
      ],
    },
  },
  { lines: 'alerts: []', policy: { alertDown: [] } },
])('policy $lines', ({ lines, policy }) => {
  const alerts = 'alerts: {log2: {command: x}, log3: {command: x}, log4: {command: x}}\n'
  expect(monitorOf(lines, alerts).policy).toMatchObject(policy)
})

test('the other keys of a monitor', () => {
  const lines = `shell_command: ignored
retry_interval: 500ms
recover_after: 2
warning_exit_codes: [1, 2]
working_directory: /tmp
description: d
runbook: r
tags: [web, 404]
group: g
enabled: false`.replace('shell_command: ignored\n', '')
  expect(monitorOf(lines)).toMatchObject({
    retryIntervalMs: 500,
    warningExitCodes: [1, 2],
    workingDirectory: '/tmp',
    description: 'd',
    runbook: 'r',
    tags: ['web', '404'],
    group: 'g',
    isEnabled: false,
    policy: { recoverAfter: 2 },
  })
})

describe('alerts', () => {
  test('are compiled, with their defaults', () => {
    const { alerts } = configOf(`${MONITOR}alerts:
  list: {command: [echo, "{monitor_name}!", "{{.FailureCount}}"], fallback: shell}
  shell:
    shell_command: echo {last_output}
    timeout: 5s
    retry_for: 0
    env: {A: 1}
`)
    expect(alerts.get('list')).toMatchObject({
      command: [['echo'], [{ variable: 'monitor_name' }, '!'], [{ variable: 'failure_count' }]],
      timeoutMs: 30_000,
      retryForMs: 30_000,
      fallback: 'shell',
    })
    expect(alerts.get('shell')).toMatchObject({ timeoutMs: 5000, retryForMs: 0, env: { A: '1' }, fallback: null })
    expect(alerts.get('shell')?.command.slice(0, 2)).toEqual([['sh'], ['-c']])
    expect(alerts.get('log')?.command).toBe('log')
  })

  test('log may be defined anew', () => {
    const { alerts } = configOf(`${MONITOR}alerts: {log: {command: [logger, x], digest: 1m}}\n`)
    expect(alerts.get('log')).toMatchObject({ command: [['logger'], ['x']], digestMs: 60_000 })
  })

  test.each([
    { digest: '30s', digestMs: 30_000 },
    { digest: '1', digestMs: 1000 },
    { digest: `"\${WAIT}"`, digestMs: 5000 },
  ])('digest: $digest', ({ digest, digestMs }) => {
    const { alerts } = configOf(`${MONITOR}alerts: {x: {command: [x], digest: ${digest}}}\n`, { WAIT: '5' })
    expect(alerts.get('x')?.digestMs).toBe(digestMs)
  })

  test.each([
    { name: 'in a list', command: '[echo, "a {last_outptu}"]', at: '6:24' },
    { name: 'in a shell string', command: 'echo a {last_outptu}', at: '6:21' },
    { name: 'in a block', command: '|\n      echo a\n      echo {last_outptu}', at: '8:12' },
    { name: 'in a folded block', command: '>\n      echo a\n      echo {last_outptu}', at: '8:12' },
    { name: 'the second of two equal ones', command: '[echo, "{last_outptu}", "{last_outptu}"]', at: '6:22' },
  ])('C2: a misspelled variable $name is found at its place', ({ command, at }) => {
    const mistakes = mistakesIn(`${MONITOR}alerts:\n  x:\n    command: ${command}\n`)
    expect(mistakes[0]).toBe(`${at} alert "x": {last_outptu} is not a variable of Minitor`)
  })
})

describe('environment', () => {
  const environment = {
    TOKEN: 'hunter22',
    SHORT: 'abc',
    EMPTY: '',
    INTERVAL: '30',
    ON: 'false',
    CODES: '7',
    AFTER: '2 of 3',
    BRACES: '{{last_output}} {last_output}',
  }

  test('numbers, booleans and durations may come from it', () => {
    const text = `check_interval: \${INTERVAL}\nmonitors:\n  - name: a\n    command: x\n    enabled: \${ON}\n    warning_exit_codes: [1, "\${CODES}"]\n    alert_after: \${AFTER}\n    recover_after: "\${CODES}"\n`
    expect(configOf(text, environment).monitors[0]).toMatchObject({
      schedule: { intervalMs: 30_000 },
      isEnabled: false,
      warningExitCodes: [1, 7],
      policy: { alertAfter: { kind: 'of' }, recoverAfter: 7 },
    })
  })

  test.each([
    { written: `\${TOKEN}`, text: 'hunter22', secrets: ['hunter22'] },
    { written: `a\${TOKEN}b\${SHORT}`, text: 'ahunter22babc', secrets: ['hunter22'] },
    { written: `\${NOPE:-default value}`, text: 'default value', secrets: [] },
    { written: `\${EMPTY:-default}`, text: 'default', secrets: [] },
    { written: `[\${EMPTY}]`, text: '[]', secrets: [] },
    { written: `$$ $TOKEN $\${TOKEN} $5 \${x%%.*}`, text: `$ $TOKEN \${TOKEN} $5 \${x%%.*}`, secrets: [] },
  ])('$written becomes $text', ({ written, text, secrets }) => {
    const config = configOf(`monitors:\n  - name: a\n    command: [echo, '${written}']\n`, environment)
    expect(config.monitors[0]?.command).toEqual(['echo', text])
    expect(config.secrets).toEqual(secrets)
  })

  test('a script is left to the shell; what it refers to is a secret', () => {
    const script = `curl -u "api:\${TOKEN}" $SHORT $HOME`
    const config = configOf(`monitors:\n  - name: a\n    command: '${script}'\n`, { ...environment, HOME: '/home/me' })
    expect(config.monitors[0]?.command).toEqual(['sh', '-c', script])
    expect(config.secrets).toEqual(['hunter22'])
  })

  test('braces in a value are no variables of an alert', () => {
    const { alerts } = configOf(`${MONITOR}alerts:\n  x:\n    command: [echo, "{kind} \${BRACES}"]\n`, environment)
    expect(alerts.get('x')?.command).toEqual([['echo'], [{ variable: 'kind' }, ' {{last_output}} {last_output}']])
  })

  test('a value that does not fit is not shown', () => {
    const mistakes = mistakesIn(`check_interval: \${TOKEN}\n${MONITOR}`, environment)
    expect(mistakes).toEqual([`1:17 check_interval must be a duration, not the value of "\${TOKEN}"`])
  })

  test('files, relative to the configuration', () => {
    const directory = mkdtempSync(join(tmpdir(), 'minitor-secret-'))
    try {
      writeFileSync(join(directory, 'token'), 'from a file\n')
      writeFileSync(join(directory, 'large'), 'x'.repeat(70_000))
      const path = join(directory, 'config.yml')
      const text = `${MONITOR}    description: \${file:token}\n    runbook: \${file:${directory}/token}\n`
      writeFileSync(path, text)
      const loaded = loadConfig({ path, environment: {} })
      expect(loaded).toMatchObject({
        ok: true,
        config: { monitors: [{ description: 'from a file', runbook: 'from a file' }], secrets: ['from a file'] },
      })
      writeFileSync(path, `${MONITOR}    tags: ["\${file:nope}", "\${file:large}"]\n`)
      const refused = loadConfig({ path, environment: {} })
      expect(refused.ok ? [] : refused.mistakes.map(({ message }) => message)).toEqual([
        'monitor "a": cannot read nope: there is no such file',
        'monitor "a": cannot read large: it is larger than 64 KiB',
      ])
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
})

test.each([
  { name: 'no command', lines: '  - name: b\n', mistake: '4:5 monitor "b": it has no command' },
  { name: 'no name', lines: '  - command: x\n', mistake: '4:5 monitor number 2: the name is missing' },
  {
    name: 'two commands',
    lines: '    shell_command: x\n',
    mistake: '4:5 monitor "a": it has both command and shell_command',
  },
  {
    name: 'an empty command',
    lines: '  - {name: b, command: []}\n',
    mistake: '4:24 monitor "b": command must name a program, not a list',
  },
  {
    name: 'a name with a line break',
    lines: '  - name: |\n      b\n    command: x\n',
    mistake: '5:7 monitor "b\\n": name must not contain line breaks or control characters, not the text "b\\n"',
  },
  {
    name: 'a long name',
    lines: `  - {name: ${'n'.repeat(201)}, command: x}\n`,
    mistake: expect.stringContaining('name must be at most 200 characters long'),
  },
  { name: 'a value that is missing', lines: '    timeout:\n', mistake: '4:12 monitor "a": timeout has no value' },
  {
    name: 'an unknown alert',
    lines: '    alerts: [log, sms]\n',
    mistake: '4:19 monitor "a": alerts names an alert that is not defined: "sms"',
  },
  { name: 'an alert twice', lines: '    alerts: [log, log]\n', mistake: '4:19 monitor "a": alerts names "log" twice' },
  {
    name: 'an unknown monitor',
    lines: '    depends_on: [b]\n',
    mistake: '4:18 monitor "a": depends_on names a monitor that is not defined: "b"',
  },
  { name: 'itself', lines: '    depends_on: [a]\n', mistake: '4:18 monitor "a": depends_on names itself' },
  {
    name: 'a circle of monitors',
    lines: '    depends_on: [b]\n  - {name: b, command: x, depends_on: [a]}\n',
    mistake: '4:18 monitor "a": depends_on goes in a circle: "a" → "b" → "a"',
  },
  {
    name: 'a circle of fallbacks',
    lines: 'alerts: {x: {command: x, fallback: y}, y: {command: y, fallback: x}}\n',
    mistake: '4:36 alert "x": fallback goes in a circle: "x" → "y" → "x"',
  },
  {
    name: 'an unknown fallback',
    lines: 'alerts: {x: {command: x, fallback: y}}\n',
    mistake: '4:36 alert "x": fallback names an alert that is not defined: "y"',
  },
  {
    name: 'a digest too short to gather anything',
    lines: 'alerts: {x: {command: x, digest: 999ms}}\n',
    mistake: '4:34 alert "x": digest must be at least 1s, not the text "999ms"',
  },
  {
    name: 'a digest that is no time',
    lines: 'alerts: {x: {command: x, digest: true}}\n',
    mistake: '4:34 alert "x": digest must be a duration, not true',
  },
  {
    name: 'an unknown alert for restarts',
    lines: 'alert_restart: [lgo]\n',
    mistake: '4:17 alert_restart names an alert that is not defined: "lgo"',
  },
  {
    name: 'one alert for restarts that is no list',
    lines: 'alert_restart: log\n',
    mistake: '4:16 alert_restart must be a list of alerts, not the text "log"',
  },
  {
    name: 'a guard of a single monitor',
    lines: '    guard: {command: [true]}\n',
    mistake: '4:5 monitor "a": the key "guard" is not known',
  },
  {
    name: 'an alert with a misspelled command',
    lines: 'alerts: {x: {comand: x}}\n',
    mistake: '4:14 alert "x": the key "comand" is not known',
  },
  {
    name: 'an alert without command',
    lines: 'alerts: {x: {timeout: 5}}\n',
    mistake: '4:10 alert "x": it has no command',
  },
  {
    name: 'a cron expression',
    lines: '    schedule: every day\n',
    mistake: '4:15 monitor "a": schedule must be a cron expression, not "every day"',
  },
  {
    name: 'a date as cron',
    lines: '    schedule: 2030-01-01\n',
    mistake: '4:15 monitor "a": schedule must be a cron expression, not "2030-01-01"',
  },
  {
    name: 'a day that never comes',
    lines: '    schedule: 0 0 31 2 *\n',
    mistake: '4:15 monitor "a": schedule "0 0 31 2 *" never matches',
  },
  {
    name: 'schedule and interval',
    lines: '    schedule: 0 0 * * *\n    check_interval: 5\n',
    mistake: '5:5 monitor "a": it has both schedule and check_interval',
  },
  {
    name: 'a time zone',
    lines: '    schedule: 0 0 * * *\n    timezone: Mars\n',
    mistake: '5:15 monitor "a": timezone "Mars" is not known on this machine',
  },
  {
    name: 'a time zone for nothing',
    lines: '    timezone: UTC\n',
    mistake: '4:5 monitor "a": timezone has no meaning without schedule',
  },
  {
    name: 'a variable name',
    lines: '    env: {1A: x}\n',
    mistake: '4:15 monitor "a": env.1A is no name for a variable, not the text "x"',
  },
  {
    name: 'a key of a step',
    lines: '    alerts: [{alert: log, aftr: 3}]\n',
    mistake: '4:27 monitor "a": alerts has a key that is not known: "aftr"',
  },
  {
    name: 'too many of',
    lines: '    alert_after: 6 of 5\n',
    mistake: '4:18 monitor "a": alert_after must be a number of failures, "k of m" or a time, not the text "6 of 5"',
  },
  {
    name: 'alert_after -1',
    lines: '    alert_after: -1\n',
    mistake: '4:18 monitor "a": alert_after must be a number of failures, "k of m" or a time, not the number -1',
  },
])('refuses $name', ({ lines, mistake }) => {
  expect(mistakesIn(MONITOR + lines)).toEqual([mistake])
})

test('a key of a later version is not known', () => {
  expect(mistakesIn(`${MONITOR}flock: {a: 1}\n`)).toEqual(['4:1 the key "flock" is not known'])
})

test('alert_restart names alerts', () => {
  expect(configOf(`alert_restart: [log, sms]\n${MONITOR}${ALERTS}`).alertRestart).toEqual(['log', 'sms'])
})

test('all mistakes come at once, in the order of their places, each cause once', () => {
  const text = `x-base: &base {check_interval: 0}
monitors:
  - {<<: *base, name: a, comand: x, alerts: [nope]}
  - {<<: *base, name: b, command: x, timeout: 1 s}
`
  expect(mistakesIn(text)).toEqual([
    '1:32 monitor "a": check_interval must be at least 100ms, not the number 0',
    '3:26 monitor "a": the key "comand" is not known',
    '3:46 monitor "a": alerts names an alert that is not defined: "nope"',
    '4:47 monitor "b": timeout must be a duration, not the text "1 s"',
  ])
})

test('anchors, merge keys and x- keys', () => {
  const text = `x-common: &common
  check_interval: 5
  alerts: &who [log]
monitors:
  - <<: *common
    x-note: anything {goes}
    name: a
    command: &cmd [echo, hi]
  - <<: [{tags: [t]}, *common]
    name: b
    check_interval: 6
    command: *cmd
    alert_up: *who
alerts:
  x-shared: {nothing: here}
`
  const { monitors, alerts } = configOf(text)
  expect(monitors).toMatchObject([
    { command: ['echo', 'hi'], schedule: { intervalMs: 5000 } },
    { command: ['echo', 'hi'], schedule: { intervalMs: 6000 }, tags: ['t'], policy: { alertUp: ['log'] } },
  ])
  expect([...alerts.keys()]).toEqual(['log'])
})

test('a directory is read in name order; hidden and other files are left out', () => {
  const loaded = loadFiles({
    '2.yml': 'monitors: [{name: b, command: x, alerts: [mail]}]\n',
    '1.yaml': `check_interval: 5\n${MONITOR}`,
    '3.yml': ALERTS,
    '4.yml': '# nothing yet\n',
    '.5.yml': 'oops: [',
    'README.md': 'not a configuration',
  })
  expect(loaded.ok ? loaded.config.monitors.map(({ name }) => name) : loaded.mistakes).toEqual(['a', 'b'])
})

test('one broken file of a directory does not make the others wrong', () => {
  const loaded = loadFiles({
    '1.yml': MONITOR.replace('[true]', '[true]\n    alerts: [mail]'),
    '2.yml': 'alerts: {mail: [\n',
  })
  expect(loaded.ok ? [] : loaded.mistakes.map(({ file }) => file)).toEqual(['2.yml'])
})

test('a top-level key in two files names both places', () => {
  const loaded = loadFiles({ '1.yml': `check_interval: 5\n${MONITOR}`, '2.yml': 'check_interval: 6\n' })
  expect(loaded).toMatchObject({
    ok: false,
    mistakes: [{ file: '2.yml', message: '"check_interval" is given twice', hint: 'first given at 1.yml:1' }],
  })
})

describe('what cannot be read', () => {
  const directory = mkdtempSync(join(tmpdir(), 'minitor-unreadable-'))
  const locked = join(directory, 'locked.yml')
  writeFileSync(locked, MONITOR)
  chmodSync(locked, 0)
  const messageOf = (path: string) => {
    const loaded = loadConfig({ path, environment: {} })
    return loaded.ok ? null : loaded.mistakes
  }

  test('a missing file', () => {
    expect(messageOf('/nope/config.yml')).toEqual([
      {
        file: '/nope/config.yml',
        line: 1,
        column: 1,
        message: 'cannot read /nope/config.yml: there is no such file',
        hint:
          'name one with --config, mount one at /etc/minitor/config.yml in a container, ' +
          'or create one to start from: minitor init',
        excerpt: '',
        caretLength: 1,
      },
    ])
  })

  test.skipIf(process.getuid?.() === 0)('a file without permission', () => {
    expect(messageOf(locked)?.[0]?.message).toEndWith('permission denied')
  })

  test('a directory without files', () => {
    const empty = mkdtempSync(join(tmpdir(), 'minitor-empty-'))
    expect(messageOf(empty)?.[0]?.message).toBe('there is no *.yml or *.yaml file in this directory')
    rmSync(empty, { recursive: true })
  })

  test('a file without end', () => {
    expect(messageOf('/dev/zero')?.[0]?.message).toBe('cannot read /dev/zero: it is not a file')
  })

  test('a FIFO that nobody writes into', () => {
    const directory = mkdtempSync(join(tmpdir(), 'minitor-config-'))
    const fifo = join(directory, 'config.yml')
    Bun.spawnSync(['mkfifo', fifo])
    expect(messageOf(fifo)?.[0]?.message).toBe(`cannot read ${fifo}: it is not a file`)
    rmSync(directory, { recursive: true })
  })

  test('a file that is too large', () => {
    const directory = mkdtempSync(join(tmpdir(), 'minitor-config-'))
    const file = join(directory, 'config.yml')
    writeFileSync(file, '#'.repeat(9 * 1024 * 1024))
    expect(messageOf(file)?.[0]?.message).toBe('the file is larger than 8 MiB')
    rmSync(directory, { recursive: true })
  })
})

test('five thousand monitors that are all wrong take no more than their share of the time', () => {
  const costFor = (count: number) => {
    const wrong = (index: number) => `  - {name: m${index}, command: x, timeout: x, depends_on: [n${index}]}\n`
    const text = `monitors:\n${Array.from({ length: count }, (_, index) => wrong(index)).join('')}`
    return costOf(() => expect(mistakesIn(text)).toHaveLength(2 * count))
  }
  // If each were compared with all, it would be a hundred times.
  expect(costFor(5000)).toBeLessThan(40 * costFor(500))
})
