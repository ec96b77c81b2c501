import { type Action, actionOf, withFailedSignIn } from '../../core/model/action.ts'
import { type MuteChange, type Mutes, withMuteChange } from '../../core/model/mute.ts'
import { onEdge } from '../../core/model/on-edge.ts'
import type { Change, Clock, Log, Store } from '../../core/model/ports.ts'
import type { Delivery, Notification } from '../../core/model/types.ts'
import { firstLine } from '../../core/past/summary.ts'
import { excerpt } from '../../core/text/cut.ts'
import { createCurrentState } from '../current-state.ts'
import type { Refusal } from '../file/trouble.ts'
import type { Write } from '../tables/apply-writes.ts'
import { newSecret } from '../tables/facts.ts'
import type { DatabaseAccess } from './database-thread.ts'
import { createWriteQueue } from './write-queue.ts'

/** How many characters of a check's output are stored, with it and with its notifications, half of them from the end. */
const OUTPUT_LIMIT = 4096

const CLOCK_DOUBTED =
  'the clock is more than a day ahead of when Minitor last ran: nothing is removed until Minitor has run for a day by it'

/** How long failed sign-ins wait for others: many of one network are written as one. */
const GATHER_MS = 1000

const WRITTEN_SOON = Promise.resolve()

interface Options {
  readonly access: DatabaseAccess
  readonly clock: Clock
  readonly log: Log
}

/** A store that can be left as it is, when another server leads. */
export interface DurableStore extends Store {
  /** Saves nothing more, and answers nobody who waits for that; returns what is not saved. */
  abandon(): readonly Write[]
}

