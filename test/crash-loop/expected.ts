import type { KeptCheck } from './evidence.ts'
import type { Service } from './services.ts'

export type Kind = 'down' | 'reminder' | 'up'

const PASSED = 0
const FAILED = 2

/**
 * The notifications that follow from these outcomes of checks, for each incident in order. Deliberately written
 * without the code under test.
 */
export function expectedIncidents(service: Service, checks: readonly KeptCheck[]): Kind[][] {
  const incidents: Kind[][] = []
  let open: Kind[] | null = null
  let failureCount = 0
  let passCount = 0

  const fail = () => {
    failureCount++
    passCount = 0
    if (failureCount < service.alertAfter) return
    if (open === null) {
      open = ['down']
      incidents.push(open)
    } else if (isReminderDue(service.alertEvery, failureCount - service.alertAfter, open.length)) {
      open.push('reminder')
    }
  }

  const pass = () => {
    passCount++
    if (open !== null && passCount < service.recoverAfter) return
    open?.push('up')
    open = null
    failureCount = 0
  }

  for (const { outcome } of checks) {
    if (outcome === PASSED) pass()
    else if (outcome === FAILED) fail()
  }
  return incidents
}

function isReminderDue(every: number, past: number, alertCount: number): boolean {
  if (every === 0) return false
  return every > 0 ? past % every === 0 : past >= 2 ** alertCount - 1
}
