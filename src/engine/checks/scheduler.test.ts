import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { sampleValue } from '../../../test/fixtures/telemetry.ts'
import { createFakeClock } from '../../../test/support/fake-clock.ts'
import type { Clock } from '../../core/model/ports.ts'
import { createScheduler, type Task } from './scheduler.ts'

/** A task every `intervalMs` that notes its starts. */
function metronome(clock: Clock, intervalMs: number): Task & { readonly starts: number[] } {
  const starts: number[] = []
  return {
    starts,
    run: async (dueMs) => {
      starts.push(clock.monotonicMs())
      return dueMs + intervalMs
    },
  }
}

const replan = () => []

test('goes on when timers fire a little before their time', async () => {
  const clock = createFakeClock()
  const hasty: Clock = {
    ...clock,
    setTimer: (delayMs, callback) => clock.setTimer(Math.max(0.1, delayMs - 0.4), callback),
  }
  const scheduler = createScheduler({ clock: hasty, replan })
  const task = metronome(hasty, 200.7)
  scheduler.add(task, 0.3)
  await clock.advance(2010)
  expect(task.starts).toHaveLength(11)
})

test('runs everything in the order of its due times, at most so many at once, never one twice at a time', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ dueMs: fc.nat(1000), takesMs: fc.integer({ min: 1, max: 300 }) }), {
        minLength: 1,
        maxLength: 30,
      }),
      fc.integer({ min: 1, max: 5 }),
      async (plans, limit) => {
        const clock = createFakeClock()
        const scheduler = createScheduler({ clock, replan })
        scheduler.setLimit(limit)
        const running = new Set<number>()
        const waiting = new Map(plans.map(({ dueMs }, id) => [id, dueMs]))
        const started = new Set<number>()
        for (const [id, { dueMs, takesMs }] of plans.entries()) {
          const run = (due: number) => {
            expect(running.has(id)).toBe(false)
            running.add(id)
            expect(running.size).toBeLessThanOrEqual(limit)
            waiting.delete(id)
            started.add(id)
            expect(Math.min(...waiting.values())).toBeGreaterThanOrEqual(due)
            return new Promise<number>((resolve) => {
              clock.setTimer(takesMs, () => {
                running.delete(id)
                waiting.set(id, due + 1000)
                resolve(due + 1000)
              })
            })
          }
          scheduler.add({ run }, dueMs)
        }
        await clock.advance(30_000)
        expect(started.size).toBe(plans.length)
        scheduler.stop()
      },
    ),
    { numRuns: 50 },
  )
})

test('a task that runs out of turn keeps its slot, and is not run twice at a time', async () => {
  const clock = createFakeClock()
  const scheduler = createScheduler({ clock, replan })
  const dues: number[] = []
  const task: Task = {
    run: (dueMs) => {
      dues.push(dueMs)
      return new Promise((resolve) => {
        clock.setTimer(10, () => resolve(dueMs > clock.monotonicMs() ? dueMs : dueMs + 1000))
      })
    },
  }
  scheduler.add(task, 500)
  const one = scheduler.runNow(task)
  const other = scheduler.runNow(task)
  await clock.advance(20)
  await Promise.all([one, other])
  expect(dues).toEqual([500])
  await clock.advance(500)
  expect(dues).toEqual([500, 500])
})

test('a removed task ends with the run under way, and starts nothing when stopped', async () => {
  const clock = createFakeClock()
  const scheduler = createScheduler({ clock, replan })
  const task = metronome(clock, 100)
  scheduler.add(task, 0)
  await clock.advance(150)
  scheduler.remove(task)
  await clock.advance(1000)
  expect(task.starts).toEqual([0, 100])
  scheduler.add(task, 2000)
  scheduler.stop()
  await clock.advance(5000)
  expect(task.starts).toHaveLength(2)
  expect(clock.timerCount).toBe(0)
})

/** A scheduler that goes on at once after a stall, and how long each was, in seconds. */
function watchStalls() {
  const clock = createFakeClock()
  const stalls: number[] = []
  const scheduler = createScheduler<Task>({
    clock,
    replan: (overdue, lateMs) => {
      stalls.push(Math.round(lateMs / 1000))
      return overdue.map((task) => ({ task, dueMs: clock.monotonicMs() }))
    },
  })
  return { clock, scheduler, stalls }
}

test('B3: a stall that the end of a run tells first is dealt with once', async () => {
  const { clock, scheduler, stalls } = watchStalls()
  scheduler.setLimit(2)
  let end = (_: number) => {}
  const long: Task = {
    run: () =>
      new Promise((resolve) => {
        end = resolve
      }),
  }
  scheduler.add(long, 0)
  scheduler.add(metronome(clock, 10_000), 5000)
  await clock.advance(1000)
  // The run ends in the same instant in which the stall does, before any timer has fired.
  const frozen = clock.freeze(60_000)
  end(1e9)
  await frozen
  await clock.advance(1000)
  expect(stalls).toEqual([56])
})

test('B3: a stall is noticed, too, while all places are taken', async () => {
  const { clock, scheduler, stalls } = watchStalls()
  const task = metronome(clock, 1000)
  scheduler.add({ run: () => new Promise((resolve) => clock.setTimer(30_000, () => resolve(1e9))) }, 0)
  // Its timer fires, and finds no place.
  scheduler.add(task, 500)
  await clock.advance(1000)
  await clock.freeze(600_000)
  expect(stalls).toEqual([541])
  expect(task.starts).toHaveLength(1)
})

test('metrics: places that are taken, tasks that wait for one, and how late the first of them is', async () => {
  const clock = createFakeClock()
  const scheduler = createScheduler({ clock, replan })
  scheduler.setLimit(2)
  const run = (dueMs: number, free: () => void) => {
    if (dueMs === 0) free()
    return new Promise<number>(() => {})
  }
  for (const dueMs of [0, 1, 2, 3, 4]) scheduler.add({ run }, dueMs)
  await clock.advance(1504)
  const value = (name: string) => sampleValue(scheduler.families(), name)
  expect(value('minitor_checks_running')).toBe(2)
  expect(value('minitor_checks_waiting')).toBe(2)
  expect(value('minitor_schedule_lag_seconds')).toBe(1.501)
})

test('A12: a task that hangs does not hold up the others when resources run out', async () => {
  const clock = createFakeClock()
  const scheduler = createScheduler({ clock, replan })
  scheduler.setLimit(10)
  const quick = metronome(clock, 100)
  scheduler.add({ run: () => new Promise<number>(() => {}) }, 0)
  await clock.advance(10)
  // Another one, which could not be started.
  scheduler.add({ run: async () => Number.POSITIVE_INFINITY }, 10)
  scheduler.backOff(100)
  scheduler.add(quick, 20)
  await clock.advance(4000)
  expect(quick.starts).toHaveLength(0)
  await clock.advance(6000)
  expect(quick.starts.length).toBeGreaterThan(20)
})
