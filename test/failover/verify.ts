import type { KeptCheck, KeptIncident } from '../crash-loop/evidence.ts'
import { expectedIncidents } from '../crash-loop/expected.ts'
import type { Outage, Service } from '../crash-loop/services.ts'

/** A line that an alert wrote. */
export interface Told {
  readonly atMs: number
  /** Pid of the daemon that ran the alert. */
  readonly daemon: number
  readonly node: string
  readonly alert: string
  readonly id: string
  readonly kind: string
  readonly service: string
  readonly incident: string
  /** The outage that was seen last. */
  readonly outage: number
}

/** Something that was done to the server that led, in uptime. */
export interface Fault {
  readonly kind: string
  readonly node: string
  readonly fromMs: number
  /** When it was undone. */
  readonly toMs: number
}

/** All that is known at the end. Lists are oldest first. */
export interface Evidence {
  readonly outages: readonly Outage[]
  readonly faults: readonly Fault[]
  /** When a process began to watch, as the leader or by itself, in uptime. */
  readonly beginnings: readonly { readonly daemon: number; readonly atMs: number }[]
  readonly told: readonly Told[]
  /** What all servers have in their files; `atMs` in uptime. */
  readonly checks: readonly (KeptCheck & { readonly atMs: number })[]
  readonly incidents: readonly KeptIncident[]
  readonly deliveries: readonly { readonly id: string; readonly kind: string; readonly status: string }[]
  /** In which nobody watched, in uptime. */
  readonly unwatched: readonly { readonly fromMs: number; readonly toMs: number }[]
}

/**
 * Everything in which the evidence contradicts what Minitor promises; empty when it kept its word. An outage has to be told
 * if, for `outlastsMs` of its service, nothing new was done to the server that led.
 */
export function violationsOf(
  evidence: Evidence,
  services: readonly Service[],
  outlastsMs: (service: string) => number,
): string[] {
  return [
    ...services.flatMap((service) => [
      ...untold(evidence, service, outlastsMs(service.name)),
      ...unknown(evidence, service, outlastsMs(service.name)),
      ...toldUnderSeveralIds(evidence, service),
      ...wrongIncidents(evidence, service),
    ]),
    ...unendedStories(evidence),
    ...differentUnderOneId(evidence),
    ...repeatedByOne(evidence),
    ...wrongDeliveries(evidence),
    ...uncoveredGaps(evidence),
  ]
}

/** Whether there was time enough to tell of it. */
export function outlasts(outage: Outage, faults: readonly Fault[], outlastsMs: number): boolean {
  return dueAtMs(outage, faults, outlastsMs) !== null
}

/** When it has to be known; null if that is never sure. */
function dueAtMs({ fromMs, toMs }: Outage, faults: readonly Fault[], outlastsMs: number): number | null {
  const inside = faults.map((fault) => fault.fromMs).filter((atMs) => fromMs < atMs && atMs < toMs)
  const marks = [fromMs, ...inside.toSorted((a, b) => a - b), toMs]
  const begin = marks.find((atMs, index) => (marks[index + 1] ?? atMs) - atMs >= outlastsMs)
  return begin === undefined ? null : begin + outlastsMs
}

/** The incidents of a service that were told, each with the outages that its lines were about. */
function stories(told: readonly Told[], service: Service) {
  const own = told.filter((line) => line.service === service.name)
  return [...Map.groupBy(own, ({ incident }) => incident)].map(([incident, lines]) => {
    // Where one that leads ends what another has told, no check has said anything.
    const numbers = lines.map(({ outage }) => outage).filter(Number.isFinite)
    const hasKind = (kind: string) => lines.some((line) => line.kind === kind)
    return {
      incident,
      first: Math.min(...numbers),
      last: Math.max(...numbers),
      hasDown: hasKind('down'),
      hasUp: hasKind('up'),
    }
  })
}

/** A long outage has its down and its up. One that passes between two checks may be part of the incident before. */
function untold({ outages, faults, told }: Evidence, service: Service, outlastsMs: number): string[] {
  const all = stories(told, service)
  return outages
    .filter((outage) => outage.service === service.name && outlasts(outage, faults, outlastsMs))
    .flatMap((outage) => {
      const about = all.filter(({ first, last }) => first <= outage.number && outage.number <= last)
      if (about.some(({ hasDown, hasUp }) => hasDown && hasUp)) return []
      const what = about.map(({ incident, hasDown }) => `${incident} has only its ${hasDown ? 'down' : 'up'}`)
      return [`${nameOf(outage)} of ${outage.toMs - outage.fromMs} ms was not told: ${what.join(', ') || 'nothing'}`]
    })
}

/** Whoever drops notifications whose ids they know, and keeps incidents by theirs, knows of a long outage in time. */
function unknown({ outages, faults, told }: Evidence, service: Service, outlastsMs: number): string[] {
  const known = new Set<string>()
  const news = told.filter((line) => line.service === service.name && !known.has(line.id) && known.add(line.id))
  const times = news
    .filter(({ kind }) => kind === 'down')
    .map(({ incident, atMs }) => {
      const end = news.find((line) => line.incident === incident && line.kind === 'up')
      return { fromMs: atMs, toMs: end?.atMs ?? Number.POSITIVE_INFINITY }
    })
  return outages
    .filter((outage) => outage.service === service.name)
    .flatMap((outage) => {
      const atMs = dueAtMs(outage, faults, outlastsMs)
      if (atMs === null || times.some(({ fromMs, toMs }) => fromMs <= atMs && atMs <= toMs)) return []
      return [`${nameOf(outage)} is not known at ${atMs} ms to those who drop what they have heard before`]
    })
}

