import { expect, setDefaultTimeout, test } from 'bun:test'
import { createDispatch } from '../../../src/cluster/work/dispatch.ts'
import { createWorker, placesOf } from '../../../src/cluster/work/worker.ts'
import type { WorkItem } from '../../../src/core/model/cluster.ts'
import { createMemoryStore } from '../../../src/store/memory-store.ts'
import { sampleValue } from '../../fixtures/telemetry.ts'
import { aCheckLoop, familiesOf } from '../../support/check-loop.ts'
import { createModelEngine } from '../../support/cluster/model-engine.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { createFakeRunner, EXITED_0 } from '../../support/fake-runner.ts'
import { TEST_LIMIT_MS } from '../../support/pace.ts'
import { createRandom } from '../../support/random.ts'
import { aCard, aConfig, aMonitor, collectLog } from '../../support/samples.ts'
import { MINUTE, SECOND } from '../../support/time.ts'

setDefaultTimeout(2 * TEST_LIMIT_MS)

const MONITORS = 2000
const SLOTS = 64
const OWN_SLOTS = 16
const AWAY_MS = 6 * MINUTE
const NAS = { kind: 'node', node: 'nas' } as const

/**
 * The worst of agents that are away: its card says that it is there, and nobody takes what is sent. Each monitor is to run
 * there every minute, and one runs here.
 */
test('2,000 monitors of an agent that is away take no slot and no more memory, and are caught up with at once', async () => {
  const clock = createFakeClock(Date.UTC(2026, 0, 1))
  const model = createModelEngine({ clock, random: createRandom(1), takeoverMs: 15 * SECOND })
  const [leader, agent] = [model.connect('a'), model.connect('nas')]
  const log = collectLog()
  const own = createFakeRunner(clock, () => ({ takesMs: 10, ending: EXITED_0 }))
  const dispatch = createDispatch({
    clock,
    runner: own,
    own: { node: 'a', tags: [] },
    sender: leader.engine.sender,
    epoch: 1,
    nodes: () => [{ ...aCard(), seenAtMs: clock.wallMs(), isThere: true }],
    log,
  })
  const schedule = { kind: 'interval', intervalMs: MINUTE } as const
  const names = Array.from({ length: MONITORS }, (_, index) => `m${index}`)
  const there = names.map((name) => aMonitor({ name, schedule, runOn: { places: [NAS], quorum: 1 } }))
  const here = aMonitor({ name: 'here', schedule: { kind: 'interval', intervalMs: SECOND } })
  const lookAt = () => ({ ending: EXITED_0, output: '', durationMs: 0, escapeeCount: 0, isUnkillable: false })
  const loop = aCheckLoop({
    clock,
    runner: own,
    log,
    store: createMemoryStore(),
    leading: { places: dispatch, lookAt },
  })
  loop.apply({ ...aConfig([...there, here]), maxConcurrentChecks: OWN_SLOTS })

  /** Of each minute, what waits for the clock: checks, their answers, and the schedule. */
  const timers: number[] = []
  const pass = async (ms: number) => {
    for (let passedMs = 0; passedMs < ms; passedMs += SECOND) {
      await clock.advance(SECOND)
      expect(sampleValue(familiesOf(loop), 'minitor_checks_running')).toBeLessThanOrEqual(OWN_SLOTS)
      if (passedMs % MINUTE === 0) timers.push(clock.timerCount)
    }
  }
  await pass(AWAY_MS)
  expect(Math.max(...timers)).toBeLessThan(4 * MONITORS)
  expect(Math.max(...timers.slice(4))).toBeLessThanOrEqual(1.1 * Math.max(...timers.slice(1, 4)))
  // What is checked here is on time.
  expect(own.started.length).toBeGreaterThanOrEqual(AWAY_MS / SECOND - 2)
  const states = () => names.map((name) => loop.look(name))
  expect(new Set(states().map((state) => state?.lastCheck?.outcome))).toEqual(new Set(['void']))
  expect(new Set(states().map((state) => state?.state.status))).toEqual(new Set(['pending']))

  const runs: { readonly item: WorkItem; readonly ageMs: number; readonly atMs: number }[] = []
  const backAtMs = clock.monotonicMs()
  const runner = createFakeRunner(clock, () => ({ takesMs: 20, ending: EXITED_0 }))
  let runCount = 0
  createWorker({
    clock,
    // What is dropped is taken, too.
    taker: {
      take: (places, slots, run) =>
        agent.engine.taker.take(places, slots, (work) => {
          if (work.ageMs < work.item.goodForMs) runs.push({ ...work, atMs: clock.monotonicMs() })
          return run(work)
        }),
    },
    runner,
    log,
    nextRunId: () => `nas-${++runCount}`,
    node: 'nas',
    places: placesOf({ node: 'nas', tags: [] }),
    slots: SLOTS,
    refuse: () => null,
  })
  await pass(3 * MINUTE)

  expect(runner.started.length).toBe(runs.length)
  expect(runner.mostRunning).toBeLessThanOrEqual(SLOTS)
  expect(Math.max(...runs.map(({ ageMs }) => ageMs))).toBeLessThan(MINUTE)
  // Of what has waited, each monitor is run once; then each at its time.
  const waited = runs.filter(({ ageMs }) => ageMs > SECOND)
  expect(new Set(waited.map(({ item }) => item.monitor)).size).toBe(waited.length)
  expect(Math.max(...waited.map(({ atMs }) => atMs - backAtMs))).toBeLessThan(5 * SECOND)
  expect(runs.length).toBeLessThanOrEqual(4 * MONITORS)
  expect(new Set(states().map((state) => state?.state.status))).toEqual(new Set(['up']))
  expect(new Set(states().map((state) => state?.lastCheck?.outcome))).toEqual(new Set(['passed']))
})
