import type { Heartbeat, Schedule } from '../../core/model/types.ts'
import type { Values } from '../schema/field.ts'
import { heartbeatShape } from '../schema/sections.ts'
import type { Entry, Node } from '../yaml/node.ts'
import { whereabouts } from '../yaml/source.ts'
import { quoted } from './issue.ts'
import { complain, type Drafting, type Loading } from './loading.ts'
import { hasOrMeans } from './read-map.ts'
import { checkSchedule, checkTimezoneUse } from './schedule-check.ts'
import { COMMAND_ONLY } from './settings.ts'

export type HeartbeatValues = Values<typeof heartbeatShape>

const KNOWN = Object.keys(heartbeatShape)

const SHORTEST_GRACE_MS = 60_000
const LONGEST_GRACE_MS = 3_600_000

/** Finds what is wrong with the heartbeat of a monitor, and keys beside it that only a command would need. */
export function checkHeartbeat({ loading, entries, subject }: Drafting, values: HeartbeatValues | undefined): void {
  const entry = entries.get('heartbeat')
  if (entry === undefined) return
  for (const key of COMMAND_ONLY) {
    const place = entries.get(key)?.key
    const hint = HINTS[key] ?? 'remove it: there is no command to run'
    if (place !== undefined)
      complain(loading, place, { subject, message: `${key} has no meaning with heartbeat`, hint })
  }
  if (entry.value.kind !== 'mapping') return
  const drafting = { loading, entries: entry.value.entries, subject: `${subject}: heartbeat` }
  checkKeys(drafting, entry)
  checkSchedule(drafting, values ?? {})
  checkTimezoneUse(drafting, {})
}

const HINTS: Readonly<Record<string, string>> = {
  check_interval: 'write interval within heartbeat',
  schedule: 'write it within heartbeat',
  timezone: 'write it within heartbeat',
}

function checkKeys({ loading, entries, subject }: Drafting, { key: place }: Entry): void {
  if (!hasOrMeans(entries, ['key'], KNOWN)) {
    complain(loading, place, { subject, message: 'the key is missing', hint: 'add key: …, which nobody can guess' })
  }
  const schedule = entries.get('schedule')
  if (schedule !== undefined && entries.has('interval')) {
    const message = 'it has both interval and schedule'
    complain(loading, schedule.key, { subject, message, hint: 'remove one of the two' })
  } else if (!hasOrMeans(entries, ['interval', 'schedule'], KNOWN)) {
    const message = 'it does not say when pings are due'
    complain(loading, place, { subject, message, hint: 'add interval: 1d, or schedule: "0 3 * * *"' })
  }
}

interface Draft {
  readonly entries: ReadonlyMap<string, Entry>
  readonly subject: string
  readonly own: { readonly heartbeat?: HeartbeatValues | undefined }
}

/** Finds a key that two monitors have: a ping could not say which of them it is for. */
export function checkKeysUnique(loading: Loading, drafts: readonly Draft[]): void {
  const first = new Map<string, Node>()
  for (const { entries, subject, own } of drafts) {
    const heartbeat = entries.get('heartbeat')?.value
    const node = heartbeat?.kind === 'mapping' ? heartbeat.entries.get('key')?.value : undefined
    const key = own.heartbeat?.key
    if (node === undefined || key === undefined) continue
    const other = first.get(key)
    if (other === undefined) first.set(key, node)
    else {
      const shown = node.kind === 'scalar' ? ` ${quoted(node.text)}` : ''
      const hint = `the other one is at ${whereabouts(other)}`
      complain(loading, node, { subject, message: `another heartbeat has the same key${shown}`, hint })
    }
  }
}

/** Complains of heartbeats where nothing is served, at the first of them. */
export function complainOfUnpingable(loading: Loading, drafts: readonly Draft[]): void {
  const draft = drafts.find(({ entries }) => entries.has('heartbeat'))
  const place = draft?.entries.get('heartbeat')?.key
  if (draft === undefined || place === undefined) return
  const message = 'a heartbeat needs web, or nobody can ping it'
  const hint = 'add web: {listen: ":8080"} at the top level, or start Minitor with --listen'
  complain(loading, place, { subject: draft.subject, message, hint })
}

/** A heartbeat of values in which no mistake was found. Pure. */
export function toHeartbeat({ key, grace, ...values }: HeartbeatValues): Heartbeat {
  if (key === undefined) throw new Error('a heartbeat without key is never kept')
  return { key, graceMs: grace ?? defaultGraceMs(values.interval) }
}

/** When a heartbeat's pings are due. Pure. */
export function toPingSchedule({ interval, schedule, timezone }: HeartbeatValues): Schedule {
  if (schedule !== undefined) return { kind: 'cron', expression: schedule, timezone: timezone ?? null }
  if (interval === undefined) throw new Error('a heartbeat without interval and schedule is never kept')
  return { kind: 'interval', intervalMs: interval }
}

function defaultGraceMs(intervalMs: number | undefined): number {
  if (intervalMs === undefined) return LONGEST_GRACE_MS
  return Math.min(Math.max(Math.round(intervalMs / 10), SHORTEST_GRACE_MS), LONGEST_GRACE_MS)
}