/**
 * An outage may be told twice, but under one id. Where it has the id of an earlier one, that one passed between two checks of
 * the server that tells, or while it did not watch, and nobody could tell it: `unknown` judges what follows from that.
 */
function toldUnderSeveralIds({ outages, told }: Evidence, service: Service): string[] {
  const downs = told.filter((line) => line.service === service.name && line.kind === 'down')
  const isEarlier = (id: string, number: number) =>
    downs.some(({ incident, outage }) => incident === id && outage < number)
  return outages
    .filter((outage) => outage.service === service.name)
    .flatMap((outage) => {
      const lines = downs.filter((line) => line.outage === outage.number && !isEarlier(line.incident, outage.number))
      const incidents = new Set(lines.map(({ incident }) => incident))
      return incidents.size < 2
        ? []
        : [
            `${nameOf(outage)} was told under ${incidents.size} ids: ${lines.map((line) => JSON.stringify(line)).join(' ')}`,
          ]
    })
}

/**
 * The checks that all have kept decide about incidents and notifications; those were sent. What only a server that was alone
 * has seen and told may be an incident, too.
 */
function wrongIncidents({ checks, incidents, told }: Evidence, service: Service): string[] {
  const isOfService = (one: { readonly service: string }) => one.service === service.name
  const expected = expectedIncidents(service, checks.filter(isOfService))
  const kept = incidents.filter(isOfService)
  if (kept.length < expected.length) {
    return [`${service.name}: ${expected.length} incidents follow from its checks, ${kept.length} are kept`]
  }
  return kept.flatMap(({ id, ending }) => {
    const isTold = (kind: string, end: string) =>
      told.some((line) => line.id === `${id}-${end}` && line.kind === kind && line.incident === id)
    return [
      ...(ending === 'recovered' ? [] : [`incident ${id} of ${service.name} has the ending ${ending}`]),
      ...(isTold('down', '1') ? [] : [`incident ${id} of ${service.name}: down was not told`]),
      ...(isTold('up', 'up') ? [] : [`incident ${id} of ${service.name}: up was not told`]),
    ]
  })
}

/** Who was told that something is down is told that it is up, and in that order. */
function unendedStories({ told }: Evidence): string[] {
  return [...Map.groupBy(told, ({ incident }) => incident)].flatMap(([incident, lines]) => {
    const at = (kind: string) => lines.findIndex((line) => line.kind === kind)
    if (at('down') === 0 && at('up') > 0) return []
    return [
      `incident ${incident} of ${lines[0]?.service} was told as ${lines.map(({ kind, node }) => `${kind} by ${node}`).join(', ')}`,
    ]
  })
}

/** Whoever drops what they know by its id loses nothing. */
function differentUnderOneId({ told }: Evidence): string[] {
  return [...Map.groupBy(told, ({ id }) => id)].flatMap(([id, lines]) => {
    const meanings = new Set(lines.map(({ kind, service, incident }) => `${kind} of ${service} (${incident})`))
    return meanings.size < 2 ? [] : [`notification ${id} is ${[...meanings].join(' and ')}`]
  })
}

/**
 * One process tells nothing twice, unless something was done to a leader between, it has begun to watch a second time, or
 * another server has told of the same incident: who has heard that later must hear again that it is over.
 */
function repeatedByOne({ told, faults, beginnings }: Evidence): string[] {
  const nameOfLine = ({ id, alert, daemon, node }: Told) => `${id} was told by ${alert} of process ${daemon} of ${node}`
  return [...Map.groupBy(told, nameOfLine)].flatMap(([name, lines]) => {
    const [first, last] = [lines[0]?.atMs ?? 0, lines.at(-1)?.atMs ?? 0]
    const isBetween = ({ atMs }: { readonly atMs: number }) => first <= atMs && atMs <= last
    const isOfOther = ({ daemon, incident }: Told) => incident === lines[0]?.incident && daemon !== lines[0].daemon
    const isExcused =
      faults.some(({ fromMs, toMs }) => fromMs <= last && first <= toMs) ||
      beginnings.some((one) => one.daemon === lines[0]?.daemon && isBetween(one)) ||
      told.some((line) => isOfOther(line) && isBetween(line))
    return lines.length < 2 || isExcused ? [] : [`${name} ${lines.length} times`]
  })
}

function wrongDeliveries({ deliveries }: Evidence): string[] {
  return deliveries
    .filter(({ kind, status }) => status !== 'delivered' && (status !== 'dropped' || kind !== 'reminder'))
    .map(({ id, kind, status }) => `delivery ${id} (${kind}) is ${status}`)
}

/**
 * A server that leads and is killed leaves a time in which nobody watches, unless the history is that of another one, which
 * was alone and watched on.
 */
function uncoveredGaps({ faults, unwatched, checks }: Evidence): string[] {
  return faults
    .filter(({ kind }) => kind === 'killed' || kind === 'powerless')
    .filter(
      ({ fromMs }) => !unwatched.some((gap) => gap.fromMs - CLOCKS_MS <= fromMs && fromMs <= gap.toMs + CLOCKS_MS),
    )
    .filter(({ fromMs }) => !checks.some(({ atMs }) => fromMs + CLOCKS_MS < atMs && atMs < fromMs + SOON_MS))
    .map(({ node, fromMs }) => `${node} was killed at ${fromMs} ms, and that nobody watched then is not kept`)
}

/** How exactly one clock is known by the other. */
const CLOCKS_MS = 50
/** A lease that was just renewed does not run out before. */
const SOON_MS = 1000

function nameOf({ number, service }: Outage): string {
  return `outage ${number} of ${service}`
}
