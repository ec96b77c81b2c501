import type { Watching } from './own-file.ts'
import type { RoleParts } from './role-parts.ts'
import { standBy } from './standby.ts'
import { watch } from './watch.ts'

export type Role = 'standby' | 'leader' | 'alone'

/** One server of a cluster, in one of its roles. */
export interface Server {
  readonly role: Role
  /** Who leads, as far as this server knows; null if that is not known, or nobody. */
  readonly leader: string | null
  /** The epoch of this server's lead; null while it does not lead. */
  readonly epoch: number | null
  /** The last record of the journal that its file has; null for none. */
  readonly sequence: number | null
  /** Since its lease was last renewed; null while it holds none. */
  readonly leaseAgeMs: number | null
  /** The daemon, while it watches. */
  readonly watching: Watching | null
  /** See `Leading.confirm`. */
  confirm(): Promise<boolean>
  /** Ends in order: publishes the rest, and lets another lead at once. */
  stop(): Promise<void>
  /** Resolves when it has stopped; rejects, with a reason for people, where it cannot go on. */
  readonly ended: Promise<void>
}

interface Options extends Pick<RoleParts, 'engine' | 'clock' | 'log' | 'node' | 'takeoverMs' | 'file' | 'handOver'> {
  /** Called when the role, the epoch, or who leads has changed; before a daemon starts. */
  readonly onRole: () => void
  /** Called before it follows others. */
  readonly onStandby: () => Promise<void>
}

/** In a lease's time, it is looked this often whether it is open. */
const LOOKS = 10
const LEAST_LOOK_MS = 100
const MOST_LOOK_MS = 2000

/** Begins at once, as standby. */
export function createServer({ onRole, onStandby, ...options }: Options): Server {
  const { clock, node, takeoverMs } = options
  let role: Role = 'standby'
  let leader: string | null = null
  let epoch: number | null = null
  let watching: Watching | null = null
  let confirm: (() => Promise<boolean>) | null = null
  let sequence = (): number | null => null
  let leaseAgeMs = (): number | null => null
  let isStopping = false
  let hurry = () => {}

  const parts: RoleParts = {
    ...options,
    lookMs: Math.min(MOST_LOOK_MS, Math.max(LEAST_LOOK_MS, takeoverMs / LOOKS)),
    isStopping: () => isStopping,
    pause: (ms) =>
      new Promise((resolve) => {
        if (isStopping) return resolve()
        const cancel = clock.setTimer(ms, resolve)
        hurry = () => {
          cancel()
          resolve()
        }
      }),
    setSequence(next) {
      sequence = next
    },
  }

  const become = (next: Role, about: { readonly leader: string | null; readonly epoch: number | null }) => {
    if (role === next && leader === about.leader && epoch === about.epoch) return
    role = next
    leader = about.leader
    epoch = about.epoch
    onRole()
  }

  const run = async () => {
    while (!isStopping) {
      await onStandby()
      const next = await standBy(parts, (by) => become('standby', { leader: by, epoch: null }))
      if (next.kind === 'stopped') return
      await watch(next, {
        ...parts,
        onRole: (now) => become(now.role, { leader: now.role === 'leader' ? node : null, epoch: now.epoch }),
        setConfirm(next) {
          confirm = next
        },
        setLeaseAge(next) {
          leaseAgeMs = next
        },
        onWatching(begun) {
          watching = begun
        },
        onOver() {
          watching = null
          become('standby', { leader: null, epoch: null })
        },
      })
    }
  }

  const ended = run()
  return {
    get role() {
      return role
    },
    get leader() {
      return leader
    },
    get epoch() {
      return epoch
    },
    get sequence() {
      return sequence()
    },
    get leaseAgeMs() {
      return leaseAgeMs()
    },
    get watching() {
      return watching
    },
    confirm: async () => (confirm === null ? false : confirm()),
    async stop() {
      isStopping = true
      hurry()
      await ended.catch(() => {})
    },
    ended,
  }
}
