import { describe, expect, test } from 'bun:test'
import { startDaemon } from '../support/daemon-process.ts'
import { requireDebianPackage } from '../support/debian.ts'
import { eventually } from '../support/eventually.ts'
import { EXECUTABLE } from '../support/executable.ts'

const hasScript = requireDebianPackage('bsdutils', 'script')

// A cleared screen, a window title, text turned around, a character of no width, a bell, a backspace.
const HOSTILE = '\x1b[2J\x1b]0;title\x07\u202etxt\u200b\b\x9b31mred'

const CONFIG = `
check_interval: 100ms
monitors:
  - name: gate
    command: 'printf "%s\\n" "key is $TOKEN" "$HOSTILE"; test ! -e broken'
    env: { TOKEN: "\${TOKEN}", HOSTILE: "${JSON.stringify(HOSTILE).slice(1, -1)}" }
    alert_after: 2
    alerts: [ log, tell ]
    alert_up: [ log ]
alerts:
  tell: { command: 'echo told with $TOKEN' }
`
const TOKEN = 'hunter2-hunter2'

// What moves the cursor or turns text around, where a line of a log must have none.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

describe.concurrent('the log on a pipe', () => {
  test('one JSON object a line for each change, with what was run and said', async () => {
    await using daemon = startDaemon({ config: CONFIG, env: { TOKEN } })
    expect(await daemon.next({ level: 'info' })).toMatchObject({
      msg: expect.stringMatching(/^Minitor \d+\.\d+\.\d+ watches 1 monitor, 2 alerts$/),
      config: 'config.yml',
    })
    const facts = {
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      monitor: 'gate',
      command: [expect.stringContaining('"key is $TOKEN"')],
      output: `key is ***\n${HOSTILE}\n`,
      duration_ms: expect.any(Number),
    }
    const up = { ...facts, level: 'info', status: 'up', outcome: 'passed', exit_code: 0, msg: '"gate" is up' }
    expect(await daemon.next({ monitor: 'gate' })).toMatchObject(up)
    daemon.write('broken', '')
    const failed = { ...facts, level: 'warn', outcome: 'failed', exit_code: 1 }
    expect(await daemon.next({ monitor: 'gate' })).toMatchObject({ ...failed, status: 'failing' })
    expect(await daemon.next({ monitor: 'gate' })).toMatchObject({ ...failed, status: 'down' })
    await daemon.next({ alert: 'log', msg: 'gate check has failed 2 times' })
    expect(await daemon.line({ alert: 'tell' })).toMatchObject({ kind: 'down', output: 'told with ***\n' })
    daemon.write('config.yml', CONFIG.replace('test ! -e broken', 'true'))
    daemon.signal('SIGHUP')
    expect(await daemon.next({ outcome: 'passed' })).toMatchObject({ status: 'up' })
    await daemon.next({ alert: 'log', msg: 'gate check is up again!' })
    daemon.signal('SIGTERM')
    expect(await daemon.exitCode()).toBe(0)
    expect(JSON.stringify(daemon.lines)).not.toContain(TOKEN)
    expect(daemon.stderr()).toBe('')
  })

  test('a change of status is one line, however long the status lasts', async () => {
    await using daemon = startDaemon({
      config:
        'check_interval: 100ms\nmonitors: [ { name: gate, command: "echo >>runs; false", alert_after: 2, alerts: [] } ]',
    })
    await eventually('ten runs', () => daemon.read('runs').length >= 10)
    expect(daemon.lines.filter(({ monitor }) => monitor === 'gate').map(({ status }) => status)).toEqual([
      'failing',
      'down',
    ])
  })

  test('nothing in a line is obeyed by a terminal that shows it', async () => {
    await using daemon = startDaemon({ config: CONFIG, env: { TOKEN } })
    await daemon.line({ monitor: 'gate', status: 'up' })
    const raw = daemon.rawLog()
    expect(raw).toContain('\\u001b[2J')
    expect(raw.replaceAll('\n', '')).not.toMatch(UNPRINTABLE)
  })
})

