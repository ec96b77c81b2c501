import { NODE_MONITOR, type Place, type RunOn } from '../../core/model/cluster-config.ts'
import { plural } from '../../core/text/plural.ts'
import { quoted } from './issue.ts'
import { complain, type Draft } from './loading.ts'
import type { MonitorDraft, MonitorValues } from './monitors.ts'
import { placeOfName } from './references.ts'

/** Where a command runs, of values in which no mistake was found; null for where Minitor itself runs. */
export function toRunOn({ run_on, quorum }: MonitorValues): RunOn | null {
  const [first, ...others] = run_on ?? []
  if (first === undefined) return null
  const places = [first, ...others] as const
  return { places, quorum: quorum ?? Math.floor(places.length / 2) + 1 }
}

interface Parts {
  readonly isCluster: boolean
  readonly defaults: Draft
  readonly monitors: readonly MonitorDraft[]
}

/** Finds places that cannot be, a quorum that they cannot have, and names that belong to the cluster. */
export function checkPlaces({ isCluster, defaults, monitors }: Parts): void {
  checkPlacesOf({ ...defaults, values: defaults.own }, isCluster, null)
  for (const draft of monitors) {
    const { loading, entries, own, values } = draft
    const name = entries.get('name')?.value
    if (isCluster && name !== undefined && own.name?.startsWith(NODE_MONITOR)) {
      const message = `${quoted(own.name)} is the name of a monitor that the cluster adds for a node`
      complain(loading, name, message, 'give it another name')
    }
    if (values.heartbeat === undefined) checkPlacesOf(draft, isCluster, defaults)
  }
}

function checkPlacesOf(draft: MonitorDraft, isCluster: boolean, defaults: Draft | null): void {
  const { loading, entries, values } = draft
  const [runOn, quorum] = [entries.get('run_on'), entries.get('quorum')]
  if (runOn !== undefined && !isCluster) {
    const hint = 'add cluster: {servers: [nats://HOST:4222]}, or set MINITOR_CLUSTER'
    complain(loading, runOn.key, 'run_on has no meaning without cluster', hint)
    return
  }
  const places = values.run_on ?? []
  for (const [index, place] of places.entries()) {
    const isSame = (other: Place) => textOf(other) === textOf(place)
    if (runOn === undefined || places.findIndex(isSame) === index) continue
    complain(loading, placeOfName(runOn.value, index), `run_on names ${textOf(place)} twice`, 'remove one of the two')
  }
  if (defaults === null && runOn === undefined) return
  // What is wrong in `defaults` alone is said there.
  if (defaults !== null && runOn === undefined && quorum === undefined) return
  if (quorum !== undefined && places.length === 0 && !(defaults ?? draft).entries.has('run_on')) {
    complain(loading, quorum.key, 'quorum has no meaning without run_on', 'remove it, or add run_on')
  } else if (places.length > 0 && values.quorum !== undefined && values.quorum > places.length) {
    const message = `quorum is ${values.quorum}, but run_on has ${plural(places.length, 'place')}`
    const at = quorum?.value ?? runOn?.value
    if (at !== undefined) complain(loading, at, message, `write at most ${places.length}`)
  }
}

function textOf(place: Place): string {
  return place.kind === 'node' ? quoted(place.node) : `the tag ${quoted(place.tag)}`
}