/** A Store on a database file. What is known now is also in memory, so that no fault of the file can take it away. */
export async function openDurableStore({ access, clock, log }: Options): Promise<DurableStore | Refusal> {
  const opening = await access.open()
  if (opening.kind === 'refused') return opening
  if (opening.setAside !== null) {
    log.write('error', `the database is damaged and was set aside as ${opening.setAside}; Minitor begins anew`)
  }
  if (opening.logSetAside !== null) {
    const copy = 'the database is a copy that was put beside the log of another; Minitor goes on from the copy'
    log.write('warn', `${copy}, and that log was set aside as ${opening.logSetAside}`)
  }
  const { snapshot, trouble } = opening
  const current = createCurrentState(snapshot)
  let { mutes, endedSessions, secret } = snapshot
  let tellMutes = (_: Mutes) => {}
  access.onMutes((next) => {
    if (Bun.deepEquals(next, mutes)) return
    mutes = next
    tellMutes(next)
  })

  let tellSecret = (_: string) => {}
  access.onSecret((next) => {
    if (next === secret) return
    secret = next
    tellSecret(next)
  })

  const seed = (): readonly Write[] => {
    const { monitors, deliveries } = current.read()
    const states = [...monitors].map(([monitor, known]) => ({ kind: 'state', monitor, ...known }) as const)
    return [
      ...states,
      { kind: 'pending', deliveries },
      { kind: 'ended_sessions', sessions: endedSessions },
      ...mutesAnew(mutes, clock.wallMs()),
    ]
  }
  const queue = createWriteQueue({ access, clock, log, seed, trouble })
  let failedSignIns: readonly Action[] = []
  let cancelGathering = () => {}
  const writeFailedSignIns = () => {
    if (failedSignIns.length > 0) queue.addRoutine({ kind: 'actions', actions: failedSignIns })
    failedSignIns = []
  }
  const gatherFailedSignIns = () => {
    // While nothing can be written, they gather: an attacker must not fill the queue.
    if (queue.troubles().length > 0) gather()
    else writeFailedSignIns()
  }
  const gather = () => {
    cancelGathering = clock.setTimer(GATHER_MS, gatherFailedSignIns)
  }
  const reportDoubt = onEdge(log, {
    begins: () => ['warn', CLOCK_DOUBTED],
    ends: 'the clock is trusted: retention goes on',
  })
  access.onDoubt((isDoubted) => reportDoubt(isDoubted || null))
  access.onDamage((reason) => queue.replaceFile(reason))

  return {
    load: async () => snapshot,
    commit(change) {
      const kept = withinLimit(change)
      const { check, state, slotAtMs, deliveries } = kept
      current.put(deliveries)
      current.setState(check.monitor, { state, slotAtMs })
      const write: Write = { kind: 'check', change: kept }
      if (!change.isRoutine) return queue.add(write)
      queue.addRoutine(write)
      return WRITTEN_SOON
    },
    keepPing: (ping) => queue.add({ kind: 'ping', ping }),
    settle(delivery, following) {
      const kept = { delivery: deliveryWithinLimit(delivery), following: following.map(deliveryWithinLimit) }
      current.put([kept.delivery, ...kept.following])
      return queue.add({ kind: 'delivery', ...kept })
    },
    noteUnwatched: (unwatched) => queue.addRoutine({ kind: 'unwatched', unwatched }),
    noteDeparture(departure) {
      current.setState(departure.monitor, null)
      queue.addRoutine({ kind: 'departure', departure })
    },
    changeMutes(change) {
      mutes = withMuteChange(mutes, change)
      return queue.add({ kind: 'mutes', change })
    },
    noteState(monitor, known) {
      current.setState(monitor, known)
      queue.addRoutine({ kind: 'state', monitor, ...known })
    },
    noteTrial: (trial) => queue.addRoutine({ kind: 'trial', trial }),
    noteAction(action) {
      if (action.kind !== 'sign_in_failed') return queue.addRoutine({ kind: 'actions', actions: [action] })
      if (failedSignIns.length === 0) gather()
      failedSignIns = withFailedSignIn(failedSignIns, action)
    },
    keepEndedSessions(sessions) {
      endedSessions = sessions
      return queue.add({ kind: 'ended_sessions', sessions })
    },
    async endSessions(by) {
      secret = newSecret()
      endedSessions = []
      const written = queue.add({ kind: 'secret', secret })
      queue.addRoutine({ kind: 'actions', actions: [actionOf({ kind: 'sessions_ended', ...by })] })
      // Also where it cannot be saved for now.
      tellSecret(secret)
      await written
    },
    onMutes(listener) {
      tellMutes = listener
    },
    onSecret(listener) {
      tellSecret = listener
    },
    setRetention: (retention) => access.setRetention(retention),
    troubles: () => queue.troubles(),
    abandon: () => queue.abandon(),
    async close() {
      cancelGathering()
      writeFailedSignIns()
      await queue.close()
      await access.close()
    },
  }
}

/** Writes that bring these mutes into an empty file. An acknowledgement needs its incident to be there before. */
function mutesAnew({ silences, acknowledgements, pauses, announcements }: Mutes, atMs: number): Write[] {
  const changes: MuteChange[] = [
    ...silences.filter(({ untilMs }) => untilMs > atMs).map((silence) => ({ kind: 'silence', silence, atMs }) as const),
    ...acknowledgements.map((acknowledgement) => ({ kind: 'acknowledge', acknowledgement }) as const),
    ...pauses.map((pause) => ({ kind: 'pause', pause }) as const),
    ...announcements.map((announcement) => ({ kind: 'announce', announcement }) as const),
  ]
  return changes.map((change) => ({ kind: 'mutes_anew', change }))
}

/** Cut before it waits to be written: what commands print must not decide how much memory that takes. */
function withinLimit(change: Change): Change {
  const { check, notifications, deliveries } = change
  const output = excerpt(change.keepsOutput ? check.output : firstLine(check.output), OUTPUT_LIMIT)
  return {
    ...change,
    check: { ...check, output },
    notifications: notifications.map(outputWithinLimit),
    deliveries: deliveries.map(deliveryWithinLimit),
  }
}

function deliveryWithinLimit(delivery: Delivery): Delivery {
  return { ...delivery, notification: outputWithinLimit(delivery.notification) }
}

/** What is under way hands over more; after a restart, this. */
function outputWithinLimit(notification: Notification): Notification {
  return { ...notification, output: excerpt(notification.output, OUTPUT_LIMIT) }
}
