import type { HeldLease } from '../../core/model/cluster.ts'
import type { Clock } from '../../core/model/ports.ts'

/** How long this server may believe that it leads, without asking. */
export interface HeldTime {
  readonly epoch: number
  /** False where the lease may have run out: this server was cut off, or has stood still. */
  isHeld(): boolean
  /** Since the last renewal was sent. */
  ageMs(): number
  /** Resolves to what the engine says; never rejects. */
  renew(): ReturnType<HeldLease['renew']>
  release(): Promise<void>
}

/** The lease counts as held until its time is over after the last renewal was sent: the engine began to count later. */
export function createHeldTime(
  { clock, takeoverMs }: { clock: Clock; takeoverMs: number },
  lease: HeldLease,
  sentAt: Moment,
): HeldTime {
  let since = sentAt
  return {
    epoch: lease.epoch,
    isHeld: () => elapsedMs(clock, since) < takeoverMs,
    ageMs: () => elapsedMs(clock, since),
    async renew() {
      const sent = momentOf(clock)
      const renewed = await lease.renew()
      if (renewed.kind === 'held') since = sent
      return renewed
    },
    release: () => lease.release(),
  }
}

export interface Moment {
  readonly monotonicMs: number
  readonly wallMs: number
}

export function momentOf(clock: Clock): Moment {
  return { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() }
}

/** By the clock that says more: while a machine sleeps, only that of the wall goes on. */
function elapsedMs(clock: Clock, { monotonicMs, wallMs }: Moment): number {
  return Math.max(clock.monotonicMs() - monotonicMs, clock.wallMs() - wallMs)
}
