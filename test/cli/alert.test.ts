import { describe, expect, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import { startDaemon } from '../support/daemon-process.ts'
import { requireDebianPackage } from '../support/debian.ts'
import { createWorkspace } from '../support/executable.ts'

const CONFIG = `monitors:
  - name: website
    command: [true]
    description: The shop
    runbook: Call Kim
    tags: [web, shop]
    group: Front
alerts:
  greet: {command: "echo hello; echo to all >&2"}
  broken: {command: "echo trying; echo x >> tries; exit 4", retry_for: 1h, fallback: greet}
  hanging: {command: "echo begun; exec sleep 60", timeout: 300ms}
  missing: {command: [no-such-program]}
  killed: {command: kill -9 $$}
  list: {command: [printf, '%s|', '{monitor_name}', '{kind} {status}', '{{literal}}']}
  environment: {command: env}
  document: {command: cat}
`

test('an alert is sent for real; what it said and its exit code are shown', async () => {
  using place = createWorkspace({ 'config.yml': CONFIG })
  expect(await place.minitor('alert', 'greet')).toMatchObject({
    exitCode: 0,
    stdout: 'hello\nto all\ndelivered: greet, exit code 0\n',
    stderr: '',
  })
})

test.each([
  { name: 'broken', said: 'trying\n', reason: 'exit code 4', exitCode: 4 },
  { name: 'hanging', said: 'begun\n', reason: 'timed out after 300ms', exitCode: null },
  { name: 'missing', said: '', reason: /command not found: "no-such-program"/, exitCode: null },
  { name: 'killed', said: '', reason: 'killed by SIGKILL', exitCode: null },
])('an alert that fails ($name) is bad news: exit code 1', async ({ name, said, reason, exitCode }) => {
  using place = createWorkspace({ 'config.yml': CONFIG })
  const expected = typeof reason === 'string' ? reason : expect.stringMatching(reason)
  const text = await place.minitor('alert', name)
  expect(text).toMatchObject({ exitCode: 1, stderr: '' })
  expect(text.stdout).toStartWith(`${said}failed: ${name}, `)
  const json = await place.minitor('alert', name, '--json')
  expect(json).toMatchObject({ exitCode: 1, stderr: '' })
  expect(JSON.parse(json.stdout)).toEqual({
    alert: name,
    delivered: false,
    exit_code: exitCode,
    reason: expected,
    output: said,
  })
})

test('a tag with a comma is one tag in the document', async () => {
  using place = createWorkspace({ 'config.yml': CONFIG.replace('[web, shop]', '["web,shop", "x"]') })
  const { stdout } = await place.minitor('alert', 'document', '--monitor', 'website', '--kind', 'down', '--json')
  expect(JSON.parse(JSON.parse(stdout).output).tags).toEqual(['web,shop', 'x'])
})

test('it is tried once: no retry, no fallback', async () => {
  using place = createWorkspace({ 'config.yml': CONFIG })
  await place.minitor('alert', 'broken')
  expect(place.read('tries')).toBe('x\n')
})

test('the same for machines', async () => {
  using place = createWorkspace({ 'config.yml': CONFIG })
  const { exitCode, stdout, stderr } = await place.minitor('alert', 'greet', '--json')
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  expect(JSON.parse(stdout)).toEqual({
    alert: 'greet',
    delivered: true,
    exit_code: 0,
    reason: 'exit code 0',
    output: 'hello\nto all\n',
  })
})

describe('the alert log', () => {
  test('is always there, and prints its message', async () => {
    using place = createWorkspace({ 'config.yml': CONFIG })
    const { exitCode, stdout } = await place.minitor('alert', 'log', '--monitor', 'website', '--kind', 'up')
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'website check is up again!\ndelivered: log\n' })
  })

  test('prints nothing but JSON for machines', async () => {
    using place = createWorkspace({ 'config.yml': CONFIG })
    const { stdout } = await place.minitor('alert', 'log', '--monitor', 'website', '--kind', 'up', '--json')
    const message = 'website check is up again!'
    expect(JSON.parse(stdout)).toMatchObject({
      alert: 'log',
      delivered: true,
      output: expect.stringContaining(message),
    })
  })

  test('may be redefined', async () => {
    using place = createWorkspace({ 'config.yml': `${CONFIG}  log: {command: [echo, mine]}\n` })
    expect((await place.minitor('alert', 'log')).stdout).toBe('mine\ndelivered: log, exit code 0\n')
  })
})

test.each([
  { args: ['gret'], says: 'there is no alert "gret"\n  = help: did you mean "greet"?' },
  { args: ['greet', '--monitor', 'webste'], says: 'there is no monitor "webste"\n  = help: did you mean "website"?' },
])('what is not there is named, with a suggestion: $args', async ({ args, says }) => {
  using place = createWorkspace({ 'config.yml': CONFIG })
  expect(await place.minitor('alert', ...args)).toMatchObject({ exitCode: 2, stdout: '', stderr: `error: ${says}\n` })
})

