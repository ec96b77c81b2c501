import { drainMicrotasks } from 'bun:jsc'
import type { Clock } from '../../src/core/model/ports.ts'
import type { Random } from '../support/random.ts'

/** One process of Minitor, from its start to its end. What it does after its end has no effect. */
export interface Life {
  readonly number: number
  readonly bornAtMs: number
  isAlive: boolean
  /** Until then it is stopped, as by SIGSTOP. */
  frozenUntilMs: number
  /** Called first when it goes on. */
  hearsFirst: Source
}

type Source = 'timer' | 'io'

interface Happening {
  atMs: number
  rank: number
  readonly number: number
  /** Null is the world itself, which neither stops nor dies. */
  readonly life: Life | null
  readonly source: Source
  readonly action: () => void
  isCancelled: boolean
}

/** The time of a world, in milliseconds since its beginning, and everything that is planned in it. */
export interface Timeline {
  readonly nowMs: number
  wallMs(): number
  /** Moves the wall clock by this many milliseconds. */
  stepWall(byMs: number): void
  /** Returns a function that cancels it. */
  after(delayMs: number, life: Life | null, action: () => void, source?: Source): () => void
  freeze(life: Life, ms: number, hearsFirst: Source): void
  /** Runs everything that is planned until then, or until `isOver`, which is asked after each event. */
  run(untilMs: number, isOver: () => boolean): void
}

const MOST_TIMER_MS = 2 ** 31 - 1

export function createTimeline(startWallMs: number): Timeline {
  const heap: Happening[] = []
  let nowMs = 0
  let count = 0
  let wallOffsetMs = startWallMs

  const step = (happening: Happening) => {
    const { life } = happening
    if (happening.isCancelled || life?.isAlive === false) return
    if (life !== null && life.frozenUntilMs > happening.atMs) {
      const rank = life.hearsFirst === happening.source ? 0 : 1
      push(heap, Object.assign(happening, { atMs: life.frozenUntilMs, rank }))
      return
    }
    nowMs = happening.atMs
    happening.action()
    drainMicrotasks()
  }

  return {
    get nowMs() {
      return nowMs
    },
    wallMs: () => Math.floor(nowMs + wallOffsetMs),
    stepWall(byMs) {
      wallOffsetMs += byMs
    },
    after(delayMs, life, action, source = 'io') {
      const happening = { atMs: nowMs + delayMs, rank: 1, number: ++count, life, source, action, isCancelled: false }
      push(heap, happening)
      return () => {
        happening.isCancelled = true
      }
    },
    freeze(life, ms, hearsFirst) {
      Object.assign(life, { frozenUntilMs: Math.max(life.frozenUntilMs, nowMs + ms), hearsFirst })
    },
    run(untilMs, isOver) {
      for (let next = heap[0]; next !== undefined && next.atMs <= untilMs; next = heap[0]) {
        step(pop(heap) as Happening)
        if (isOver()) return
      }
      nowMs = Math.max(nowMs, untilMs)
    },
  }
}

/** The clocks as one process sees them. Its timers fire a little late, or a hair early, as those of the runtime do. */
export function createLifeClock(timeline: Timeline, life: Life, random: Random): Clock {
  return {
    monotonicMs: () => timeline.nowMs - life.bornAtMs,
    wallMs: () => timeline.wallMs(),
    setTimer(delayMs, callback) {
      if (!(delayMs >= 0 && delayMs <= MOST_TIMER_MS)) throw new Error(`a timer of ${delayMs} ms`)
      const lateMs = random.fraction() * 1.5 - 0.25
      return timeline.after(Math.max(0.01, Math.ceil(delayMs) + lateMs), life, callback, 'timer')
    },
  }
}

function isBefore(one: Happening, other: Happening): boolean {
  if (one.atMs !== other.atMs) return one.atMs < other.atMs
  return one.rank === other.rank ? one.number < other.number : one.rank < other.rank
}

function push(heap: Happening[], happening: Happening): void {
  let index = heap.push(happening) - 1
  while (index > 0) {
    const parent = (index - 1) >> 1
    const above = heap[parent] as Happening
    if (!isBefore(happening, above)) break
    heap[index] = above
    index = parent
  }
  heap[index] = happening
}

function pop(heap: Happening[]): Happening | undefined {
  const top = heap[0]
  const last = heap.pop()
  if (last === undefined || last === top) return top
  let index = 0
  for (let child = 1; child < heap.length; child = 2 * index + 1) {
    const right = heap[child + 1]
    if (right !== undefined && isBefore(right, heap[child] as Happening)) child++
    const below = heap[child] as Happening
    if (!isBefore(below, last)) break
    heap[index] = below
    index = child
  }
  heap[index] = last
  return top
}
