import { COMMAND_ONLY, type monitorShape } from '../schema/schema.ts'
import type { Node } from '../yaml/node.ts'
import { whereabouts } from '../yaml/source.ts'
import { quoted } from './issue.ts'
import { complain, type Draft, warn } from './loading.ts'
import { checkTimezoneUse } from './schedule-check.ts'

type MonitorDraft = Draft<typeof monitorShape>

const HINTS: Readonly<Record<string, string>> = {
  check_interval: 'write interval within heartbeat',
  schedule: 'write it within heartbeat',
  timezone: 'write it within heartbeat',
}

/** Finds keys of a heartbeat that do not go together, and keys beside it that only a command would need. */
export function checkHeartbeat({ loading, entries, own }: MonitorDraft): void {
  for (const key of COMMAND_ONLY) {
    const place = entries.get(key)?.key
    const hint = HINTS[key] ?? 'remove it: there is no command to run'
    if (place !== undefined) complain(loading, place, `${key} has no meaning with heartbeat`, hint)
  }
  const node = entries.get('heartbeat')?.value
  if (node?.kind !== 'mapping') return
  const draft = {
    loading: { ...loading, subject: `${loading.subject}: heartbeat` },
    entries: node.entries,
    own: own.heartbeat ?? {},
  }
  const schedule = node.entries.get('schedule')
  if (schedule !== undefined && node.entries.has('interval')) {
    complain(draft.loading, schedule.key, 'it has both interval and schedule', 'remove one of the two')
  }
  checkTimezoneUse(draft, undefined)
}

const LONGER_KEY = 'use at least 8 characters that nobody knows, as from uuidgen: whoever has the key can ping'
/** A shorter key could be found by trying. */
const SHORTEST_KEY = 8

/** Finds keys that are easily guessed, and keys that two monitors have: a ping could not say which of them it is for. */
export function checkKeys(drafts: readonly MonitorDraft[]): void {
  const first = new Map<string, Node>()
  for (const { loading, entries, own } of drafts) {
    const heartbeat = entries.get('heartbeat')?.value
    const node = heartbeat?.kind === 'mapping' ? heartbeat.entries.get('key')?.value : undefined
    const key = own.heartbeat?.key
    if (node === undefined || key === undefined) continue
    if (key.length < SHORTEST_KEY) warn(loading, node, 'heartbeat: the key is easily guessed', LONGER_KEY)
    const other = first.get(key)
    if (other === undefined) first.set(key, node)
    else {
      const shown = node.kind === 'scalar' ? ` ${quoted(node.text)}` : ''
      const message = `another heartbeat has the same key${shown}`
      complain(loading, node, message, `the other one is at ${whereabouts(other)}`)
    }
  }
}

/** Finds heartbeats where nothing is served, and complains of the first. */
export function checkPingable(drafts: readonly MonitorDraft[]): void {
  const draft = drafts.find(({ entries }) => entries.has('heartbeat'))
  const place = draft?.entries.get('heartbeat')?.key
  if (draft === undefined || place === undefined) return
  const hint = 'add web: {listen: ":8080"} at the top level, or start Minitor with --listen'
  complain(draft.loading, place, 'a heartbeat needs web, or nobody can ping it', hint)
}
