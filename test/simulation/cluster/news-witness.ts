import type { Config } from '../../../src/core/model/config.ts'
import type { Scene } from './scene.ts'
import type { Services } from './services.ts'
import type { TellingWitness } from './telling-witness.ts'

/** Judges whether people know how things are, once nothing has happened for long enough. */
export interface NewsWitness {
  /** Something is about to happen to a node, to the engine or, where it is named, to one service only. */
  disturbed(monitor?: string): void
  readonly judgedCount: number
}

interface Options {
  readonly scene: Scene
  readonly config: Config
  readonly services: Services
  readonly telling: TellingWitness
  /** How long it may take from the last disturbance until somebody watches. */
  readonly settleMs: number
  /** Whether somebody watches this monitor, as things are now. */
  readonly isServed: (monitor: string) => boolean
}

const TELLING_MS = 10_000

export function createNewsWitness({ scene, config, services, telling, settleMs, isServed }: Options): NewsWitness {
  const { timeline, accuse } = scene
  let calmSinceMs = 0
  let judgedCount = 0

  const judge = ({ name, policy, schedule, timeoutMs, runOn }: Config['monitors'][number]) => {
    if (schedule.kind !== 'interval' || !isServed(name)) return
    const count = policy.alertAfter.kind === 'failures' ? policy.alertAfter.count : 1
    // A check that was under way goes first; one that was sent may wait for an answer that never comes.
    const lostMs = runOn === undefined ? timeoutMs : schedule.intervalMs + timeoutMs + 10_000
    const patienceMs = settleMs + lostMs + (count + 1) * (schedule.intervalMs + timeoutMs) + TELLING_MS
    const sinceMs = Math.max(calmSinceMs, services.sinceMs(name))
    if (timeline.nowMs - sinceMs < patienceMs) return
    judgedCount++
    const outage = services.outageOf(name)
    const open = telling.openIncident(name)
    if (outage === null ? open === undefined : telling.isKnownDown(name)) return
    const how = outage === null ? 'works' : `has outage ${outage}`
    const said = open === undefined ? 'nobody knows' : `last told: ${open.kind} ${open.id} by ${open.life.node}`
    accuse(
      'people know how things are',
      `${name} ${how} for ${Math.round((timeline.nowMs - sinceMs) / 1000)} s; ${said}`,
    )
  }

  return {
    disturbed(monitor) {
      for (const one of config.monitors) if (monitor === undefined || one.name === monitor) judge(one)
      if (monitor === undefined) calmSinceMs = timeline.nowMs
    },
    get judgedCount() {
      return judgedCount
    },
  }
}
