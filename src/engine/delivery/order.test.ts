import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { untold } from '../../../test/simulation/untold.ts'
import { ALERTS, createWorld, type Mood, type Setting } from '../../../test/support/delivery-world.ts'
import { TEST_LIMIT_MS } from '../../../test/support/pace.ts'
import { MINUTE, SECOND } from '../../../test/support/time.ts'
import { isPending } from '../../core/tell/outbox.ts'

type World = ReturnType<typeof createWorld>
type Step = readonly [what: string, does: (world: World) => Promise<void> | void]

const setting: fc.Arbitrary<Setting> = fc.record({
  digests: fc.subarray([...ALERTS]),
  hasFallback: fc.boolean(),
  downAlerts: fc.constantFrom(['mail', 'sms'], ['sms'], ['sms', 'pager']),
  upAlerts: fc.constantFrom(['mail', 'sms'], ['sms'], ['up-mail'], ['sms', 'up-mail'], ['pager']),
  isStoreBehind: fc.boolean(),
})

const monitor = fc.constantFrom('web', 'api')
const alert = fc.constantFrom(...ALERTS)
const mood = fc.constantFrom<Mood>('works', 'fails', 'fails', 'is slow', 'cannot be started')
const waitMs = fc.constantFrom(300, SECOND, 3 * SECOND, 10 * SECOND, 40 * SECOND)
const clockMs = fc.constantFrom(-90 * SECOND, 90 * SECOND)

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(monitor, fc.boolean())
      .map(([of, isUp]) => toStep(`check ${of} ${isUp}`, (world) => world.check(of, isUp))),
  },
  { weight: 6, arbitrary: waitMs.map((ms) => toStep(`wait ${ms}`, ({ clock }) => clock.advance(ms))) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(alert, mood)
      .map(([of, next]) => toStep(`${of} ${next}`, ({ moods }) => void moods.set(of, next))),
  },
  { weight: 1, arbitrary: fc.constant(toStep('crash', (world) => world.crash())) },
  { weight: 1, arbitrary: fc.constant(toStep('restart', (world) => world.restart())) },
  { weight: 1, arbitrary: alert.map((of) => toStep(`remove ${of}`, (world) => world.remove(of))) },
  { weight: 1, arbitrary: fc.constant(toStep('add all', (world) => world.addAll())) },
  {
    weight: 1,
    arbitrary: clockMs.map((ms) => toStep(`clock ${ms}`, ({ clock }) => clock.setWall(clock.wallMs() + ms))),
  },
)

function toStep(...step: Step): Step {
  return Object.assign(step, { [fc.toStringMethod]: () => step[0] })
}

test(
  'whatever happens, everybody hears all of it, in order, and nothing twice without a crash',
  async () => {
    await fc.assert(
      fc.asyncProperty(setting, fc.array(step, { minLength: 5, maxLength: 60, size: 'max' }), async (chosen, steps) => {
        const world = createWorld(chosen)
        for (const [, does] of steps) {
          await does(world)
          expect(world.faults).toEqual([])
          const pendingOnDisk = [...world.disk.rows.values()].filter(isPending).length
          if (!chosen.isStoreBehind) expect(world.loop.pendingCount).toBe(pendingOnDisk)
        }
        // Faults stop, and time runs on.
        world.moods.clear()
        world.addAll()
        await world.clock.advance(30 * MINUTE)
        world.disk.flush()
        expect(world.faults).toEqual([])
        expect(world.loop.pendingCount).toBe(0)
        expect(untold(world.telling)).toEqual([])
      }),
      { numRuns: 1500 },
    )
  },
  TEST_LIMIT_MS,
)
