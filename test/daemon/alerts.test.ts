import { describe, expect, test } from 'bun:test'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type DaemonProcess, startDaemon } from '../support/daemon-process.ts'
import { eventually } from '../support/eventually.ts'
import type { LogLine } from '../support/log-book.ts'
import { limitMs } from '../support/pace.ts'
import { freePort, sampleIs } from './scrape.ts'
import { tapeMonitor } from './tape.ts'

const lines = (...text: readonly string[]) => text.join('\n')
const linesIn = (daemon: DaemonProcess, file: string) => daemon.read(file).split('\n').slice(0, -1)
const FAILS = 'command: "echo >>runs; false"'

test('a tag with a comma reaches an alert as one tag', async () => {
  await using daemon = startDaemon({
    config: lines(
      'check_interval: 100ms',
      `monitors: [ { name: door, ${FAILS}, alert_after: 1, alert_every: 0, tags: ["a,b", c], alerts: [ keep ] } ]`,
      "alerts: { keep: { command: 'cat >document; echo {tags} >tags' } }",
    ),
  })
  await eventually('it has told', () => daemon.read('tags') !== '')
  expect(JSON.parse(daemon.read('document')).tags).toEqual(['a,b', 'c'])
  expect(daemon.read('tags')).toBe('a,b,c\n')
})

