import { expect, test } from 'bun:test'
import { createWorkspace } from '../support/executable.ts'

const MONITOR = 'monitors:\n  - name: a\n    command: [true]\n'

const TWO_MISTAKES = `monitors:
  - name: website
    command: [curl, -sf, 'https://example.org']
    check_intervall: 30s
    alert_after: 2

    alert_down: [log_donw]

alerts:
  log_down: {command: [logger, '{monitor_name}']}
  log_up: {command: [logger, '{monitor_name}']}
`

test('all mistakes at once, each with its place, line, caret and hint', async () => {
  using place = createWorkspace({ 'config.yml': TWO_MISTAKES })
  const { exitCode, stdout, stderr } = await place.minitor('validate')
  expect(stderr.trimEnd()).toBe(`error: monitor "website": the key "check_intervall" is not known
 --> config.yml:4:5
  |
4 |     check_intervall: 30s
  |     ^^^^^^^^^^^^^^^
  = help: did you mean "check_interval"?

error: monitor "website": alert_down names an alert that is not defined: "log_donw"
 --> config.yml:7:18
  |
7 |     alert_down: [log_donw]
  |                  ^^^^^^^^
  = help: did you mean "log_down"? Defined alerts: log, log_down, log_up`)
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
})

test('the same mistakes for machines, on standard output', async () => {
  using place = createWorkspace({ 'config.yml': TWO_MISTAKES })
  const { exitCode, stdout, stderr } = await place.minitor('validate', '--json')
  expect(JSON.parse(stdout)).toEqual({
    ok: false,
    monitors: expect.any(Number),
    alerts: expect.any(Number),
    errors: [
      {
        file: 'config.yml',
        line: 4,
        column: 5,
        message: 'monitor "website": the key "check_intervall" is not known',
        hint: 'did you mean "check_interval"?',
      },
      {
        file: 'config.yml',
        line: 7,
        column: 18,
        message: 'monitor "website": alert_down names an alert that is not defined: "log_donw"',
        hint: 'did you mean "log_down"? Defined alerts: log, log_down, log_up',
      },
    ],
    warnings: [],
  })
  expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: '' })
})

test('a right configuration in one screen', async () => {
  using place = createWorkspace({
    'config.yml': `check_interval: 1m
monitors:
  - name: Web site
    command: [true]
    alert_after: 5m
    alert_every: 4h
    alerts: [log, {alert: text, after: 30m}]
    alert_up: [log, text]
  - name: Backup
    command: [true]
    schedule: '0 3 * * *'
    timezone: Europe/Berlin
    alert_after: 1
    alert_every: 0
    alerts: [log]
  - name: Shaky
    command: [true]
    check_interval: 500ms
    alert_after: 3 of 5
    alert_every: 2
    alerts: [log]
  - name: Retired
    command: [true]
    enabled: false
alerts:
  text: {command: [true]}
`,
  })
  expect(await place.minitor('validate')).toMatchObject({
    exitCode: 0,
    stderr: '',
    stdout: `fine: config.yml has 4 monitors and 2 alerts (log, text)

MONITOR   CHECKED                       DOWN AFTER       REMINDERS         WHEN DOWN              WHEN UP
Web site  every 1m                      5m               every 4h          log, text (after 30m)  log, text
Backup    at 0 3 * * * (Europe/Berlin)  1 failure        none              log                    -
Shaky     every 500ms                   3 of 5 failures  every 2 failures  log                    -
Retired   never (enabled: false)        4 failures       back off          log                    -
`,
  })
})

test('a summary of many monitors still fits the screen', async () => {
  const monitors = Array.from({ length: 1000 }, (_, index) => `  - {name: m${index}, command: [true]}\n`)
  using place = createWorkspace({ 'config.yml': `monitors:\n${monitors.join('')}` })
  const { exitCode, stdout } = await place.minitor('validate')
  expect(exitCode).toBe(0)
  expect(stdout).toStartWith('fine: config.yml has 1000 monitors and 1 alert (log)\n')
  expect(stdout.split('\n').length).toBeLessThanOrEqual(25)
  expect(stdout).toEndWith('\n… and 980 more\n')
})

test.each(['-c', '--config', '-config'])('%s names another file', async (flag) => {
  using place = createWorkspace({ 'other name.yml': MONITOR })
  const { exitCode, stdout } = await place.minitor('validate', flag, 'other name.yml')
  expect(exitCode).toBe(0)
  expect(stdout).toStartWith('fine: other name.yml has ')
})

