import type { Log } from '../../core/model/ports.ts'

/** Checks that start later than this are not what was asked for. */
export const LATE_MS = 10_000

/** Makes the function that hears how late each check starts, and says so when it begins and when it is over. */
export function createLateness(log: Log): (lagMs: number) => void {
  let isLate = false

  return (lagMs) => {
    if (!isLate && lagMs > LATE_MS) {
      isLate = true
      log.write(
        'warn',
        `checks start ${Math.round(lagMs / 1000)} s late: raise max_concurrent_checks or check less often`,
      )
    } else if (isLate && lagMs < LATE_MS / 10) {
      isLate = false
      log.write('info', 'checks start in time again')
    }
  }
}