describe.concurrent('an alert that', () => {
  test('C1: fails: the others go out; it is retried, seen, and delivered once it works', async () => {
    const port = await freePort()
    await using daemon = startDaemon({
      config: lines(
        'check_interval: 100ms',
        `monitors: [ { name: door, ${FAILS}, alert_after: 1, alert_every: 0, alerts: [ bad, good ] } ]`,
        'alerts:',
        "  bad: { command: 'echo {attempt} {notification_id} >>tried; echo no line; test -e works && echo ok >>told' }",
        "  good: { command: 'echo {notification_id} >>good' }",
      ),
      args: ['--listen', `127.0.0.1:${port}`],
    })
    await eventually('the other has told', () => daemon.read('good') !== '')
    const failed = await daemon.next({ alert: 'bad' })
    expect(failed).toMatchObject({ monitor: 'door', output: 'no line\n', level: expect.stringMatching(/warn|error/) })
    await sampleIs(port, 1, 'minitor_deliveries_pending')
    await eventually('it is tried again', () => linesIn(daemon, 'tried').length >= 2)
    expect(daemon.read('told')).toBe('')
    daemon.write('works', '')
    await eventually('it has told', () => daemon.read('told') === 'ok\n')
    const tries = linesIn(daemon, 'tried').map((line) => line.split(' '))
    expect(tries.map(([attempt]) => Number(attempt))).toEqual(tries.map((_, index) => index + 1))
    expect(new Set(tries.map(([, id]) => id))).toEqual(new Set(linesIn(daemon, 'good')))
    await sampleIs(port, 0, 'minitor_deliveries_pending')
    await sampleIs(port, 1, 'minitor_alert_total', { alert: 'bad', monitor: 'door' })
  })

  test('C3: hangs: ended at its own timeout; checks and other alerts go on', async () => {
    const timeoutS = Math.ceil(limitMs(4_000) / 1_000)
    await using daemon = startDaemon({
      config: lines(
        'check_interval: 100ms',
        'monitors:',
        `  - { name: door, ${FAILS}, alert_after: 1, alert_every: 0, alerts: [ stuck, good ] }`,
        '  - { name: other, command: "echo >>other" }',
        'alerts:',
        `  stuck: { command: 'echo >>stuck; sleep 600 & sleep 600', timeout: ${timeoutS}s, retry_for: 0 }`,
        "  good: { command: 'echo >>good' }",
      ),
    })
    await eventually('it hangs', () => daemon.read('stuck') !== '')
    await eventually('the other has told', () => daemon.read('good') !== '')
    const before = daemon.read('other').length
    await eventually('checks go on', () => daemon.read('other').length > before + 12)
    expect(daemon.lines.filter(({ alert }) => alert === 'stuck')).toEqual([])
    expect(JSON.stringify(await daemon.next({ alert: 'stuck' }))).toContain(`timed out after ${timeoutS}s`)
    const left = () =>
      daemon.descendants().filter((pid) => daemon.read(`../../proc/${pid}/cmdline`).startsWith('sleep'))
    expect(left()).toEqual([])
  })

  test('C16: leaves a process in the background: not waited for', async () => {
    await using daemon = startDaemon({
      config: lines(
        'check_interval: 200ms',
        `monitors: [ { name: door, ${FAILS}, alert_after: 1, alert_every: 1, alerts: [ leaver ] } ]`,
        "alerts: { leaver: { command: 'sleep 600 & echo sent {failure_count}' } }",
      ),
    })
    // Where it is slow, a reminder may be superseded before it is sent.
    const hasRun = ({ alert, output }: LogLine) => alert === 'leaver' && output !== undefined
    for (let count = 0; count < 3; count++) {
      expect(await daemon.next(hasRun)).toMatchObject({ output: expect.stringMatching(/^sent \d+\n$/), level: 'info' })
    }
  })

  test('C13: prints a megabyte and a secret: cut and masked in the log', async () => {
    const TOKEN = 'correct-horse-battery'
    await using daemon = startDaemon({
      config: lines(
        'check_interval: 1h',
        `monitors: [ { name: door, ${FAILS}, alert_after: 1, alerts: [ loud ] } ]`,
        'alerts:',
        '  loud:',
        `    env: { TOKEN: "\${TOKEN}" }`,
        '    command: |',
        '      echo "begin $TOKEN"; yes "$TOKEN" | head -n 50000; echo "end $TOKEN"',
      ),
      env: { TOKEN },
    })
    const { output = '' } = await daemon.next({ alert: 'loud' })
    expect(output).toStartWith('begin ***\n')
    expect(output).toEndWith('end ***\n')
    expect(daemon.rawLog()).not.toContain(TOKEN)
    expect(daemon.rawLog()).not.toMatch(/correct|battery|horse/)
    for (const line of daemon.rawLog().split('\n')) expect(line.length).toBeLessThan(16_384)
  })

  test('C13: a secret that lies where output is cut is not shown by half', async () => {
    const TOKEN = 'correct-horse-battery'
    // Neither end of the gap, after 16 KiB and before the last 48 KiB, falls between two of them.
    const command = `yes "$TOKEN" | head -n 5000 | tr -d '\\n'; false`
    await using daemon = startDaemon({
      config: lines(
        'check_interval: 1h',
        'monitors:',
        `  - { name: door, command: ${JSON.stringify(command)}, alert_after: 1, alerts: [ tell ], env: { TOKEN: "\${TOKEN}" } }`,
        "alerts: { tell: { command: 'printf %s {last_output} >got; echo >>told' } }",
      ),
      env: { TOKEN },
    })
    await eventually('it is told', () => daemon.read('told') !== '')
    expect(daemon.read('got').replaceAll('***', '')).toMatch(/^\s*\[[^\]]*\d+ bytes left out[^\]]*\]\s*$/)
    expect(daemon.rawLog()).not.toMatch(/corr|horse|batt/)
  })

  test('fails for retry_for: its fallback takes over, once, for the same notification', async () => {
    await using daemon = startDaemon({
      config: lines(
        'check_interval: 100ms',
        `monitors: [ { name: door, ${FAILS}, alert_after: 1, alert_every: 0, alerts: [ first ] } ]`,
        'alerts:',
        `  first: { command: 'echo {notification_id} >>first; false', retry_for: ${limitMs(2_500)}ms, fallback: second }`,
        "  second: { command: 'echo {notification_id} {kind} {alert_message} >>second' }",
      ),
    })
    await eventually('the fallback has told', () => daemon.read('second') !== '')
    const ids = linesIn(daemon, 'first')
    expect(ids.length).toBeGreaterThanOrEqual(2)
    expect(new Set(ids).size).toBe(1)
    const before = daemon.read('runs').length
    await eventually('checks go on', () => daemon.read('runs').length > before + 10)
    expect(daemon.read('second')).toBe(`${ids[0]} down door check has failed 1 times\n`)
    expect(linesIn(daemon, 'first')).toHaveLength(ids.length)
  })

  test('fails for retry_for, without a fallback: given up, said and counted', async () => {
    const port = await freePort()
    await using daemon = startDaemon({
      config: lines(
        'check_interval: 100ms',
        `monitors: [ { name: door, ${FAILS}, alert_after: 1, alert_every: 0, alerts: [ first ] } ]`,
        "alerts: { first: { command: 'echo >>first; false', retry_for: 0 } }",
      ),
      args: ['--listen', `127.0.0.1:${port}`],
    })
    expect(await daemon.next({ alert: 'first', level: 'error' })).toMatchObject({ monitor: 'door' })
    await sampleIs(port, 1, 'minitor_deliveries_failed_total')
    await sampleIs(port, 0, 'minitor_deliveries_pending')
    expect(daemon.read('first')).toBe('\n')
  })
})

