import type { Evidence, Lived, Seen, Told } from './evidence.ts'
import { expectedIncidents } from './expected.ts'
import type { Outage, Service } from './services.ts'

/** A daemon has missed an outage if it checked another service this many times more meanwhile. */
const UNFAIR_CHECKS = 5
// On an ordinary machine:
/** A failing check is stored within this time, whatever kills the daemon then. */
const KEPT_WITHIN_MS = 1000
/** How long an alert that outlives its daemon may still write, unless it is ended before. */
const OUTLIVES_MS = 1000
/** Passing checks are stored in batches of at most a second. */
const ROUTINE_KEPT_WITHIN_MS = 2500

/** How exactly uptime is known. */
const UPTIME_STEP_MS = 10

/**
 * Everything in which the evidence contradicts what Minitor promises; empty when it kept its word. `slowness` is that of the
 * machine, 1 for an ordinary one.
 */
export function violationsOf(evidence: Evidence, services: readonly Service[], slowness: number): string[] {
  return [
    ...services.flatMap((service) => [
      ...uncheckedOutages(evidence, service),
      ...lostChecks(evidence, service, slowness),
      ...wrongIncidents(evidence, service),
    ]),
    ...strayLines(evidence),
    ...repeats(evidence, slowness),
    ...wrongDeliveries(evidence),
    ...uncoveredGaps(evidence),
    ...overcounted(evidence),
    ...leftovers(evidence),
  ]
}

/** Every outage was seen often enough, as often as the daemon got to check other services meanwhile. */
function uncheckedOutages({ lives, outages, seen }: Evidence, service: Service): string[] {
  return outages
    .filter((outage) => outage.service === service.name)
    .flatMap((outage) => {
      const count = seen.filter((one) => isOf(one, outage)).length
      const turns = Math.max(0, ...lives.map((life) => mostTurns(seen, life, outage)))
      if (count >= service.alertAfter || turns < service.alertAfter + UNFAIR_CHECKS) return []
      return [`${nameOf(outage)} was checked ${count} times, while another service was checked ${turns} times`]
    })
}

/** How often a daemon checked, during an outage, the service that it checked most. */
function mostTurns(seen: readonly Seen[], { pid, watching, ended }: Lived, { fromMs, toMs }: Outage): number {
  if (watching === null) return 0
  const [beginMs, endMs] = [Math.max(watching.upMs, fromMs), Math.min(ended.upMs, toMs)]
  const during = seen.filter(({ daemon, atMs }) => daemon === pid && beginMs <= atMs && atMs <= endMs)
  return Math.max(
    0,
    ...Map.groupBy(during, (one) => one.service)
      .values()
      .map((checks) => checks.length),
  )
}

/** What was seen long enough before the daemon's end is stored, and nothing else. */
function lostChecks({ lives, seen, checks }: Evidence, service: Service, slowness: number): string[] {
  const own = seen.filter((one) => one.service === service.name)
  const kept = checks.filter((check) => check.service === service.name)
  const isSure = (one: Seen, withinMs: number) =>
    lives.some(
      ({ pid, started, ended }) =>
        pid === one.daemon && started.upMs <= one.atMs && one.atMs < ended.upMs - withinMs * slowness,
    )
  const compare = (what: string, saw: readonly Seen[], keptCount: number, withinMs: number) => {
    const sureCount = saw.filter((one) => isSure(one, withinMs)).length
    if (keptCount < sureCount) return [`${what}: of ${sureCount} checks ${keptCount} are kept`]
    return keptCount > saw.length ? [`${what}: ${keptCount} checks are kept, there were ${saw.length}`] : []
  }
  const failed = own.filter(({ isUp }) => !isUp)
  const numbers = new Set(failed.map(({ outage }) => outage))
  const keptFailures = kept.filter(({ outcome }) => outcome !== 0)
  const strange = keptFailures.filter(({ output }) => !numbers.has(Number(/^down (\d+)\n$/.exec(output ?? '')?.[1])))
  return [
    ...strange.map(({ outcome, output }) => `${service.name}: a check of outcome ${outcome} says ${output}`),
    ...[...numbers].flatMap((number) => {
      const saw = failed.filter(({ outage }) => outage === number)
      const keptCount = keptFailures.filter(({ output }) => output === `down ${number}\n`).length
      return compare(`outage ${number} of ${service.name}`, saw, keptCount, KEPT_WITHIN_MS)
    }),
    ...compare(
      `passes of ${service.name}`,
      own.filter(({ isUp }) => isUp),
      kept.length - keptFailures.length,
      ROUTINE_KEPT_WITHIN_MS,
    ),
  ]
}

