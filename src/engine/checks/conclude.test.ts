import { expect, test } from 'bun:test'
import { aCheckLoop } from '../../../test/support/check-loop.ts'
import { createFakeClock } from '../../../test/support/fake-clock.ts'
import { createFakeRunner, EXITED_0, EXITED_1 } from '../../../test/support/fake-runner.ts'
import { aConfig, aMonitor } from '../../../test/support/samples.ts'
import { SECOND } from '../../../test/support/time.ts'
import type { Store } from '../../core/model/ports.ts'
import { createMemoryStore } from '../../store/memory-store.ts'

/** Outcomes of the checks of `slow`, which fail after 8 s each, one every 20 s, while `busy` fails every second. */
async function slowOutcomes(guardFailsAt: (atMs: number) => boolean): Promise<string[]> {
  const clock = createFakeClock()
  const runner = createFakeRunner(clock, ({ env }) => {
    const isGuard = env.MINITOR_MONITOR_NAME === 'guard'
    const isFailing = !isGuard || guardFailsAt(clock.monotonicMs())
    return { takesMs: env.MINITOR_MONITOR_NAME === 'slow' ? 8 * SECOND : 1, ending: isFailing ? EXITED_1 : EXITED_0 }
  })
  const outcomes: string[] = []
  const store: Store = {
    ...createMemoryStore(),
    async commit({ check }) {
      if (check.monitor === 'slow') outcomes.push(`${clock.wallMs() / SECOND} ${check.outcome}: ${check.reason}`)
    },
  }
  const loop = aCheckLoop({ clock, runner, store })
  loop.apply({
    ...aConfig([
      aMonitor({ name: 'slow', schedule: { kind: 'interval', intervalMs: 20 * SECOND } }),
      aMonitor({ name: 'busy', schedule: { kind: 'interval', intervalMs: SECOND } }),
    ]),
    guard: { command: ['guard'], intervalMs: 3600 * SECOND, timeoutMs: SECOND },
  })
  await clock.advance(29 * SECOND)
  loop.stop()
  return outcomes.map((line) => line.replace(/\.\d+/, ''))
}

// What slow says at 8 s began at 0 s, what it says at 28 s at 20 s.
test.each([
  { name: 'never', fails: [99, 99], first: 'failed: exit code 1', second: 'failed: exit code 1' },
  {
    name: 'at its end',
    fails: [6, 12],
    first: 'void: the guard fails (exit code 1), so this counts for nothing: exit code 1',
    second: 'failed: exit code 1',
  },
  {
    name: 'at its begin, and passes at its end',
    fails: [0, 6],
    first: 'void: the guard failed during this check, so this counts for nothing: exit code 1',
    second: 'failed: exit code 1',
  },
  { name: 'only before the second began', fails: [9, 19], first: 'failed: exit code 1', second: 'failed: exit code 1' },
])('a failure when the guard fails $name', async ({ fails: [from = 0, to = 0], first, second }) => {
  const outcomes = await slowOutcomes((atMs) => atMs >= from * SECOND && atMs < to * SECOND)
  expect(outcomes).toEqual([`8 ${first}`, `28 ${second}`])
})