describe.concurrent('the order', () => {
  test('C7: up and down at each run, with a slow alert: down before its up, none twice', async () => {
    await using daemon = startDaemon({
      config: lines(
        'check_interval: 150ms',
        'monitors:',
        tapeMonitor('door', ['alert_after: 1', 'alerts: [ slow ]', 'alert_up: [ slow ]']),
        "alerts: { slow: { command: 'sleep 0.3; echo {kind} {incident_id} >>told' } }",
      ),
      files: { 'door.tape': 'FSFSFSFSFSFSFS' },
    })
    await eventually('all is played', () => daemon.read('door.runs').length > 14)
    const outages = await eventually('the last recovery is told', () => {
      const told = linesIn(daemon, 'told').map((line) => line.split(' '))
      const incidents = daemon.lines.flatMap(({ status, incident }) => (status === 'down' ? [String(incident)] : []))
      return told.some(([kind, id]) => kind === 'up' && id === incidents.at(-1)) && { told, incidents }
    })
    expect(outages.incidents).toHaveLength(7)
    expect(outages.told).toEqual(
      outages.incidents.flatMap((id) => [
        ['down', id],
        ['up', id],
      ]),
    )
  })

  test('C8: a recovery while the down is still retried: never a down after the up', async () => {
    const port = await freePort()
    await using daemon = startDaemon({
      config: lines(
        'check_interval: 100ms',
        'monitors:',
        '  - { name: door, command: "echo >>runs; test ! -e broken", alert_after: 1, alert_every: 1, alerts: [ deaf ],',
        '      alert_up: [ deaf ] }',
        "alerts: { deaf: { command: 'echo {kind} >>tried; test -e hears && echo {kind} {alert_message} >>told' } }",
      ),
      files: { broken: '' },
      args: ['--listen', `127.0.0.1:${port}`],
    })
    await eventually('the down is tried', () => linesIn(daemon, 'tried').length >= 2)
    rmSync(join(daemon.directory, 'broken'))
    await daemon.next({ monitor: 'door', status: 'up' })
    daemon.write('hears', '')
    await sampleIs(port, 0, 'minitor_deliveries_pending')
    expect(['', 'down up']).toContain(
      linesIn(daemon, 'told')
        .map((line) => line.split(' ')[0])
        .join(' '),
    )
    expect(new Set(linesIn(daemon, 'tried')).has('reminder')).toBe(false)
  })
})

describe.concurrent('reminders', () => {
  test('C11: alert_every 0 tells once, at the failure that reaches alert_after', async () => {
    await using daemon = startDaemon({
      config: lines(
        'check_interval: 100ms',
        `monitors: [ { name: door, ${FAILS}, alert_after: 3, alert_every: 0, alerts: [ tell ] } ]`,
        "alerts: { tell: { command: 'echo {kind} {failure_count} {alert_count} >>told' } }",
      ),
    })
    await eventually('it is told', () => daemon.read('told') !== '')
    const before = daemon.read('runs').length
    await eventually('it fails on', () => daemon.read('runs').length > before + 12)
    expect(daemon.read('told')).toBe('down 3 1\n')
  })

  test('a step that waits runs once the outage is that old, and is told of the recovery only if it ran', async () => {
    const afterMs = limitMs(2_000)
    const steps = `alert_after: 1, alert_every: 0, alerts: [ { alert: boss, after: ${afterMs}ms } ], alert_up: [ boss ]`
    await using daemon = startDaemon({
      config: lines(
        'check_interval: 100ms',
        `monitors: [ { name: door, command: "test ! -e broken", ${steps} } ]`,
        "alerts: { boss: { command: 'echo {kind} $(date +%s%3N) >>told' } }",
      ),
      files: { broken: '' },
    })
    await daemon.next({ status: 'down' })
    rmSync(join(daemon.directory, 'broken'))
    await daemon.next({ status: 'up' })
    expect(daemon.read('told')).toBe('')
    daemon.write('broken', '')
    const { time, duration_ms } = await daemon.next({ status: 'down' })
    const [first = ''] = await eventually('the boss is told', () => {
      const told = linesIn(daemon, 'told')
      return told.length > 0 && told
    })
    const [kind, toldAtMs] = first.split(' ')
    expect(kind).toBe('down')
    const failedAtMs = Date.parse(time) - Number(duration_ms)
    expect(Number(toldAtMs) - failedAtMs).toBeGreaterThan(afterMs - 50)
    rmSync(join(daemon.directory, 'broken'))
    await eventually('and of the recovery', () => linesIn(daemon, 'told').at(-1)?.startsWith('up'))
    expect(linesIn(daemon, 'told')).toHaveLength(2)
  })

  test('depends_on mutes the child while its parent fails; the child is told afterwards, if it still fails', async () => {
    const parts = 'alert_after: 1, alert_every: 0, alerts: [ tell ]'
    await using daemon = startDaemon({
      config: lines(
        'check_interval: 100ms',
        'monitors:',
        `  - { name: router, command: "test ! -e broken", ${parts} }`,
        `  - { name: site, command: "echo >>runs; false", depends_on: [ router ], ${parts} }`,
        "alerts: { tell: { command: 'echo {monitor_name} >>told' } }",
      ),
      files: { broken: '' },
    })
    await eventually('the router is told', () => daemon.read('told') !== '')
    const before = daemon.read('runs').length
    await eventually('the site fails on', () => daemon.read('runs').length > before + 8)
    expect(daemon.read('told')).toBe('router\n')
    rmSync(join(daemon.directory, 'broken'))
    await eventually('the site is told', () => daemon.read('told') === 'router\nsite\n')
  })
})

