import type { Delivery, NotificationKind } from '../model/types.ts'
import { causeText, summary } from '../past/summary.ts'
import { excerpt } from '../text/cut.ts'
import { formatDuration } from '../text/duration.ts'
import { type Gathers, isPending, RETRY_LONGEST_MS, readiness } from './outbox.ts'
import type { Message } from './render.ts'

/**
 * How long until a delivery is due: until its digest is due (null if it goes into none) or, once it has failed, until its
 * next attempt.
 */
export function waitMs(delivery: Delivery, digestMs: number | null, nowMs: number): number {
  const isNew = delivery.attemptCount === 0
  // It was due when it was made, by whatever clock: that of another machine may be ahead.
  if (isNew && digestMs === null) return 0
  const isGathered = isNew && digestMs !== null
  const restMs = (isGathered ? delivery.createdAtMs + digestMs : delivery.nextAttemptAtMs) - nowMs
  // A longer wait is impossible: the wall clock was set back.
  return restMs > (isGathered ? digestMs : RETRY_LONGEST_MS) ? 0 : Math.max(0, restMs)
}

/**
 * The deliveries of a lane that go into a digest by `alert` now, in their order: new ones, and those whose next attempt is
 * due. A digest may contain both an outage and its recovery: the parts count as delivered in their order.
 */
export function digestible(
  lane: readonly Delivery[],
  digest: { alert: string; nowMs: number; gathers: Gathers },
): Delivery[] {
  const chosen: Delivery[] = []
  let told = lane
  for (const delivery of lane) {
    if (delivery.alert !== digest.alert || !isPending(delivery)) continue
    const isDue = delivery.attemptCount === 0 || waitMs(delivery, null, digest.nowMs) === 0
    if (!isDue || readiness(delivery, told, digest.gathers).kind !== 'ready') continue
    chosen.push(delivery)
    told = told.with(told.indexOf(delivery), { ...delivery, status: 'delivered' })
  }
  return chosen
}

/** The message about one notification, or the summary of several. There is at least one. */
export function messageFor(deliveries: readonly Delivery[], nowMs: number): Message {
  const parts = deliveries.map((one) => partOf(one, nowMs))
  const [first, ...others] = parts
  if (first === undefined) throw new Error('a message is about at least one notification')
  return others.length === 0 ? first : summaryOf(parts)
}

/** The number of the next attempt for deliveries that are sent together: that of the one tried most. */
export function attemptOf(deliveries: readonly Delivery[]): number {
  return largest(deliveries.map((one) => one.attemptCount)) + 1
}

function largest(counts: readonly number[]): number {
  return counts.reduce((most, count) => Math.max(most, count), 0)
}

function earliest(timesMs: readonly number[]): number {
  return timesMs.reduce((first, atMs) => Math.min(first, atMs), Infinity)
}

/** Longer causes do not fit into the subject of a mail or a push message. */
const SUMMARY_LIMIT = 200

function partOf({ notification, attemptCount }: Delivery, nowMs: number): Message {
  const { id, incidentId, monitor, atMs, alerts: _, ...facts } = notification
  const downtimeMs = Math.max(0, Math.round((atMs - facts.startedAtMs) / 1000) * 1000)
  // The exit code of a check that passes and prints nothing is no news.
  const isSilentRecovery = facts.kind === 'up' && facts.output.trim() === ''
  const said = isSilentRecovery ? `recovered after ${formatDuration(downtimeMs)}` : summary(facts) || facts.message
  return {
    ...facts,
    summary: excerpt(said, SUMMARY_LIMIT),
    monitors: [monitor],
    incidentIds: incidentId === null ? [] : [incidentId],
    notificationIds: [id],
    downtimeMs,
    attempt: attemptCount + 1,
    delayedMs: Math.max(0, nowMs - atMs),
    parts: [],
  }
}

/** What is said of each kind in a digest; the most serious kind first. */
const WORDS: Readonly<Record<NotificationKind, string>> = {
  down: 'down',
  flapping: 'flapping',
  reminder: 'still down',
  up: 'up',
  restarted: 'restarted',
  test: 'test',
}

