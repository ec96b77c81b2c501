import { causeOf } from '../../src/core/decide/cause.ts'
import { judge } from '../../src/core/decide/judge.ts'
import { NO_MUTES } from '../../src/core/model/mute.ts'
import type { Clock } from '../../src/core/model/ports.ts'
import { PENDING } from '../../src/core/model/state.ts'
import type { Delivery } from '../../src/core/model/types.ts'
import { nothingApplied } from '../../src/engine/checks/applied.ts'
import { createCommit } from '../../src/engine/checks/commit.ts'
import { createConclude } from '../../src/engine/checks/conclude.ts'
import { createDurationCounts, emptyTally } from '../../src/engine/checks/counts.ts'
import { createTimetable } from '../../src/engine/checks/timetable.ts'
import { commandOf, type Watched } from '../../src/engine/checks/watched.ts'
import { createMemoryStore } from '../../src/store/memory-store.ts'
import type { Write } from '../../src/store/tables/apply-writes.ts'
import type { Service } from './service.ts'

/** The engine without a clock of its own: turns what services do into the writes of a daemon. */
export interface Observer {
  check(service: Service, atMs: number): Promise<void>
  /** The writes since the last call. */
  take(): Promise<Write[]>
}

export function createObserver(): Observer {
  let writes: Write[] = []
  let nowMs = 0
  const clock: Clock = { monotonicMs: () => nowMs, wallMs: () => Math.round(nowMs), setTimer: () => () => {} }
  const log = { write() {} }
  const commit = createCommit({
    clock,
    store: {
      ...createMemoryStore(),
      async commit(change) {
        writes.push({ kind: 'check', change })
      },
    },
    log,
    hostname: 'bench',
    applied: () => nothingApplied({ ...NO_MUTES, silences: [], acknowledgements: [] }),
    deliver(deliveries) {
      for (const delivery of deliveries) writes.push({ kind: 'delivery', delivery: delivered(delivery), following: [] })
    },
  })
  const conclude = createConclude({
    clock,
    log,
    guard: { doubt: async (check) => check },
    unwatchedTime: { followClock() {} },
    muting: { now: () => null, find: async () => null },
    durations: createDurationCounts(),
    commit,
    onChange() {},
  })
  const watchedOf = new Map<Service, Watched>()

  const watch = (service: Service): Watched => {
    const { monitor } = service
    const watched: Watched = {
      monitor,
      state: PENDING,
      cause: causeOf('pending'),
      timetable: createTimetable(monitor.schedule, clock),
      command: commandOf(monitor),
      slotMs: 0,
      muteReason: '',
      lastCheck: null,
      quiet: '',
      statusSinceMs: null,
      tally: emptyTally(),
      run: async () => Number.POSITIVE_INFINITY,
    }
    watchedOf.set(service, watched)
    return watched
  }

  return {
    async check(service, atMs) {
      const watched = watchedOf.get(service) ?? watch(service)
      const run = service.runAt(atMs)
      nowMs = atMs + run.durationMs
      watched.slotMs = atMs
      await conclude(
        watched,
        judge(run, { monitor: service.monitor, runId: '', startedAtMs: Math.round(atMs) }),
        () => true,
        { ping: null },
      )
    },
    async take() {
      // The last check's deliveries come a few turns later.
      await Bun.sleep(0)
      const taken = writes
      writes = []
      return taken
    },
  }
}

function delivered(delivery: Delivery): Delivery {
  return { ...delivery, status: 'delivered', attemptCount: 1 }
}