/** The stored checks decide the notifications; those were sent, in order, and nothing else. */
function wrongIncidents({ checks, incidents, told }: Evidence, service: Service): string[] {
  const expected = expectedIncidents(
    service,
    checks.filter((check) => check.service === service.name),
  )
  const kept = incidents.filter((incident) => incident.service === service.name)
  if (kept.length !== expected.length) {
    return [`${service.name}: ${expected.length} incidents follow from its checks, ${kept.length} are kept`]
  }
  return kept.flatMap(({ id, ending }, index) => {
    const kinds = expected[index] ?? []
    const lines = told.filter(({ incident }) => incident === id)
    const subject = `incident ${id} of ${service.name}`
    return [
      ...(ending === 'recovered' ? [] : [`${subject} has the ending ${ending}`]),
      ...lines.flatMap((line) => wrongLine(line, { service, id, kinds }).map((wrong) => `${subject}: ${wrong}`)),
      ...service.tellers.flatMap((alert) =>
        wrongOrder(
          lines.filter((line) => line.alert === alert),
          { id, count: kinds.length },
        ).map((wrong) => `${subject}, ${alert}: ${wrong}`),
      ),
    ]
  })
}

function wrongLine(line: Told, { service, id, kinds }: { service: Service; id: string; kinds: string[] }): string[] {
  const number = kinds.findIndex((kind, index) => line.id === `${id}-${kind === 'up' ? 'up' : index + 1}`)
  const isRight = line.kind === kinds[number] && line.service === service.name && service.tellers.includes(line.alert)
  return isRight ? [] : [`wrongly told: ${JSON.stringify(line)}, expected ${kinds.join(', ')}`]
}

/** Down first, up last, and both there. A line may be repeated, but nothing older may come for the first time. */
function wrongOrder(lines: readonly Told[], { id, count }: { id: string; count: number }): string[] {
  const numberOf = (one: string) => (one === `${id}-up` ? count : Number(one.slice(id.length + 1)))
  const numbers = [...new Set(lines.map((line) => line.id))].map(numberOf)
  const isInOrder = numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0))
  if (numbers[0] === 1 && numbers.at(-1) === count && isInOrder) return []
  return [`notifications ${numbers.join(', ')} of ${count} were told`]
}

function strayLines({ told, incidents }: Evidence): string[] {
  const ids = new Set(incidents.map(({ id }) => id))
  return told.filter(({ incident }) => !ids.has(incident)).map((line) => `no such incident: ${JSON.stringify(line)}`)
}

/** An alert repeats a line only where the daemon that first ran it was killed, and in the same words. */
function repeats({ told, lives }: Evidence, slowness: number): string[] {
  const groups = Map.groupBy(told, ({ alert, id }) => `${id} by ${alert}`)
  return [...groups].flatMap(([what, lines]) =>
    lines.slice(1).flatMap((line, index) => {
      const before = lines[index] ?? line
      const isSame = before.kind === line.kind && before.service === line.service && before.incident === line.incident
      const wasKilled = lives.some(
        ({ ended }) => before.atMs - OUTLIVES_MS * slowness <= ended.upMs && ended.upMs <= line.atMs + UPTIME_STEP_MS,
      )
      return [
        ...(isSame ? [] : [`${what} was told in other words the second time`]),
        ...(wasKilled ? [] : [`${what} was told twice by one daemon`]),
      ]
    }),
  )
}

function wrongDeliveries({ deliveries }: Evidence): string[] {
  return deliveries
    .filter(({ kind, status }) => {
      if (status === 'delivered' || status === 'handed_over') return false
      return status !== 'dropped' || kind !== 'reminder'
    })
    .map(({ id, kind, status }) => `delivery ${id} (${kind}) is ${status}`)
}

/** After the first check, all time without a daemon is stored as not watched. */
function uncoveredGaps({ lives, unwatched, firstCheckAtMs }: Evidence): string[] {
  return lives.slice(1).flatMap(({ started }, index) => {
    const fromMs = lives[index]?.ended.wallMs ?? 0
    const isKept = unwatched.some((time) => time.fromMs <= fromMs && time.toMs >= started.wallMs)
    return isKept || fromMs < firstCheckAtMs
      ? []
      : [`${new Date(fromMs).toISOString()}: nobody watched for ${started.wallMs - fromMs} ms, which is not kept`]
  })
}

function overcounted({ lives, counted }: Evidence): string[] {
  const livedMs = lives.reduce((sum, { started, ended }) => sum + ended.wallMs - started.wallMs, 0)
  return counted
    .filter(({ ms }) => ms > livedMs)
    .map(({ service, ms }) => `${service}: ${ms} ms are counted as up or down, but daemons lived for ${livedMs} ms`)
}

/** A daemon that is killed while it makes its first FIFOs cannot remove their directory; nothing else may be left. */
function leftovers({ lives, integrity, processCount, temporaryFiles }: Evidence): string[] {
  const mayBeLeft = lives.filter(({ watching }) => watching === null).length
  return [
    ...(integrity === 'ok' ? [] : [`integrity_check: ${integrity}`]),
    ...(processCount === 0 ? [] : [`${processCount} processes are left over`]),
    ...(temporaryFiles.length <= mayBeLeft ? [] : [`temporary files are left over: ${temporaryFiles.join(', ')}`]),
  ]
}

function isOf(one: Seen, outage: Outage): boolean {
  return one.service === outage.service && !one.isUp && one.outage === outage.number
}

function nameOf({ number, service }: Outage): string {
  return `outage ${number} of ${service}`
}
