import type { Present } from '../core/model/present.ts'

/** Tells those who look on that something has changed; see `Present.onChange`. */
export interface ChangeFeed {
  tell(monitor: string | null): void
  readonly listen: Present['onChange']
}

export function createChangeFeed(): ChangeFeed {
  const listeners = new Set<(monitor: string | null) => void>()
  return {
    tell(monitor) {
      for (const listener of listeners) listener(monitor)
    },
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
