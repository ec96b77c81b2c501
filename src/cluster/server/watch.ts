import { keepCopied, putCopy } from './base-copies.ts'
import { type Fate, fateOf } from './fate.ts'
import { createHeldTime, type HeldTime, momentOf } from './held-time.ts'
import type { Watching } from './own-file.ts'
import { isForked, look, type Next, type RoleParts } from './role-parts.ts'

const RENEWALS = 3
/** A server that stops waits no longer to hear whether the engine is there: one that is frozen is known by then. */
const LAST_RENEWAL_MS = 5000

/** How a time of watching ended. */
type End =
  /** Another server leads: what is under way here must not be told. */
  | 'deposed'
  /** Another server leads, and this one was alone meanwhile. */
  | 'others went on'
  | 'damaged'

export interface WatchingRole {
  readonly role: 'leader' | 'alone'
  readonly epoch: number | null
}

interface Options extends RoleParts {
  /** Called before a daemon starts in this role, and whenever it changes. */
  readonly onRole: (role: WatchingRole) => void
  /** From now on that is asked whether this server still leads; null: it does not. */
  readonly setConfirm: (confirm: (() => Promise<boolean>) | null) => void
  /** From now on the age of the lease is asked for there; null where none is held. */
  readonly setLeaseAge: (ageMs: () => number | null) => void
  readonly onWatching: (watching: Watching) => void
  /** No more daemon: already before it is stopped. */
  readonly onOver: () => void
}

