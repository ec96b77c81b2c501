import type { Clock } from '../../core/model/ports.ts'

/** At most four times a second somebody is told. */
const GATHER_MS = 250

export type ChangeListener = (names: ReadonlySet<string> | null) => void

/** Tells listeners what has changed, gathered over a short time; null is everything. */
export interface GatheredChanges {
  add(names: Iterable<string> | null): void
  /** Returns how to stop. */
  listen(listener: ChangeListener): () => void
  close(): void
}

export function createGatheredChanges(clock: Clock): GatheredChanges {
  const listeners = new Set<ChangeListener>()
  let untold: Set<string> | null = new Set()
  let toldMs = Number.NEGATIVE_INFINITY
  let cancel: (() => void) | null = null

  const tell = () => {
    const news = untold
    untold = new Set()
    toldMs = clock.monotonicMs()
    cancel = null
    for (const listener of [...listeners]) listener(news)
  }

  return {
    add(names) {
      if (names === null) untold = null
      else for (const name of names) untold?.add(name)
      cancel ??= clock.setTimer(Math.max(0, toldMs + GATHER_MS - clock.monotonicMs()), tell)
    },
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close() {
      cancel?.()
      listeners.clear()
    },
  }
}
