import { plural } from '../text/plural.ts'
import type { KeptDelivery } from './kept.ts'

/** What became of a delivery, in a few words for people: `mail delivered after 3 attempts`. Pure. */
export function describeDelivery({ alert, status, attemptCount, reason }: KeptDelivery): string {
  const attempts = attemptCount > 1 ? ` after ${plural(attemptCount, 'attempt')}` : ''
  const because = reason === '' ? '' : `: ${reason}`
  switch (status) {
    case 'delivered':
      return `${alert} delivered${attempts}`
    case 'failed':
      return `${alert} could not be delivered${attempts}${because}`
    case 'pending':
      return attemptCount === 0 ? `${alert} pending` : `${alert} still pending${attempts}${because}`
    case 'dropped':
      return `${alert} dropped${because}`
    case 'handed_over':
      return `${alert} handed over to its fallback${attempts}${because}`
  }
}
