import type { CommandRun } from '../../../src/core/model/ports.ts'
import type { Ending, NotificationKind } from '../../../src/core/model/types.ts'
import type { NodeLife, Scene } from './scene.ts'

/** One run of an alert's command. */
export interface Telling {
  readonly life: NodeLife
  readonly watch: Watch
  readonly role: string
  readonly epoch: number | null
  readonly startedMs: number
  readonly id: string
  readonly incidentId: string
  readonly kind: NotificationKind
  readonly monitor: string
  /** The outage of the world that it tells of. */
  readonly outage: number | null
  isTold: boolean
  /** Others went on meanwhile: the cluster knows nothing of it. */
  isSetAside: boolean
  /** It is about a node that has left on purpose since: nobody watches that any more. */
  isMoot: boolean
  /** Whether who tells it knows what all have in common. */
  readonly isInformed: boolean
  /** It was told although it could not be saved: who is killed then has forgotten it. */
  readonly isUnkept: boolean
}

/** A time in which a server watches. */
export interface Watch {
  readonly number: number
}

export interface Teller {
  readonly life: NodeLife
  readonly watch: Watch
  readonly role: () => string
  readonly epoch: () => number | null
  /** Whether what it knows of a monitor is what all have in common. */
  readonly isInformed: (monitor: string) => boolean
  /** Whether it cannot save for now what it tells. */
  readonly isTroubled: () => boolean
}

export interface TellingWitness {
  readonly tellings: readonly Telling[]
  /** Null for what is not judged. */
  started(run: CommandRun, teller: Teller): Telling | null
  ended(run: CommandRun, ending: Ending): void
  /** Whether people have heard of trouble, and not of its end. */
  isKnownDown(monitor: string): boolean
  /** What was told last of an incident whose end somebody should have told. */
  openIncident(monitor: string): Telling | undefined
  left(node: string): void
  begun(node: string): void
  judgeEnd(): void
}

interface Document {
  readonly notification_id: string
  readonly incident_id: string
  readonly kind: NotificationKind
  readonly monitor_name: string
}

/** So long after a node has left, others may not have heard of it. */
const LEAVING_MS = 10_000

export function createTellingWitness({ timeline, model, accuse, note }: Scene): TellingWitness {
  const tellings: Telling[] = []
  const running = new Map<CommandRun, Telling>()
  /** When nodes left on purpose, by their monitors. */
  const leftMs = new Map<string, number>()
  /** Those of nodes that have left and not come back. */
  const gone = new Set<string>()

  /** A server that is alone cannot hear that a node has left. */
  const isOfLeft = (monitor: string, role: string): boolean => {
    if (role === 'alone' && gone.has(monitor)) return true
    return timeline.nowMs - (leftMs.get(monitor) ?? Number.NEGATIVE_INFINITY) < LEAVING_MS
  }

  const judge = (telling: Telling) => {
    const { life, role, epoch, kind, incidentId, monitor, id } = telling
    const about = `${kind} ${id} of ${monitor} by ${life.node}`
    const last = model.records.at(-1)
    // A leader that has lost its lease and has it again says so before it knows that it has said it.
    if (role === 'leader' && last !== undefined && last.record.epoch > (epoch ?? 0) && last.by !== life.node) {
      accuse('who was deposed tells nothing', `${about}: epoch ${epoch}, and ${last.record.epoch} has begun`)
    }
    if (role === 'standby') accuse('a standby tells nothing', about)
    const isOfIncident = (one: Telling) => one.incidentId === incidentId
    if (kind === 'up' && !tellings.some((one) => isOfIncident(one) && one.kind !== 'up')) {
      accuse('an up comes after its down', about)
    }
    const isSame = (one: Telling) => one.id === id && (sayingOf(one) !== sayingOf(telling) || one.monitor !== monitor)
    if (tellings.some(isSame)) accuse('an id is for one thing', about)
    const isAgain = (one: Telling) => one.id === id && one.watch === telling.watch && one.isTold
    // What others have told of it may be carried on.
    const isShared = tellings.some((one) => isOfIncident(one) && one.watch !== telling.watch)
    if (!isShared && tellings.some(isAgain)) accuse('nobody says the same thing twice', about)
  }

  /** The last telling of each incident whose end nobody has told. */
  const openIncidents = (monitor: string): readonly Telling[] => {
    const last = new Map<string, Telling>()
    for (const one of tellings) if (one.monitor === monitor && one.isTold) last.set(one.incidentId, one)
    return [...last.values()].filter(({ kind }) => kind !== 'up')
  }

  return {
    tellings,
    started(run, { life, watch, role, epoch, isInformed, isTroubled }) {
      const document = JSON.parse(run.input ?? '{}') as Document
      if (document.kind === 'restarted') return null
      const outage = /outage#(\d+)/.exec(run.input ?? '')?.[1]
      const telling: Telling = {
        life,
        watch,
        role: role(),
        epoch: epoch(),
        startedMs: timeline.nowMs,
        id: document.notification_id,
        incidentId: document.incident_id,
        kind: document.kind,
        monitor: document.monitor_name,
        outage: outage === undefined || document.kind === 'up' ? null : Number(outage),
        isTold: false,
        isSetAside: false,
        isMoot: isOfLeft(document.monitor_name, role()),
        isInformed: isInformed(document.monitor_name),
        isUnkept: isTroubled(),
      }
      note(`${life.node} (${telling.role} ${telling.epoch}) tells ${telling.kind} ${telling.id} of ${telling.monitor}`)
      judge(telling)
      tellings.push(telling)
      running.set(run, telling)
      return telling
    },
    ended(run, ending) {
      const telling = running.get(run)
      running.delete(run)
      if (telling !== undefined) telling.isTold = ending.kind === 'exited' && ending.exitCode === 0
    },
    isKnownDown: (monitor) => openIncidents(monitor).length > 0,
    openIncident: (monitor) => openIncidents(monitor).find((one) => !isExcused(one)),
    begun: (node) => void gone.delete(`node ${node}`),
    left(node) {
      gone.add(`node ${node}`)
      leftMs.set(`node ${node}`, timeline.nowMs)
      for (const one of tellings) if (one.monitor === `node ${node}`) one.isMoot = true
    },
    judgeEnd() {
      for (const monitor of new Set(tellings.map((one) => one.monitor))) {
        const open = openIncidents(monitor).find((one) => !isExcused(one))
        if (open === undefined) continue
        const { id, life, role } = open
        accuse('every down has its up', `${id} of ${monitor}, told by ${life.node}/${life.number} ${role}`)
      }
      const outages = new Map<string, Set<string>>()
      // An incident keeps its name, also once others have heard of it.
      const strange = new Set(tellings.filter(({ isInformed }) => !isInformed).map(({ incidentId }) => incidentId))
      for (const { outage, monitor, incidentId } of tellings) {
        if (outage === null || strange.has(incidentId)) continue
        const key = `${monitor} outage#${outage}`
        outages.set(key, (outages.get(key) ?? new Set()).add(incidentId))
      }
      for (const [outage, ids] of outages) {
        if (ids.size > 1) accuse('what is told twice has the same id', `${outage}: ${[...ids]}`)
      }
    },
  }
}

/** Nobody can take that back: who told it was killed before others knew, or it is about a node that has left. */
function isExcused({ isMoot, isUnkept, isSetAside, life }: Telling): boolean {
  return isMoot || ((isUnkept || isSetAside) && !life.isAlive)
}

function sayingOf({ kind }: Telling): string {
  return kind === 'reminder' ? 'down' : kind
}
