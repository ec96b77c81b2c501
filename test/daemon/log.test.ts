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
    await eventually('the alert is seen', () => daemon.read('typescript').includes('delivered by tell'))
    // `script` heeds no other signal; what ran in it is ended with the test.
    daemon.signal('SIGKILL')
    return daemon.read('typescript')
  }

  test('short lines for people, masked, with nothing that the terminal would obey', async () => {
    await using daemon = start({ TERM: 'xterm' })
    const shown = await shownBy(daemon)
    const plain = shown.replaceAll(/\x1b\[\d+m/g, '')
    expect(plain).not.toBe(shown)
    expect(plain).toMatch(/^\d\d:\d\d:\d\d down +"gate" is down: exit code 1 \(2 times\)/m)
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
