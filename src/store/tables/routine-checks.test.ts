import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import fc from 'fast-check'
import { createScratch, startDatabase } from '../../../test/support/database.ts'
import { TEST_LIMIT_MS } from '../../../test/support/pace.ts'
import { aChange, aMonitor } from '../../../test/support/samples.ts'
import { HOUR, MINUTE } from '../../../test/support/time.ts'
import { transition } from '../../core/decide/transition.ts'
import { PENDING } from '../../core/model/state.ts'
import type { AlertPolicy, CheckResult, MonitorState, Outcome } from '../../core/model/types.ts'
import { createApplyWrites, type Write } from './apply-writes.ts'
import { readMeasured } from './measured.ts'
import { readMonitors } from './monitors.ts'
import { readHours } from './roll-ups.ts'
import { readUptime } from './uptime.ts'

setDefaultTimeout(TEST_LIMIT_MS)

const scratch = createScratch()
afterAll(scratch.remove)

/** The start of a day. */
const T0 = 20_000 * 24 * HOUR

const POLICIES: Record<string, AlertPolicy> = {
  web: { ...aMonitor().policy, alertAfter: { kind: 'failures', count: 2 } },
  'of 4': { ...aMonitor().policy, alertAfter: { kind: 'of', count: 2, window: 4 } },
  flapping: { ...aMonitor().policy, flapDetection: { high: 50, low: 25 } },
}

/** Makes of outcomes, one after the other, what the daemon would have kept. */
function createWriter() {
  const states = new Map<string, MonitorState>()
  return (
    monitor: string,
    { outcome, startedAtMs, lateMs }: { outcome: Outcome; startedAtMs: number; lateMs: number },
  ) => {
    const before = states.get(monitor) ?? PENDING
    const policy = POLICIES[monitor] ?? aMonitor().policy
    const { state } = transition({ monitor, state: before, check: { outcome, startedAtMs }, policy, mute: null })
    states.set(monitor, state)
    const isFine = [before, state].every(({ status, flapping }) => status === 'up' && flapping === null)
    const check = { outcome, durationMs: (startedAtMs % 977) + 0.1234 } as CheckResult
    const isRoutine = outcome === 'void' || isFine
    // Whole numbers: sums of them are the same in every order.
    const measured = [{ label: `${startedAtMs % 3}`, unit: 's', value: startedAtMs % 101 }]
    const slotAtMs = startedAtMs - lateMs
    const change = aChange(monitor, startedAtMs, { check, isRoutine, slotAtMs, measured })
    return { kind: 'check', change: { ...change, state } } as const satisfies Write
  }
}

/** The same, as if every check were news. */
function asNews(write: Write): Write {
  return write.kind === 'check' ? { ...write, change: { ...write.change, isRoutine: false } } : write
}

type Stage = ReturnType<typeof startDatabase>

const sumsIn = ({ all }: Stage) => [
  all('SELECT * FROM roll_ups ORDER BY monitor_id, span, start_ms'),
  all('SELECT id, name, state, counted_to_ms, counted_as, summed_to_ms FROM monitors ORDER BY id'),
  all('SELECT * FROM checks ORDER BY monitor_id, started_at_ms'),
  all('SELECT * FROM measured_hours ORDER BY series_id, start_ms'),
  all('SELECT * FROM series ORDER BY id'),
]

/** How many checks there were, by what became of them. */
const countsIn = ({ all }: Stage) => [
  all(`SELECT monitor_id, span, start_ms, passed_count, failed_count, void_count FROM roll_ups
       ORDER BY monitor_id, span, start_ms`),
  all('SELECT * FROM checks ORDER BY monitor_id, started_at_ms'),
]

/** A slot that was not written is known to a second. */
const SLOT_SLACK_MS = 1000

function slotsIn({ all }: Stage): (number | null)[] {
  return all('SELECT slot_at_ms AS atMs FROM monitors ORDER BY id').map((row) => (row as { atMs: number | null }).atMs)
}

function expectSameSlots({ lagging, prompt }: { lagging: Stage; prompt: Stage }) {
  const slots = slotsIn(lagging)
  for (const [index, atMs] of slotsIn(prompt).entries()) {
    if (atMs === null) expect(slots[index]).toBeNull()
    else expect(Math.abs((slots[index] ?? 0) - atMs)).toBeLessThanOrEqual(SLOT_SLACK_MS)
  }
}