test('a kind that is none is refused, and the kinds are listed', async () => {
  using place = createWorkspace({ 'config.yml': CONFIG })
  const { exitCode, stdout, stderr } = await place.minitor('alert', 'greet', '--kind', 'dwon')
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
  for (const text of ['--kind', 'dwon', 'down', 'up']) expect(stderr).toContain(text)
})

test('without a name, the alerts there are', async () => {
  using place = createWorkspace({ 'config.yml': CONFIG })
  const { exitCode, stdout } = await place.minitor('alert')
  expect({ exitCode, stdout }).toEqual({
    exitCode: 0,
    stdout: 'log\ngreet\nbroken\nhanging\nmissing\nkilled\nlist\nenvironment\ndocument\n',
  })
})

test.each(['test', 'down', 'reminder', 'up', 'flapping', 'restarted'])(
  '--kind %s has what breaks messages',
  async (kind) => {
    using place = createWorkspace({ 'config.yml': CONFIG })
    const { stdout } = await place.minitor('alert', 'document', '--monitor', 'website', '--kind', kind, '--json')
    const document = JSON.parse(JSON.parse(stdout).output)
    expect(document.kind).toBe(kind)
    if (kind === 'restarted') return
    expect(document.last_output).toStartWith('@')
    for (const part of ['"', '\\', '%', '\n.\n', 'ü']) expect(document.last_output).toContain(part)
  },
)

test.each([
  { args: [], says: '2 down: website, Küche; 1 up: a "quoted" name' },
  { args: ['--kind', 'down'], says: '2 down: website, Küche; 1 up: a "quoted" name' },
  { args: ['--kind', 'reminder'], says: '1 down: Küche; 1 still down: website; 1 up: a "quoted" name' },
  { args: ['--kind', 'up'], says: '1 down: Küche; 2 up: website, a "quoted" name' },
  { args: ['--kind', 'flapping'], says: '1 down: Küche; 1 flapping: website; 1 up: a "quoted" name' },
  { args: ['--kind', 'restarted'], says: '1 down: Küche; 1 up: a "quoted" name; 1 restarted: Minitor' },
])('--digest is of several: $args', async ({ args, says }) => {
  using place = createWorkspace({ 'config.yml': CONFIG })
  const { stdout } = await place.minitor('alert', 'document', '--monitor', 'website', '--digest', '--json', ...args)
  const document = JSON.parse(JSON.parse(stdout).output)
  expect(document.alert_message).toBe(says)
  expect(document.notifications).toHaveLength(3)
})

test('no digest has a test in it', async () => {
  using place = createWorkspace({ 'config.yml': CONFIG })
  const { exitCode, stderr } = await place.minitor('alert', 'document', '--digest', '--kind', 'test')
  expect({ exitCode, stderr }).toEqual({
    exitCode: 2,
    stderr: 'error: a test notification goes into no digest\n  = help: leave out --kind\n',
  })
})

const hasJq = requireDebianPackage('jq', 'jq')

test.each(['alert_message', 'last_output'])(
  'JSON by hand around {%s} breaks before the night it matters',
  async (variable) => {
    const alerts = JSON.stringify({
      hand: { command: `printf '%s' '{{"text": "{${variable}}"}}' | jq .` },
      input: { command: ['jq', '.'], input: { text: `{${variable}}` } },
    })
    using place = createWorkspace({ 'config.yml': `monitors: [{name: a, command: [true]}]\nalerts: ${alerts}\n` })
    const exitCodes = [await place.minitor('alert', 'hand'), await place.minitor('alert', 'input')].map(
      ({ exitCode }) => exitCode,
    )
    expect(exitCodes).toEqual(hasJq ? [1, 0] : [1, 1])
  },
)

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/

const ABOUT_WEBSITE = {
  monitor_name: 'website',
  description: 'The shop',
  runbook: 'Call Kim',
  group: 'Front',
  url: '',
}

test.each([
  { kind: 'down', isUp: 'false', status: 'down', message: /^website check has failed \d+ times$/ },
  { kind: 'up', isUp: 'true', status: 'up', message: /^website check is up again!$/ },
])('--kind $kind: each variable is in the environment', async ({ kind, isUp, status, message }) => {
  using place = createWorkspace({ 'config.yml': CONFIG })
  const { stdout } = await place.minitor('alert', 'environment', '--monitor', 'website', '--kind', kind)
  const lines = stdout.split('\n').filter((line) => line.startsWith('MINITOR_'))
  const variables = Object.fromEntries(lines.map((line) => line.slice('MINITOR_'.length).split(/=(.*)/s)))
  expect(variables).toMatchObject({
    MONITOR_NAME: 'website',
    KIND: kind,
    IS_UP: isUp,
    STATUS: status,
    ALERT_MESSAGE: expect.stringMatching(message),
    ALERT_COUNT: '1',
    FAILURE_COUNT: expect.stringMatching(/^[1-9]\d*$/),
    LAST_SUCCESS: expect.stringMatching(TIME),
    STARTED_AT: expect.stringMatching(TIME),
    DESCRIPTION: 'The shop',
    RUNBOOK: 'Call Kim',
    TAGS: 'web,shop',
    GROUP: 'Front',
    URL: '',
    HOSTNAME: expect.stringMatching(/./),
    INCIDENT_ID: expect.stringMatching(/./),
    NOTIFICATION_ID: expect.stringMatching(/./),
    RUN_ID: expect.stringMatching(/./),
    ATTEMPT: '1',
    DELAYED: '',
  })
})

