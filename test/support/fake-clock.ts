import type { Clock } from '../../src/core/model/ports.ts'

/** A clock that stands still until it is told to go on. Both times begin at 0 unless set. */
export interface FakeClock extends Clock {
  /** Lets time pass, timer by timer, and lets what they started settle in between. */
  advance(ms: number): Promise<void>
  /** Lets time pass without any timer firing, as when the process is stopped; they fire when it goes on. */
  freeze(ms: number): Promise<void>
  /** Sets the wall clock without letting time pass. */
  setWall(wallMs: number): void
  readonly timerCount: number
}

interface Timer {
  readonly atMs: number
  readonly callback: () => void
}

export function createFakeClock(startWallMs = 0): FakeClock {
  const timers = new Set<Timer>()
  let nowMs = 0
  let wallOffsetMs = startWallMs

  const settle = async () => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
  }
  const firstDue = (untilMs: number) =>
    [...timers].filter(({ atMs }) => atMs <= untilMs).sort((one, other) => one.atMs - other.atMs)[0]

  const fireUntil = async (untilMs: number) => {
    await settle()
    for (let timer = firstDue(untilMs); timer !== undefined; timer = firstDue(untilMs)) {
      timers.delete(timer)
      nowMs = Math.max(nowMs, timer.atMs)
      timer.callback()
      await settle()
    }
  }

  return {
    monotonicMs: () => nowMs,
    wallMs: () => Math.round(nowMs + wallOffsetMs),
    setTimer(delayMs, callback) {
      const timer = { atMs: nowMs + delayMs, callback }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    async advance(ms) {
      const untilMs = nowMs + ms
      await fireUntil(untilMs)
      nowMs = untilMs
    },
    async freeze(ms) {
      nowMs += ms
      await fireUntil(nowMs)
    },
    setWall(wallMs) {
      wallOffsetMs = wallMs - nowMs
    },
    get timerCount() {
      return timers.size
    },
  }
}
