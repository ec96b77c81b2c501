import type { Silence } from '../../src/core/model/mute.ts'

export const NAMES = ['router', 'web', 'api'] as const
export type Name = (typeof NAMES)[number]
export const TAGS: Readonly<Record<Name, readonly string[]>> = { router: [], web: ['edge'], api: ['edge'] }
/** After how many failures it is told, and every how many it is told again; 0: never. */
export interface Pace {
  readonly after: number
  readonly every: number
}

/** What is so at this moment, for the engine and for the reference alike. */
export interface World {
  readonly broken: Set<string>
  guardFails: boolean
  silences: readonly Silence[]
  maintenance: 'all' | 'edge' | 'web' | 'none'
}

/** One monitor, with the rules written down as plainly as possible. */
export interface Reference {
  isFailing(): boolean
  hasIncident(): boolean
  lastCheckMs(): number
  acknowledge(): void
  /** What a check must lead to: `void`, whom it tells what, or why not. */
  check(atMs: number, decidedMs: number): string
}

/** Knows nothing of the code that it judges. `parent` is what the monitor depends on. */
export function createReference(world: World, pace: Pace, name: Name, parent: Reference | null): Reference {
  let failures = 0
  let toldAtFailure = 0
  let brokenSinceMs = 0
  let lastCheckMs = Number.NEGATIVE_INFINITY
  let isAcknowledged = false

  const muteAt = (atMs: number): string => {
    const isSilent = ({ target, untilMs }: Silence) => {
      if (untilMs <= atMs) return false
      if (target === 'all') return true
      return 'tag' in target ? TAGS[name].includes(target.tag) : target.monitor === name
    }
    if (world.silences.some(isSilent)) return 'silenced'
    const isEdge = TAGS[name].includes('edge')
    if (world.maintenance === 'all' || world.maintenance === name || (world.maintenance === 'edge' && isEdge)) {
      return 'maintenance'
    }
    if (isAcknowledged) return 'acknowledged'
    return parent?.isFailing() ? 'depends' : ''
  }

  return {
    isFailing: () => failures > 0,
    hasIncident: () => failures >= pace.after,
    lastCheckMs: () => lastCheckMs,
    acknowledge() {
      isAcknowledged = true
    },
    check(atMs: number, decidedMs: number): string {
      const isBroken = world.broken.has(name)
      if (isBroken && world.guardFails) return 'void'
      lastCheckMs = atMs
      if (!isBroken) {
        const wasTold = toldAtFailure > 0
        failures = 0
        toldAtFailure = 0
        isAcknowledged = false
        return wasTold ? 'up' : ''
      }
      failures++
      if (failures === 1) brokenSinceMs = atMs
      if (failures < pace.after) return ''
      const isFirst = toldAtFailure === 0
      if (!isFirst && (pace.every === 0 || (failures - toldAtFailure) % pace.every !== 0)) return ''
      if (parent !== null && parent.lastCheckMs() < brokenSinceMs) return 'its parent is to be checked first'
      const mute = muteAt(decidedMs)
      if (mute !== '') return mute
      if (isFirst) toldAtFailure = failures
      return isFirst ? 'down' : 'reminder'
    },
  }
}
