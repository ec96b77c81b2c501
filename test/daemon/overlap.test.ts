import { describe, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type DaemonProcess, startDaemon } from '../support/daemon-process.ts'
import { eventually } from '../support/eventually.ts'
import { breakIt, lines, mend, TELL, told, toldSoon } from './telling.ts'

const DEFAULTS = 'defaults: { alert_every: 0, alerts: [ tell ], alert_up: [ tell ] }'
/** Fails while `broken` is there, and waits before it says so, as checks of a network do. */
const WAITING = 'test ! -e broken || { touch asking; sleep 2; exit 1; }'
const names = Array.from({ length: 20 }, (_, index) => `m${index}`)
const monitors = (keys: string) => names.map((name) => `  - { name: ${name}, command: "${WAITING}", ${keys} }`)

const linesOf = (daemon: DaemonProcess, match: object) =>
  daemon.lines.filter((line) => Object.entries(match).every(([key, is]) => line[key] === is))

/** Until each of these monitors has that many lines in the log like this. */
const all = (daemon: DaemonProcess, who: readonly string[], match: object, count = 1) =>
  eventually(`${who.length} monitors: ${count} of ${JSON.stringify(match)}`, () =>
    who.every((monitor) => linesOf(daemon, { monitor, ...match }).length >= count),
  )

/** Until each of these monitors has passed once more. */
function passOnceMore(daemon: DaemonProcess, who: readonly string[]) {
  const passes = (monitor: string) => linesOf(daemon, { monitor, outcome: 'passed' }).length
  const before = new Map(who.map((monitor) => [monitor, passes(monitor)]))
  return eventually('all pass once more', () => who.every((monitor) => passes(monitor) > (before.get(monitor) ?? 0)))
}

/** Until a check has begun to wait that begins from now on. */
async function asking(daemon: DaemonProcess): Promise<void> {
  const isThere = () => existsSync(join(daemon.directory, 'asking'))
  await eventually('some check waits', isThere)
  mend(daemon, 'asking')
  await eventually('another one waits', isThere)
}

describe.concurrent('failures that overlap with their cause (J8)', () => {
  test('J8: a check that still waits when its router passes again is not told', async () => {
    await using daemon = startDaemon({
      config: lines(
        DEFAULTS,
        'monitors:',
        '  - { name: router, command: "test ! -e broken", check_interval: 500ms, alert_after: 2 }',
        ...monitors('depends_on: [ router ], check_interval: 2500ms, alert_after: 2'),
        TELL,
      ),
      args: ['-v'],
    })
    await all(daemon, names, { status: 'up' })
    breakIt(daemon, 'broken')
    await all(daemon, ['router', ...names], { status: 'down' })
    await asking(daemon)
    mend(daemon, 'broken')
    await all(daemon, ['router', ...names], { status: 'up' }, 2)
    // All that was to be told has been.
    await passOnceMore(daemon, names)
    await toldSoon(daemon, ['router down', 'router up'])
  })

  test('a child that is really down is told once its parent is back, at its next failing check', async () => {
    await using daemon = startDaemon({
      config: lines(
        DEFAULTS,
        'monitors:',
        '  - { name: router, command: "test ! -e net_down", check_interval: 300ms, alert_after: 1 }',
        '  - { name: site, command: "test ! -e broken || { sleep 1; exit 1; }", depends_on: [ router ], check_interval: 1500ms, alert_after: 1 }',
        TELL,
      ),
    })
    await all(daemon, ['router', 'site'], { status: 'up' })
    breakIt(daemon, 'net_down')
    breakIt(daemon, 'broken')
    await all(daemon, ['router', 'site'], { status: 'down' })
    mend(daemon, 'net_down')
    await eventually('all is told', () => told(daemon).length >= 3)
    expect(told(daemon).toSorted()).toEqual(['router down', 'router up', 'site down'])
  })

  test('a guard that fails and passes again during one check makes its failure void', async () => {
    await using daemon = startDaemon({
      config: lines(
        DEFAULTS,
        'guard: { command: "test ! -e broken", check_interval: 300ms }',
        'monitors:',
        ...monitors('check_interval: 3s, alert_after: 1'),
        TELL,
      ),
      args: ['-v'],
    })
    const heard = (text: string) => eventually(text, () => daemon.lines.some(({ msg }) => msg.startsWith(text)))
    await all(daemon, names, { status: 'up' })
    breakIt(daemon, 'broken')
    await eventually('a check waits', () => existsSync(join(daemon.directory, 'asking')))
    await heard('the guard fails')
    mend(daemon, 'broken')
    await heard('the guard passes again')
    await eventually('a check is void', () => linesOf(daemon, { outcome: 'void' }).length > 0)
    await passOnceMore(daemon, names)
    await passOnceMore(daemon, names)
    expect(daemon.lines.filter(({ status }) => status === 'failing' || status === 'down')).toEqual([])
    expect(told(daemon)).toEqual([])
  })

  test('a router that dies while the check of its child runs is checked before the child is told', async () => {
    await using daemon = startDaemon({
      config: lines(
        DEFAULTS,
        'monitors:',
        '  - { name: child, command: "touch asking; sleep 1; test ! -e broken", depends_on: [ router ], check_interval: 2s, alert_after: 2 }',
        '  - { name: router, command: "test ! -e broken", check_interval: 1h, alert_after: 2 }',
        TELL,
      ),
      args: ['-v'],
    })
    await all(daemon, ['router'], { status: 'up' })
    await asking(daemon)
    breakIt(daemon, 'broken')
    await all(daemon, ['child'], { outcome: 'failed' }, 2)
    await all(daemon, ['router'], { status: 'failing' })
    expect(told(daemon)).toEqual([])
    expect((await daemon.line({ muted_by: 'dependency' })).msg).toContain('depends on "router", which is failing')
  })
})
