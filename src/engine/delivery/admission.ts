export interface Admission<Waiter> {
  /** Whether a run of this alert may start now. If not, the waiter is admitted once another has left. */
  enter(alert: string, waiter: Waiter): boolean
  leave(alert: string): void
}

interface Options<Waiter> {
  /** How many runs of one alert go on at once. */
  readonly limit: number
  /** It is a waiter's turn: it may enter again. */
  readonly admit: (waiter: Waiter) => void
}

/** A semaphore for each alert: bounds how many of its runs go on at once; the others wait in line. */
export function createAdmission<Waiter>({ limit, admit }: Options<Waiter>): Admission<Waiter> {
  const running = new Map<string, number>()
  const waiting = new Map<string, Set<Waiter>>()

  const count = (alert: string) => running.get(alert) ?? 0

  return {
    enter(alert, waiter) {
      if (count(alert) < limit) {
        running.set(alert, count(alert) + 1)
        return true
      }
      waiting.set(alert, (waiting.get(alert) ?? new Set()).add(waiter))
      return false
    },
    leave(alert) {
      running.set(alert, count(alert) - 1)
      for (const waiter of waiting.get(alert) ?? []) {
        if (count(alert) >= limit) return
        waiting.get(alert)?.delete(waiter)
        admit(waiter)
      }
    },
  }
}