test('C6: 500 monitors fail at once: every one is told, in bounded concurrency, and checks go on', async () => {
  const count = 500
  await using daemon = startDaemon({
    config: lines(
      `check_interval: ${limitMs(2_000)}ms`,
      'defaults: { alert_after: 1, alert_every: 0, alerts: [ tell ] }',
      'monitors:',
      '  - { name: steady, command: "echo >>steady", check_interval: 200ms }',
      ...Array.from({ length: count }, (_, index) => `  - { name: m${index}, command: [ test, '!', -e, broken ] }`),
      'alerts:',
      "  tell: { command: 'echo + >>count; until test -e go; do sleep 0.1; done; echo - >>count; echo {monitor_name} >>told' }",
    ),
  })
  await eventually('all are up', () => daemon.lines.filter(({ status }) => status === 'up').length === count + 1)
  daemon.write('broken', '')
  await daemon.next({ status: 'down' })
  await eventually('alerts run', () => linesIn(daemon, 'count').length > 1)
  const steadyBefore = daemon.read('steady').length
  await eventually('checks go on', () => daemon.read('steady').length > steadyBefore + 10)
  expect(linesIn(daemon, 'told')).toEqual([])
  daemon.write('go', '')
  await eventually('all are told', () => linesIn(daemon, 'told').length >= count)
  expect(new Set(linesIn(daemon, 'told')).size).toBe(count)
  let running = 0
  let most = 0
  for (const line of linesIn(daemon, 'count')) {
    running += line === '+' ? 1 : -1
    most = Math.max(most, running)
  }
  // How many at most is Minitor's choice; that there is a bound far below "all at once" is not.
  expect(most).toBeWithin(2, 65)
})

describe.concurrent('C2: a mistake in an alert is found when the file is loaded', () => {
  test.each([
    {
      name: 'a misspelled variable',
      alert: "echo {alert_cuont}'",
      monitor: '[ tell ]',
      says: 'did you mean {alert_count}?',
    },
    { name: 'an alert that is not defined', alert: "echo hi'", monitor: '[ tel ]', says: 'did you mean "tell"?' },
    { name: 'output that would run', alert: "sh -c {last_output}'", monitor: '[ tell ]', says: '{last_output}' },
  ])('$name', async ({ alert, monitor, says }) => {
    await using daemon = startDaemon({
      config: lines(
        `monitors: [ { name: door, command: "touch ran", alerts: ${monitor} } ]`,
        `alerts: { tell: { command: '${alert} } }`,
      ),
    })
    expect(await daemon.exitCode()).toBe(2)
    expect(daemon.stderr()).toContain(says)
    expect(daemon.stderr()).toMatch(/--> config\.yml:[12]:\d+/)
    expect(daemon.read('ran')).toBe('')
    expect(daemon.rawLog()).toBe('')
  })
})