function summaryOf(parts: readonly Message[]): Message {
  const unique = (texts: readonly string[]) => [...new Set(texts)]
  const monitorsOf = (some: readonly Message[]) => unique(some.flatMap(({ monitors }) => monitors))
  /** The value that all have in common, or else `none`. */
  const common = <Value>(of: (part: Message) => Value, none: Value): Value => {
    const [value = none, ...different] = new Map(parts.map((part) => [JSON.stringify(of(part)), of(part)])).values()
    return different.length === 0 ? value : none
  }
  const troubles = parts.filter(({ isUp }) => !isUp)
  const isUp = troubles.length === 0
  const groups = kindsOf(parts)
  const successes = parts.flatMap(({ lastSuccessAtMs }) => lastSuccessAtMs ?? [])
  return {
    kind: groups[0]?.kind ?? 'test',
    monitors: monitorsOf(parts),
    incidentIds: unique(parts.flatMap(({ incidentIds }) => incidentIds)),
    notificationIds: parts.flatMap(({ notificationIds }) => notificationIds),
    message: groups.map(({ kind, of }) => `${of.length} ${WORDS[kind]}: ${someOf(monitorsOf(of))}`).join('; '),
    isUp,
    status: isUp ? 'up' : 'down',
    alertCount: parts.length,
    failureCount: largest(parts.map(({ failureCount }) => failureCount)),
    startedAtMs: earliest(parts.map(({ startedAtMs }) => startedAtMs)),
    downtimeMs: largest(parts.map(({ downtimeMs }) => downtimeMs)),
    lastSuccessAtMs: successes.length === 0 ? null : earliest(successes),
    exitCode: common(({ exitCode }) => exitCode, null),
    reason: common(({ reason }) => reason, ''),
    summary: common((part) => part.summary, ''),
    output: detailsOf(groups),
    description: common(({ description }) => description, ''),
    runbook: common(({ runbook }) => runbook, ''),
    tags: common(({ tags }) => tags, []),
    group: common(({ group }) => group, ''),
    hostname: common(({ hostname }) => hostname, ''),
    url: common(({ url }) => url, ''),
    attempt: largest(parts.map(({ attempt }) => attempt)),
    delayedMs: largest(parts.map(({ delayedMs }) => delayedMs)),
    parts,
  }
}

/** Characters of names of one kind; a subject of more is not read. */
const NAMES_LIMIT = 120

/** The first names of a list: `A, B, C and 12 more`. */
function someOf(names: readonly string[]): string {
  let length = 0
  const shown = names.filter((name, index) => {
    length += name.length + 2
    return index === 0 || length <= NAMES_LIMIT
  })
  const rest = names.length - shown.length
  return shown.map((name) => excerpt(name, NAMES_LIMIT)).join(', ') + (rest === 0 ? '' : ` and ${rest} more`)
}

/** Characters; of more, a variable could lose names where it is cut. */
const DETAILS_LIMIT = 8000

/** What happened to each monitor, a line each; of very many only their names. */
function detailsOf(groups: ReturnType<typeof kindsOf>): string {
  const lines = groups.flatMap(({ of }) => of.map(lineOf)).join('\n')
  if (lines.length <= DETAILS_LIMIT) return lines
  return groups
    .map(({ kind, of }) => `${WORDS[kind]}: ${of.map(({ monitors }) => monitors.join()).join(', ')}`)
    .join('\n')
}

/** What happened to one monitor, in one line of a digest's output: `down: A: connection refused (exit code 7)`. */
function lineOf({ kind, monitors, message, downtimeMs, ...said }: Message): string {
  const name = monitors.join(', ')
  if (kind === 'up') return `${WORDS.up}: ${name}, after ${formatDuration(downtimeMs)}`
  return `${WORDS[kind]}: ${name}: ${causeText(said) || message}`
}

/** The messages by kind, those of the most serious kind first. */
function kindsOf(parts: readonly Message[]) {
  const byKind = Map.groupBy(parts, ({ kind }) => kind)
  return (Object.keys(WORDS) as NotificationKind[])
    .map((kind) => ({ kind, of: byKind.get(kind) ?? [] }))
    .filter(({ of }) => of.length > 0)
}
