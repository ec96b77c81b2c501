import { expect, test } from 'bun:test'
import { aCheckLoop } from '../../../test/support/check-loop.ts'
import { createFakeClock, type FakeClock } from '../../../test/support/fake-clock.ts'
import { createFakeRunner, EXITED_0, EXITED_1 } from '../../../test/support/fake-runner.ts'
import { aConfig, aMonitor } from '../../../test/support/samples.ts'
import { HOUR, MINUTE, SECOND } from '../../../test/support/time.ts'
import type { Ending } from '../../core/model/types.ts'
import { createMemoryStore } from '../../store/memory-store.ts'
import type { Checks } from './open.ts'

const every = (name: string, seconds: number) =>
  aMonitor({ name, schedule: { kind: 'interval', intervalMs: seconds * SECOND } })

/** The other one is due at second 15.1, and by that Minitor sees how long it stood still. */
const CONFIG = aConfig([every('web', 10), every('api', 15)])

/** What the store hears of `web` and of the time, in seconds of the wall clock, which begins at 0. Checks take two seconds. */
function start(config = CONFIG, ending: Ending = EXITED_0) {
  const clock = createFakeClock()
  const heard: string[] = []
  const store = createMemoryStore()
  const loop = aCheckLoop({
    clock,
    runner: createFakeRunner(clock, () => ({ takesMs: 2 * SECOND, ending })),
    store: {
      ...store,
      commit(change) {
        if (change.check.monitor === 'web') heard.push(`check ${change.check.startedAtMs / SECOND}`)
        return store.commit(change)
      },
      noteUnwatched: ({ fromMs, toMs }) => heard.push(`unwatched ${fromMs / SECOND} to ${toMs / SECOND}`),
      noteDeparture: ({ monitor, atMs }) => heard.push(`${monitor} gone ${atMs / SECOND}`),
    },
  })
  loop.apply(config)
  return { clock, loop, heard }
}

interface Row {
  readonly name: string
  /** Happens at second 11, while a check runs that began at 10. */
  readonly act: (clock: FakeClock, loop: Checks) => void | Promise<void>
  readonly expected: readonly string[]
}

test.each([
  { name: 'nothing happens', act: () => {}, expected: ['check 0', 'check 10'] },
  {
    name: 'the clock is set forward: the check began so much later',
    act: (clock) => clock.setWall(clock.wallMs() + HOUR),
    expected: ['check 0', 'unwatched 12 to 3612', 'check 3610'],
  },
  {
    name: 'the clock is set back: it goes on from there, and the check began so much earlier',
    act: (clock) => clock.setWall(clock.wallMs() - HOUR),
    expected: ['check 0', 'unwatched 12 to -3588', 'check -3590'],
  },
  {
    name: 'Minitor stands still',
    act: (clock) => clock.freeze(MINUTE),
    expected: ['check 0', 'unwatched 15.1 to 71', 'check 10'],
  },
  {
    name: 'Minitor stands still, and the clock is set forward meanwhile: that is one time',
    act(clock) {
      clock.setWall(clock.wallMs() + HOUR)
      return clock.freeze(MINUTE)
    },
    expected: ['check 0', 'unwatched 15.1 to 3671', 'check 3610'],
  },
  {
    name: 'Minitor stands still, and the clock is set back meanwhile',
    act(clock) {
      clock.setWall(clock.wallMs() - 30 * SECOND)
      return clock.freeze(MINUTE)
    },
    expected: ['check 0', 'unwatched 15.1 to 71', 'unwatched 71 to 41', 'check -20'],
  },
  {
    name: 'the clock is set forward, and the monitors are removed',
    act(clock, loop) {
      clock.setWall(clock.wallMs() + HOUR)
      loop.apply(aConfig([]))
    },
    expected: ['check 0', 'unwatched 11 to 3611', 'web gone 3611', 'api gone 3611'],
  },
  {
    name: 'the clock is set forward, and Minitor is stopped',
    act(clock, loop) {
      clock.setWall(clock.wallMs() + HOUR)
      loop.stop()
    },
    expected: ['check 0', 'unwatched 11 to 3611'],
  },
  {
    name: 'Minitor stands still, and stops as soon as it goes on',
    act(clock, loop) {
      const frozen = clock.freeze(MINUTE)
      loop.stop()
      return frozen
    },
    expected: ['check 0', 'unwatched 15.1 to 71'],
  },
] as readonly Row[])('$name', async ({ act, expected }) => {
  const { clock, loop, heard } = start()
  await clock.advance(11 * SECOND)
  await act(clock, loop)
  await clock.advance(4 * SECOND)
  expect(heard).toEqual([...expected])
})

test('a check that waits for the guard while the clock is set back began no later than now', async () => {
  const guard = { command: ['guard'], intervalMs: HOUR, timeoutMs: MINUTE } as const
  const { clock, heard } = start({ ...aConfig([every('web', 10)]), guard }, EXITED_1)
  await clock.advance(3 * SECOND)
  clock.setWall(clock.wallMs() - HOUR)
  await clock.advance(3 * SECOND)
  expect(heard).toEqual(['unwatched 4 to -3596', 'check -3596'])
})