test.each([
  { kind: 'down', is_up: false, status: 'down' },
  { kind: 'up', is_up: true, status: 'up' },
])('--kind $kind: the whole notification is one JSON document on standard input', async ({ kind, is_up, status }) => {
  using place = createWorkspace({ 'config.yml': CONFIG })
  const { stdout } = await place.minitor('alert', 'document', '--monitor', 'website', '--kind', kind)
  expect(JSON.parse(stdout.slice(0, stdout.lastIndexOf('delivered:')))).toMatchObject({
    ...ABOUT_WEBSITE,
    kind,
    is_up,
    status,
    tags: ['web', 'shop'],
    attempt: 1,
    alert_message: expect.stringContaining('website check '),
  })
})

test('without a monitor it is a test that says so', async () => {
  using place = createWorkspace({ 'config.yml': CONFIG })
  const { stdout } = await place.minitor('alert', 'document')
  const { kind, alert_message } = JSON.parse(stdout.slice(0, stdout.lastIndexOf('delivered:')))
  expect({ kind, alert_message }).toEqual({
    kind: 'test',
    alert_message: 'This is a test of the alert "document": ü, 100%, \\',
  })
})

test('in a list each argument stays one', async () => {
  using place = createWorkspace({ 'config.yml': CONFIG })
  const { stdout } = await place.minitor('alert', 'list', '--monitor', 'website', '--kind', 'down')
  expect(stdout).toBe('website|down down|{literal}|\ndelivered: list, exit code 0\n')
})

test('values from the environment are shown to nobody', async () => {
  using place = createWorkspace({
    'config.yml': `monitors: [{name: a, command: [true]}]\nalerts: {leak: {command: 'echo "key \${SECRET}"'}}\n`,
  })
  const { stdout } = await place.minitorWith({ SECRET: 'hunter2-hunter2' }, 'alert', 'leak')
  expect(stdout).toBe('key ***\ndelivered: leak, exit code 0\n')
})

test('F6: what an alert says cannot steer the terminal', async () => {
  using place = createWorkspace({
    'config.yml': String.raw`monitors: [{name: a, command: [true]}]
alerts:
  rude:
    command: printf '\033[2Jgone\007 \342\200\256x\n'; exit 1
`,
  })
  const { stdout } = await place.minitor('alert', 'rude')
  expect(stdout).toBe(`${String.raw`\x1b[2Jgone\x07 \u202ex`}\nfailed: rude, exit code 1\n`)
})

/** Everything that a shell might run, and every character that might end a quotation. */
const EVIL = '$(touch PWNED)`touch PWNED`"\'; touch PWNED; \'"$HOME \\ * \'"\'"$(touch PWNED)'

const PLACES = `
  list: {command: [printf, '%s\\n', '{NAME}']}
  bare: {command: "printf '%s\\\\n' {NAME}"}
  double: {command: 'printf "%s\\n" "{NAME}"'}
  single: {command: "printf '%s\\\\n' '{NAME}'"}
  substitution: {command: 'printf "%s\\n" "$(printf %s {NAME})"'}
  nested: {command: 'printf "%s\\n" "$(printf %s "{NAME}")"'}
  backticks: {command: 'printf "%s\\n" "\`printf %s {NAME}\`"'}
  document:
    command: |
      sed '' <<END
      {NAME}
      END
`
const PLACE_NAMES = ['list', 'bare', 'double', 'single', 'substitution', 'nested', 'backticks', 'document']

test.each(PLACE_NAMES)('F1: a name that is a shell command stays text: %s', async (alert) => {
  using place = createWorkspace({
    'config.yml': `monitors:
  - name: ${JSON.stringify(EVIL)}
    command: [true]
alerts:${PLACES.replaceAll('{NAME}', '{monitor_name}')}`,
  })
  const { exitCode, stdout } = await place.minitor('alert', alert, '--monitor', EVIL)
  expect(stdout).toBe(`${EVIL}\ndelivered: ${alert}, exit code 0\n`)
  expect(exitCode).toBe(0)
  expect(place.files()).toEqual(['config.yml'])
})

test('F1, F3: what a check prints stays text on its whole way through the daemon', async () => {
  const output = `${EVIL} {monitor_name} {{.MonitorName}} {last_output}`
  await using daemon = startDaemon({
    config: `monitors:
  - name: evil
    command: cat output; exit 1
    check_interval: 100ms
    alert_after: 1
    alert_every: 0
    alerts: [${PLACE_NAMES.join(', ')}]
alerts:${PLACES.replaceAll('{NAME}', '{last_output}')}`,
    files: { output },
  })
  for (const alert of PLACE_NAMES) {
    const { output: said } = await daemon.line({ alert })
    expect({ alert, said }).toEqual({ alert, said: `${output}\n` })
  }
  expect(readdirSync(daemon.directory)).not.toContain('PWNED')
})
