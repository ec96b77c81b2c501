import type { Clock, Log, LogFields } from '../../core/model/ports.ts'
import type { Alert, Delivery } from '../../core/model/types.ts'
import { causeText } from '../../core/past/summary.ts'
import { attemptOf } from '../../core/tell/digest.ts'
import { isSuperseded, retryDelayMs } from '../../core/tell/outbox.ts'
import { excerpt } from '../../core/text/cut.ts'
import { named } from '../../core/text/printable.ts'
import type { AttemptResult } from './attempt.ts'
import type { Lane, Lanes, Member } from './lanes.ts'

/** Characters of a reason, which every attempt writes into the database. */
const REASON_LIMIT = 300

interface Options {
  readonly clock: Clock
  readonly log: Log
  readonly random: () => number
  readonly lanes: Lanes
  readonly onDelivered: (alert: string, monitor: string) => void
  /** All attempts are over, and none has succeeded. */
  readonly onGivenUp: (alert: string, reason: string) => void
}

/** Makes the function that settles the deliveries of an attempt: delivered, tried again later, or given up. */
export function createSettle(options: Options) {
  const { clock, log, random, lanes, onDelivered, onGivenUp } = options

  const succeed = (alert: Alert, members: readonly Member[], facts: LogFields) => {
    if (alert.command !== 'log') log.write('info', `${alert.name} delivered ${object(members)}`, facts)
    for (const { lane, delivery } of members) {
      lanes.settle(lane, delivery, { status: 'delivered', attemptCount: delivery.attemptCount + 1, reason: '' })
      onDelivered(alert.name, lane.monitor)
    }
  }

  const fail = (alert: Alert, members: readonly Member[], result: AttemptResult, facts: LogFields & Attempted) => {
    const delayMs = retryDelayMs(facts.attempt, random())
    const nextAttemptAtMs = clock.wallMs() + delayMs
    const isOver = (delivery: Delivery) =>
      !result.isVoid && lanes.ageMs(delivery) + delayMs > (alert.digestMs ?? 0) + alert.retryForMs
    log.write('warn', `alert ${alert.name} failed for ${target(members)}: ${result.reason}`, {
      ...facts,
      will_retry: members.some(({ delivery }) => !isOver(delivery)),
    })
    const retrying = new Set<Lane>()
    for (const { lane, delivery } of members) {
      // What the command said stays in sight: `exit code 1` alone helps nobody.
      const tried = { attemptCount: delivery.attemptCount + 1, reason: excerpt(causeText(result), REASON_LIMIT) }
      // A superseded delivery is dropped when its lane advances. A notification must not go to the fallback while an
      // older one of the monitor is still tried here.
      if (isOver(delivery) && !isSuperseded(delivery, lane.deliveries) && !retrying.has(lane)) {
        lanes.giveUp(lane, delivery, tried)
        onGivenUp(alert.name, result.reason)
      } else {
        lanes.settle(lane, delivery, { ...tried, nextAttemptAtMs })
        retrying.add(lane)
      }
    }
  }

  return (alert: Alert, members: readonly Member[], result: AttemptResult): void => {
    const attempt = attemptOf(members.map(({ delivery }) => delivery))
    const facts = { ...factsOf(members), alert: alert.name, attempt, output: result.output }
    if (result.isDelivered) succeed(alert, members, facts)
    else fail(alert, members, result, facts)
  }
}

interface Attempted {
  readonly attempt: number
}

function factsOf(members: readonly Member[]): LogFields {
  const [first, ...others] = members
  if (first === undefined || others.length > 0) return { count: members.length }
  return { monitor: first.lane.monitor, kind: first.delivery.notification.kind }
}

/** `"down" for "Site"`, `a digest of 3`. */
function object(members: readonly Member[]): string {
  const [first, ...others] = members
  if (first === undefined || others.length > 0) return `a digest of ${members.length}`
  return `"${first.delivery.notification.kind}" for ${named(first.lane.monitor)}`
}

function target(members: readonly Member[]): string {
  return members.length === 1 ? `"${members[0]?.lane.monitor}"` : `a digest of ${members.length}`
}