describe.skipIf(!hasScript).concurrent('the log on a terminal', () => {
  const onTerminal = ['script', '-qefc', `exec ${EXECUTABLE}`, 'typescript']
  // `script` is what the daemon's helper starts; the executable's path that follows is one argument too many.
  const start = (env: Readonly<Record<string, string>>) =>
    startDaemon({
      config: CONFIG,
      files: { broken: '' },
      env: { TOKEN, ...env },
      wrapper: ['sh', '-c', 'exec "$1" "$2" "$3" "$4" >/dev/null', 'sh', ...onTerminal],
    })
  const shownBy = async (daemon: ReturnType<typeof start>) => {
    await eventually('the alert is seen', () => daemon.read('typescript').includes('tell delivered'))
    // `script` heeds no other signal; what ran in it is ended with the test.
    daemon.signal('SIGKILL')
    return daemon.read('typescript')
  }

  test('short lines for people, masked, with nothing that the terminal would obey', async () => {
    await using daemon = start({ TERM: 'xterm' })
    const shown = await shownBy(daemon)
    const plain = shown.replaceAll(/\x1b\[\d+m/g, '')
    expect(plain).not.toBe(shown)
    expect(plain).toMatch(/^\d\d:\d\d:\d\d down +"gate" is down: key is \*\*\* \(exit code 1\); 2 failures\r?$/m)
    expect(plain).toContain('key is ***')
    expect(plain).not.toContain(TOKEN)
    expect(plain).not.toContain('{"')
    expect(plain.replaceAll(/\r?\n/g, '')).not.toMatch(UNPRINTABLE)
    for (const line of plain.split('\n')) expect(line.length).toBeLessThan(200)
  })

  test('NO_COLOR is obeyed', async () => {
    await using daemon = start({ TERM: 'xterm', NO_COLOR: '1' })
    expect((await shownBy(daemon)).replaceAll(/\r?\n/g, '')).not.toMatch(UNPRINTABLE)
  })
})

const QUIET = 'monitors: [{ name: web, command: [ "false" ], check_interval: 100ms, alert_after: 1, alerts: [] }]\n'
const INTO_JOURNAL = [
  'sh',
  '-c',
  'exec 3>&1; export JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/3); exec "$@" 3>&-',
  'sh',
]

describe.concurrent('format and level', () => {
  const TIME = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`

  test.each([
    { name: 'text by an option', args: ['--log-format', 'text'], line: `${TIME} down    "web" is down: exit code 1` },
    { name: 'text by the configuration', config: 'log: {format: text}', line: `${TIME} info    Minitor` },
    { name: 'the option wins', config: 'log: {format: text}', args: ['--log-format', 'json'], line: '{"level":"info"' },
    {
      name: 'the journal has text with priorities',
      wrapper: INTO_JOURNAL,
      line: '<4>down    "web" is down: exit code 1',
    },
    { name: 'on each line', wrapper: INTO_JOURNAL, line: String.raw`<4> {8}\$ false` },
    { name: 'and on JSON', wrapper: INTO_JOURNAL, args: ['--log-format', 'json'], line: '<4>{"level":"warn"' },
    { name: 'another stream is not the journal', env: { JOURNAL_STREAM: '8:1' }, line: '{"level":"info"' },
    {
      name: 'every check',
      config: 'log: {level: debug}',
      args: ['--log-format', 'text'],
      line: `${TIME} debug   "web" failed`,
    },
    {
      name: 'colour where it is forced',
      args: ['--log-format', 'text'],
      env: { FORCE_COLOR: '1' },
      line: String.raw`.*\x1b\[31mdown`,
    },
  ])('$name', async ({ config = '', line, ...options }) => {
    await using daemon = startDaemon({ config: `${config}\n${QUIET}`, ...options })
    await eventually(line, () => new RegExp(`^${line}`, 'm').test(daemon.rawLog()))
  })

  test('only what is important enough, and a reload changes that', async () => {
    await using daemon = startDaemon({ config: `log: {level: warn}\n${QUIET}` })
    await daemon.line({ status: 'down' })
    expect(daemon.lines.map(({ level }) => level)).not.toContain('info')
    daemon.write('config.yml', `log: {level: info}\n${QUIET}`)
    daemon.signal('SIGHUP')
    await daemon.line({ level: 'info' })
  })

  test.each([
    { args: ['--log-format', 'xml'], error: 'text, json' },
    { args: ['--log-level', 'loud'], error: 'debug, info, warn, error' },
  ])('$args is wrong usage', async ({ args, error }) => {
    await using daemon = startDaemon({ config: QUIET, args })
    expect(await daemon.exitCode()).toBe(2)
    expect(daemon.stderr()).toContain(error)
  })
})