test('a directory: its *.yml and *.yaml together, in name order', async () => {
  using place = createWorkspace({
    'conf/20-web.yaml': 'monitors:\n  - {name: web, command: [true], alerts: [mail]}\n',
    'conf/10-disk.yml':
      'check_interval: 5m\nmonitors:\n  - {name: disk, command: [true]}\nalerts: {mail: {command: [true]}}\n',
    'conf/notes.txt': 'not: [yaml',
    'conf/.hidden.yml': 'not: [yaml',
  })
  const { exitCode, stdout } = await place.minitor('validate', '--config', 'conf')
  expect(exitCode).toBe(0)
  expect(stdout).toBe(`fine: conf has 2 monitors and 2 alerts (log, mail)

MONITOR  CHECKED   DOWN AFTER  REMINDERS  WHEN DOWN  WHEN UP
disk     every 5m  4 failures  back off   log        -
web      every 5m  4 failures  back off   mail       -
`)
})

test('E2: mistakes of a directory name the files they are in, and both places of a name given twice', async () => {
  using place = createWorkspace({
    'conf/1.yml': `${MONITOR}    chekc: 1\n`,
    'conf/2.yml': MONITOR,
  })
  const { exitCode, stderr } = await place.minitor('validate', '--config', 'conf')
  expect(exitCode).toBe(2)
  expect(stderr).toContain('--> conf/1.yml:4:5\n')
  expect(stderr).toContain('there are two monitors named "a"\n --> conf/2.yml:2:11\n')
  expect(stderr).toContain('= help: the other one is at conf/1.yml:2\n')
})

test.each([
  {
    name: 'a directory without configuration',
    files: { 'conf/readme': '' },
    path: 'conf',
    says: /no \*\.yml or \*\.yaml/,
  },
  { name: 'a missing file', files: {}, path: 'missing.yml', says: /cannot read missing\.yml: there is no such file/ },
  { name: 'E9: an empty file', files: { 'a.yml': '' }, path: 'a.yml', says: /the configuration is empty/ },
  { name: 'E9: no monitors', files: { 'a.yml': 'alerts: {}\n' }, path: 'a.yml', says: /monitors/ },
  { name: 'E9: a map of monitors', files: { 'a.yml': 'monitors: {}\n' }, path: 'a.yml', says: /a\.yml:1:11/ },
  { name: 'E4: a tab', files: { 'a.yml': 'monitors:\n\t- name: a\n' }, path: 'a.yml', says: /a\.yml:2:1\n/ },
  { name: 'a missing bracket', files: { 'a.yml': 'monitors: [\n' }, path: 'a.yml', says: /a\.yml:\d+:\d+\n/ },
  {
    name: 'E8: a missing variable',
    files: { 'a.yml': `${MONITOR}    description: 'on \${NO_SUCH_NAME}'\n` },
    path: 'a.yml',
    says: /NO_SUCH_NAME[^\n]*\n --> a\.yml:4:22\n/,
  },
])('$name is refused', async ({ files, path, says }) => {
  using place = createWorkspace(files as Record<string, string>)
  const { exitCode, stdout, stderr } = await place.minitor('validate', '--config', path)
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
  expect(stderr).toMatch(says)
  const { errors } = JSON.parse((await place.minitor('validate', '--config', path, '--json')).stdout)
  expect(errors).toHaveLength(1)
})

test.each([['0'], ['-5'], ['true'], ['0.01'], ['99ms'], ['.inf'], ['soon'], ['1h 30m'], ['[30]'], ['']])(
  'B10: the interval %p is refused, with its place',
  async (value) => {
    const line = `check_interval: ${value}`.trimEnd()
    using place = createWorkspace({ 'config.yml': `${MONITOR}    ${line}\n`, 'global.yml': `${line}\n${MONITOR}` })
    const column = value === '' ? expect.any(Number) : 21
    const own = await place.minitor('validate', '--json')
    expect(JSON.parse(own.stdout).errors).toEqual([expect.objectContaining({ file: 'config.yml', line: 4, column })])
    const global = await place.minitor('validate', '--json', '--config', 'global.yml')
    expect(JSON.parse(global.stdout).errors).toEqual([expect.objectContaining({ file: 'global.yml', line: 1 })])
    expect([own.exitCode, global.exitCode]).toEqual([2, 2])
  },
)