/** Watches as the leader, or alone, until another server leads or this one stops. Rejects if the daemon cannot start. */
export async function watch(next: Exclude<Next, { kind: 'stopped' }>, options: Options): Promise<void> {
  const { engine, clock, log, node, takeoverMs, file, lookMs, isStopping, pause, setSequence } = options
  const over = Promise.withResolvers<void>()
  let ended: End | null = null
  let held: HeldTime | null = null
  let role: WatchingRole['role'] = 'alone'
  const end = (how: End) => {
    ended ??= how
    over.resolve()
  }
  const isOver = () => ended !== null || isStopping()
  const own = await file
    .write({
      onStale: () => end('deposed'),
      onDamage(reason) {
        log.write('error', `the database is damaged, and another server is to lead: ${reason}`)
        end('damaged')
      },
    })
    .catch((error: Error) => {
      log.write('error', error.message)
    })
  if (own === undefined) {
    if (next.kind === 'lead') await next.held.release()
    return pause(lookMs)
  }
  setSequence(() => own.position()?.sequence ?? null)
  options.setLeaseAge(() => held?.ageMs() ?? null)

  const become = (now: WatchingRole['role'], epoch: number | null) => {
    role = now
    options.onRole({ role, epoch })
  }

  const pauseFor = async (ms: number, end: Promise<unknown>) => {
    const { promise: isDue, resolve } = Promise.withResolvers<void>()
    const cancel = clock.setTimer(ms, resolve)
    await Promise.race([end, isDue])
    cancel()
  }

  /** Keeps the lease up until the work has ended. */
  const during = async <Result>(work: Promise<Result>, keepUp: () => Promise<unknown>): Promise<Result> => {
    let hasEnded = false
    const end = () => {
      hasEnded = true
    }
    const ended = work.then(end, end)
    while (!hasEnded) {
      await pauseFor(takeoverMs / RENEWALS, ended)
      if (!hasEnded) await keepUp()
    }
    return work
  }

  const release = async () => {
    const releasing = held
    held = null
    await releasing?.release()
  }

  /** Begins the journal with what this server has, or why not. */
  const begin = async (): Promise<string | null> => {
    const found = await look(options)
    if (found === null) return 'the engine does not answer'
    const { id, lastSequence: sequence } = found.journal
    const recordId = await engine.journal.idOf(sequence).catch(() => null)
    const position = { id, sequence, recordId: recordId ?? '' }
    const begun = await own.begin(position, () => putCopy(own, options))
    return begun.kind === 'failed' ? begun.reason : null
  }

  const lead = async (taken: HeldTime, fate: Fate): Promise<'leads' | 'stale' | 'failed'> => {
    const publish = async () => {
      const obstacle = fate === 'follow' ? null : await begin()
      return obstacle === null ? await own.lead(taken.epoch) : ({ kind: 'failed', reason: obstacle } as const)
    }
    // All that it has kept while it was alone may take longer than the lease.
    const led = await during(publish(), () => taken.renew())
    if (led.kind === 'failed') log.write('warn', `this server cannot lead yet: ${led.reason}`)
    if (led.kind === 'leads') {
      // Not before: until then, another server may have written.
      held = taken
      become('leader', taken.epoch)
    } else await taken.release()
    return led.kind
  }

  /** After the lease was lost, or the engine was away: goes on, if nobody else did. */
  const reclaim = async (): Promise<'leads' | 'taken' | 'away'> => {
    const found = await look(options)
    if (found === null) return 'away'
    // The last record may be its own, of which it lost the answer: whether others have written shows when it publishes.
    const position = own.position()
    const forked = await isForked(options, position).catch(() => null)
    if (forked === null) return 'away'
    const fate = fateOf({ file: { position, unpublishedCount: 0 }, isForked: forked, ...found })
    if (fate === 'fetch') return 'taken'
    const sentAt = momentOf(clock)
    const acquired = await engine.lease.acquire(node)
    if (acquired.kind === 'failed') return 'away'
    // Its own lease, of which it lost the answer or which another life of it had, runs out.
    if (acquired.kind === 'taken') return acquired.by === node ? 'away' : 'taken'
    const led = await lead(createHeldTime({ clock, takeoverMs }, acquired.lease, sentAt), fate)
    if (led === 'stale') return 'taken'
    return led === 'leads' ? 'leads' : 'away'
  }

  const goAlone = () => {
    held = null
    own.goAlone()
    if (!isStopping()) log.write('warn', 'the engine of the cluster does not answer: this server watches by itself')
    become('alone', null)
  }

  const renew = once(async () => {
    const renewing = held
    if (renewing === null || ended !== null) return
    const renewed = await renewing.renew()
    if (ended !== null) return
    if (renewed.kind === 'held') return
    // One that stops has no time to wait: what it has left is kept in its own file.
    if (isStopping() || (renewed.kind === 'failed' && !renewing.isHeld())) return goAlone()
    if (renewed.kind === 'failed') return
    held = null
    // Meanwhile nothing is kept of which others know nothing: the journal refuses what comes too late.
    const how = await reclaim()
    if (how === 'taken') end('deposed')
    if (how === 'away') goAlone()
  })

  const start = async (): Promise<Watching | null> => {
    if (next.kind === 'lead') {
      // Until now, the file may have followed whoever has the lease by now; from here on, the journal refuses what is stale.
      const led = next.held.isHeld() ? await lead(next.held, next.fate) : 'stale'
      if (led === 'stale') {
        await next.held.release()
        return null
      }
      if (led === 'failed') become('alone', null)
    } else become('alone', null)
    options.setConfirm(async () => {
      if (role === 'leader' && (held === null || !held.isHeld())) await renew()
      return ended === null
    })
    const { before } = next
    const from = before === null || before === node ? null : before
    const after = from === null ? '' : `, after ${from}`
    log.write('info', role === 'leader' ? `this server leads the cluster${after}` : 'this server watches by itself')
    const watching = await own.watch(
      role === 'alone' ? { kind: 'alone' } : from === null ? { kind: 'back' } : { kind: 'takeover', from },
    )
    if ('kind' in watching) {
      await release()
      throw new Error(watching.reason)
    }
    return watching
  }

  const goOn = async () => {
    await Promise.race([pause(role === 'leader' ? takeoverMs / RENEWALS : lookMs), over.promise])
    if (isOver()) return
    if (role === 'leader') return renew()
    const how = await reclaim()
    if (how === 'taken') end('others went on')
    if (how === 'leads') log.write('info', 'the engine of the cluster answers again, and this server leads')
  }

  /** Leads on while alerts under way finish: another server would tell them again. */
  const stopInOrder = async (watching: Watching) => {
    if (role === 'leader') await pauseFor(LAST_RENEWAL_MS, renew())
    own.keepLast()
    await during(watching.stop(), async () => {
      if (role === 'leader') await renew()
    })
  }

  let watching: Watching | null = null
  try {
    watching = await start()
  } catch (error) {
    await own.close()
    throw error
  }
  if (watching === null) return own.close()
  options.onWatching(watching)
  const endCopies = keepCopied(own, () => role === 'leader' && ended === null, options)
  // A lead that was taken while the daemon started was renewed by nobody.
  if (!isOver()) await renew()
  while (!isOver()) await goOn()
  endCopies()
  const how = ended as End | null
  if (how === null) await stopInOrder(watching)
  options.setConfirm(null)
  options.onOver()
  if (how === 'others went on') {
    log.write('warn', 'other servers have gone on meanwhile: this one follows them')
    options.handOver(await watching.stop())
  } else if (how !== null) {
    if (how === 'deposed') log.write('warn', 'another server leads: what is under way here is dropped')
    options.handOver(await watching.abandon())
  }
  await release()
}

/** Whoever asks while the work is under way waits for that. */
function once(work: () => Promise<void>): () => Promise<void> {
  let underway: Promise<void> | null = null
  return () => {
    underway ??= work().finally(() => {
      underway = null
    })
    return underway
  }
}