/** What other processes read of the sums. */
function readIn({ database }: Stage, nowMs: number) {
  const monitors = [...readMonitors(database).values()]
  return {
    uptime: readUptime(database, { monitors, windows: ['24h', '30d'], nowMs, watchedToMs: nowMs }),
    measured: monitors.map(({ id: monitorId }) => readMeasured(database, { monitorId, window: '90d', nowMs })),
    hours: monitors.map(({ id }) => {
      const { upMs: _, ...counts } = readHours(database, id, nowMs - 24 * HOUR)
      return counts
    }),
  }
}

const LAGGING = `SELECT 1 FROM monitors
  WHERE EXISTS (SELECT 1 FROM checks WHERE monitor_id = id AND started_at_ms > summed_to_ms)`

/** A history of checks; now and then the clock jumps, by `leastJumpMs` or more. */
const eventsWith = (leastJumpMs: number) =>
  fc.array(
    fc.record({
      what: fc.oneof(
        { weight: 40, arbitrary: fc.constant('passed' as const) },
        { weight: 4, arbitrary: fc.constantFrom('warned', 'failed', 'void', 'timed_out') },
        { weight: 1, arbitrary: fc.constantFrom('unwatched', 'departure') },
      ),
      monitor: fc.constantFrom(...Object.keys(POLICIES)),
      afterMs: fc.oneof(
        { weight: 30, arbitrary: fc.integer({ min: 1, max: 4 * MINUTE }) },
        { weight: 1, arbitrary: fc.integer({ min: leastJumpMs, max: 5 * HOUR }) },
      ),
      lateMs: fc.oneof({ weight: 20, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(5000) }),
      next: fc.constantFrom('more', 'kept', 'kept', 'kept', 'kept', 'kept', 'kept', 'killed', 'failed'),
    }),
    { minLength: 20, maxLength: 60 },
  )

type Events = ReturnType<typeof eventsWith> extends fc.Arbitrary<infer Value> ? Value : never

/** Lives through a history twice: with sums that lag, and killed now and then; and with every check summed up at once. */
function liveThrough(events: Events, look: (lagging: Stage, prompt: Stage, nowMs: number) => void) {
  const lagging = startDatabase(scratch.newPath())
  const prompt = startDatabase(scratch.newPath())
  let { apply, sumUp } = lagging
  const restart = () => ({ apply, sumUp } = createApplyWrites(lagging.database, lagging.deliveries))
  const write = createWriter()
  let nowMs = T0
  let batch: Write[] = []
  const keep = () => {
    apply(batch, nowMs)
    prompt.apply(batch.map(asNews), nowMs)
    batch = []
  }
  for (const { what, monitor, afterMs, lateMs, next } of events) {
    nowMs += afterMs
    if (what === 'unwatched') {
      batch.push({ kind: 'unwatched', unwatched: { fromMs: nowMs - 1000, toMs: nowMs } })
    } else if (what === 'departure') {
      batch.push({ kind: 'departure', departure: { monitor, atMs: nowMs, ending: 'removed' } })
    } else batch.push(write(monitor, { outcome: what, startedAtMs: nowMs, lateMs }))
    if (next === 'more') continue
    if (next === 'failed') {
      const broken = { kind: 'check', change: null } as unknown as Write
      expect(() => apply([...batch, broken], nowMs)).toThrow()
    }
    keep()
    if (next === 'killed') restart()
    look(lagging, prompt, nowMs)
  }
  keep()
  restart()
  sumUp()
  return { lagging, prompt }
}

function close({ lagging, prompt }: ReturnType<typeof liveThrough>) {
  lagging.database.close()
  prompt.database.close()
}

describe('sums that lag behind', () => {
  test('are the same after kills at any moment as if every check had been summed up at once', () => {
    let laggingCount = 0
    fc.assert(
      fc.property(eventsWith(1), (events) => {
        const stages = liveThrough(events, (lagging, prompt, nowMs) => {
          laggingCount += lagging.all(LAGGING).length
          expect(readIn(lagging, nowMs)).toEqual(readIn(prompt, nowMs))
        })
        expect(sumsIn(stages.lagging)).toEqual(sumsIn(stages.prompt))
        expectSameSlots(stages)
        close(stages)
      }),
      { numRuns: 30, endOnFailure: true },
    )
    expect(laggingCount).toBeGreaterThan(200)
  })

  // Then times lie on top of each other, and what was watched is a matter of how one looks at it.
  test('count every check once, and no other, also where the clock was set back', () => {
    fc.assert(
      fc.property(eventsWith(-HOUR), (events) => {
        const stages = liveThrough(events, () => {})
        expect(countsIn(stages.lagging)).toEqual(countsIn(stages.prompt))
        close(stages)
      }),
      { numRuns: 30, endOnFailure: true },
    )
  })
})