test('a key of a later version is not known', async () => {
  using place = createWorkspace({
    'config.yml': `web: {listen: '127.0.0.1:8080'}
planets: {}
monitors:
  - {name: a, command: [true]}
`,
  })
  const { exitCode, stdout } = await place.minitor('validate', '--json')
  expect(exitCode).toBe(2)
  const { errors } = JSON.parse(stdout) as { errors: { line: number; column: number; message: string }[] }
  expect(errors.map(({ line, column, message }) => `${line}:${column} ${message}`)).toEqual([
    '2:1 the key "planets" is not known',
  ])
})

test('what a map within the configuration says wrong has its place too, all at once', async () => {
  using place = createWorkspace({
    'config.yml': `guard: {comand: [true]}
watchdog: {command: [true], interval: 0}
maintenance:
  - {schedule: nightly, duration: 40d}
  - {schedule: '0 3 * * *', duration: 1h, tags: [hosue]}
retention: {hourly: 1m}
monitors:
  - {name: a, command: [true], tags: [house], flap_detection: {low: 50}}
`,
  })
  const { exitCode, stdout } = await place.minitor('validate', '--json')
  expect(exitCode).toBe(2)
  const { errors } = JSON.parse(stdout) as { errors: Record<string, string>[] }
  expect(errors.map(({ line, column, message, hint }) => `${line}:${column} ${message} | ${hint}`)).toEqual([
    '1:9 guard: the key "comand" is not known | did you mean "command"?',
    '2:39 watchdog: interval must be at least 1s, not the number 0 | null',
    '4:16 maintenance number 1: schedule must be a cron expression, not "nightly" | write five fields: minute hour day month weekday, such as "*/5 8-18 * * 1-5"',
    '4:35 maintenance number 1: duration must be at most 31d, not the text "40d" | null',
    '5:50 maintenance number 2: tags names a tag that no monitor has: "hosue" | did you mean "house"? Tags of monitors: house',
    '6:21 retention: hourly must be at least 1h, not the text "1m" | null',
    '8:69 monitor "a": flap_detection.low must be below high, 30, not the number 50 | null',
  ])
})

test('F6: names cannot steer the terminal that shows them', async () => {
  const name = 'a\u202eb\u2066c\u200b'
  using place = createWorkspace({
    'config.yml': `monitors: [{name: "${name}", command: [true], alerts: ["${name}"]}]\nalerts: {"${name}": {command: [true]}}\n`,
  })
  const right = await place.minitor('validate')
  expect(right.exitCode).toBe(0)
  expect(right.stdout).toContain('a\\u202eb\\u2066c\\u200b')
  expect(right.stdout).not.toMatch(/[\u202e\u2066\u200b]/)
  place.write('config.yml', `monitors: [{name: "${name}"}]\n`)
  const wrong = await place.minitor('validate')
  expect(wrong.exitCode).toBe(2)
  expect(wrong.stderr).not.toMatch(/[\u202e\u2066\u200b]/)
})

test('a warning is printed, is in --json, and is no error', async () => {
  using place = createWorkspace({
    'config.yml': `${MONITOR}    alerts: [push]\nalerts:\n  push: {command: [curl, --fail, -d, '{last_output}', 'https://push.example']}\n`,
  })
  const { exitCode, stderr } = await place.minitor('validate')
  expect(exitCode).toBe(0)
  expect(stderr.trimEnd()).toBe(`warning: alert "push": curl would take {last_output} for a file where it begins with @
 --> config.yml:6:39
  |
6 |   push: {command: [curl, --fail, -d, '{last_output}', 'https://push.example']}
  |                                       ^^^^^^^^^^^^^
  = help: write --data-raw, which takes the text as it is, or put the text below input: and write --data-binary @-`)
  const json = await place.minitor('validate', '--json')
  expect(json.exitCode).toBe(0)
  expect(JSON.parse(json.stdout)).toEqual({
    ok: true,
    monitors: 1,
    alerts: 2,
    errors: [],
    warnings: [
      {
        file: 'config.yml',
        line: 6,
        column: 39,
        message: 'alert "push": curl would take {last_output} for a file where it begins with @',
        hint: 'write --data-raw, which takes the text as it is, or put the text below input: and write --data-binary @-',
      },
    ],
  })
})
