import { fetchCopy } from './base-copies.ts'
import { fateOf } from './fate.ts'
import { type Following, follow } from './follow.ts'
import { createHeldTime, type HeldTime, momentOf } from './held-time.ts'
import type { FollowedFile, Position } from './own-file.ts'
import { type Found, isForked, look, type Next, type RoleParts } from './role-parts.ts'

/** A file that is busy, or whose disk is full, may be opened later. */
const OPENING_TRIES = 20
/** While it waits for what it lacks, a server that has the lease asks again so soon. */
const CATCH_UP_MS = 50

/** Follows the journal until this server is to lead, or to watch by itself. `onLeader` is told who leads. */
export async function standBy(parts: RoleParts, onLeader: (leader: string) => void): Promise<Next> {
  const { engine, clock, log, node, takeoverMs, file, lookMs, isStopping, pause, setSequence } = parts
  const open = async (): Promise<FollowedFile> => {
    for (let tries = 1; ; tries++) {
      try {
        return await file.follow()
      } catch (error) {
        if (tries === OPENING_TRIES || isStopping()) throw error
        if (tries === 1) log.write('error', `${(error as Error).message}; trying again`)
        await pause(lookMs)
      }
    }
  }
  let own = await open()
  let following = null as Following | null
  /** Since when the engine has not answered, and since when nobody leads although this server must wait. */
  let lostAtMs: number | null = clock.monotonicMs()
  let waitsSinceMs: number | null = null
  /** Whether the journal was found to have another record in the place of the last one here. */
  let hasForked = false
  /** What was set aside for a copy of the cluster's database, and the record up to which that copy is not worth more. */
  let aside: { readonly path: string; readonly untilSequence: number } | null = null
  const position = (): Position | null => following?.position() ?? own.position
  setSequence(() => position()?.sequence ?? null)

  const reopen = async (before: () => Promise<void>) => {
    await following?.close()
    following = null
    await own.close()
    await before()
    own = await open()
    hasForked = false
  }

  /** By itself, a server knows more from its own file than from the beginning of another. */
  const goBack = async () => {
    const before = aside
    if (before === null || (position()?.sequence ?? 0) >= before.untilSequence) return
    try {
      await reopen(() => file.putBack(before.path))
      log.write('info', 'this server goes on with the database that was set aside')
    } catch (error) {
      log.write('error', `the database that was set aside cannot be put back: ${(error as Error).message}`)
    }
  }

  const canGoOn = () => following === null || !(following.hasGap() || following.isForked())
  const fileAt = (at: Position | null) => ({
    file: { ...own, position: at },
    isForked: hasForked || following?.isForked() === true,
  })

  const isUpToDate = ({ journal }: Found) =>
    position()?.id === journal.id && position()?.sequence === journal.lastSequence

  /** Takes the lease if it is open, and sees that nothing has changed meanwhile; null if this server is not to lead. */
  const takeLead = async (mayLead: (found: Found) => boolean): Promise<HeldTime | 'lost' | null> => {
    const sentAt = momentOf(clock)
    const acquired = await engine.lease.acquire(node)
    if (acquired.kind === 'failed') return 'lost'
    if (acquired.kind === 'taken') {
      waitsSinceMs = null
      onLeader(acquired.by)
      return null
    }
    const held = createHeldTime({ clock, takeoverMs }, acquired.lease, sentAt)
    while (held.isHeld() && !isStopping() && !hasForked && canGoOn()) {
      const found = await look(parts)
      if (found !== null && mayLead(found)) {
        const forked = await isForked(parts, position()).catch(() => null)
        if (forked === false) return held
        hasForked = forked === true
      }
      await pause(CATCH_UP_MS)
    }
    await held.release()
    return null
  }

  const step = async (): Promise<Next | 'lost' | null> => {
    // Before it looks, or it might have more than it finds: records come meanwhile.
    const at = position()
    const found = await look(parts)
    if (found === null) return 'lost'
    const fate = fateOf({ ...fileAt(at), ...found })
    if (fate === 'fetch' || following?.hasGap() === true) {
      const told = fate === 'fetch' && own.unpublishedCount > 0 ? await own.told().catch(() => null) : null
      // One that is damaged is set aside when it is opened.
      await reopen(async () => {
        if (fate !== 'fetch') return
        // A copy that never had everything is not worth keeping.
        const path = await fetchCopy({ ...own, isNew: own.isNew || aside !== null, told }, parts)
        if (path !== null) aside ??= { path, untilSequence: found.journal.lastSequence }
      })
      return null
    }
    if (fate === 'follow' && following === null && own.position !== null) {
      const forked = await isForked(parts, own.position).catch(() => null)
      if (forked === null) return 'lost'
      hasForked = forked
      if (forked) return null
      following = follow(own, own.position, parts)
    }
    if (fate === 'follow' && !isUpToDate(found)) return null
    if (fate === 'follow') aside = null
    if (fate === 'wait') {
      waitsSinceMs ??= clock.monotonicMs()
      // Without anybody who could help, what this server has is better than nothing.
      const isInVain = clock.monotonicMs() - waitsSinceMs > 2 * takeoverMs
      if (!isInVain) {
        const holder = await engine.lease.holder().catch(() => null)
        if (holder !== null) waitsSinceMs = null
        return null
      }
    }
    const held = await takeLead(
      fate === 'follow' ? isUpToDate : (now) => fateOf({ ...fileAt(position()), ...now }) === fate,
    )
    if (held === null || held === 'lost') return held
    return { kind: 'lead', held, fate, before: own.leader() }
  }

  try {
    while (!isStopping()) {
      const startedMs = clock.monotonicMs()
      const next = await step()
      if (next === 'lost') {
        lostAtMs ??= startedMs
        if (clock.monotonicMs() - lostAtMs >= takeoverMs) {
          await goBack()
          return { kind: 'alone', before: own.leader() }
        }
      } else if (next !== null) return next
      else lostAtMs = null
      await pause(lookMs)
    }
    return { kind: 'stopped' }
  } finally {
    await following?.close()
    await own.close()
  }
}
