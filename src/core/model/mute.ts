import { excerpt } from '../text/cut.ts'
import { nameMeant } from '../text/identity.ts'
import { named } from '../text/printable.ts'
import { DAY_MS, isoTime, type TimeText } from '../text/time.ts'
import { isTrouble } from './state.ts'
import type { Monitor, MonitorState, Mute, Pause, Quiet, Status } from './types.ts'

export type SilenceTarget = { readonly monitor: string } | { readonly tag: string } | { readonly group: string } | 'all'

/** A mute for some monitors until a time (Unix epoch milliseconds). */
export interface Silence {
  readonly target: SilenceTarget
  readonly untilMs: number
  readonly reason: string
  /** Who has made it, in words; absent where that is not known, as in what an older Minitor has written. */
  readonly who?: string
}

/** Longer is a mistake, or a monitor that is off for good. */
export const LONGEST_SILENCE_MS = 366 * DAY_MS
export const SILENCE_TOO_LONG = 'a silence lasts 366d at most'

/** Characters of what a person gives as a reason. */
export const LONGEST_REASON = 1_000

/** "Someone is on it": no reminders of this incident. `atMs` is Unix epoch milliseconds. */
export interface Acknowledgement {
  readonly incidentId: string
  readonly atMs: number
  readonly reason: string
  /** As in a silence; all of them, if they were several. */
  readonly who?: string
}

/** What people want everybody to know. */
export interface Announcement {
  readonly id: string
  readonly text: string
  readonly atMs: number
  /** Null until somebody ends it. */
  readonly untilMs: number | null
  readonly who: string
}

/** What people have set while Minitor runs. */
export interface Mutes {
  readonly silences: readonly Silence[]
  readonly acknowledgements: readonly Acknowledgement[]
  readonly pauses: readonly Pause[]
  readonly announcements: readonly Announcement[]
}

export const NO_MUTES: Mutes = { silences: [], acknowledgements: [], pauses: [], announcements: [] }

/** Monitors as they are watched: those that people have paused are not. */
export function withPauses(monitors: readonly Monitor[], pauses: readonly Pause[]): readonly Monitor[] {
  if (pauses.length === 0) return monitors
  const byName = new Map(pauses.map((pause) => [pause.monitor, pause]))
  return monitors.map((monitor) => {
    const paused = byName.get(monitor.name)
    return paused === undefined || !monitor.isEnabled ? monitor : { ...monitor, isEnabled: false, paused }
  })
}

export function isAnnounced({ atMs, untilMs }: Announcement, nowMs: number): boolean {
  return atMs <= nowMs && (untilMs === null || untilMs > nowMs)
}

/** A change that people make to the mutes, at `atMs` (Unix epoch milliseconds). */
export type MuteChange =
  /** Replaces older ones of the same target. */
  | { readonly kind: 'silence'; readonly silence: Silence; readonly atMs: number }
  /** Ends the silences of exactly this target. */
  | { readonly kind: 'unsilence'; readonly target: SilenceTarget; readonly atMs: number; readonly who: string }
  /** Adds to an earlier one of the same incident. */
  | { readonly kind: 'acknowledge'; readonly acknowledgement: Acknowledgement }
  | { readonly kind: 'unacknowledge'; readonly incidentId: string; readonly atMs: number; readonly who: string }
  /** An earlier pause of the same monitor stays. */
  | { readonly kind: 'pause'; readonly pause: Pause }
  | { readonly kind: 'resume'; readonly monitor: string; readonly atMs: number; readonly who: string }
  | { readonly kind: 'announce'; readonly announcement: Announcement }
  | { readonly kind: 'retract'; readonly id: string; readonly atMs: number; readonly who: string }

/** Whose doing a change is; empty where that is not known. */
export function doerOf(change: MuteChange): string {
  switch (change.kind) {
    case 'silence':
      return change.silence.who ?? ''
    case 'acknowledge':
      return change.acknowledgement.who ?? ''
    case 'pause':
      return change.pause.who
    case 'announce':
      return change.announcement.who
    default:
      return change.who
  }
}

/** The mutes after a change, without silences that have expired. */
export function withMuteChange(mutes: Mutes, change: MuteChange): Mutes {
  switch (change.kind) {
    case 'acknowledge': {
      const { incidentId } = change.acknowledgement
      const before = mutes.acknowledgements.find((one) => one.incidentId === incidentId) ?? null
      const others = mutes.acknowledgements.filter((one) => one !== before)
      return { ...mutes, acknowledgements: [...others, addAcknowledgement(before, change.acknowledgement)] }
    }
    case 'unacknowledge': {
      const acknowledgements = mutes.acknowledgements.filter(({ incidentId }) => incidentId !== change.incidentId)
      return { ...mutes, acknowledgements }
    }
    case 'pause': {
      const isPaused = mutes.pauses.some(({ monitor }) => monitor === change.pause.monitor)
      return isPaused ? mutes : { ...mutes, pauses: [...mutes.pauses, change.pause] }
    }
    case 'resume':
      return { ...mutes, pauses: mutes.pauses.filter(({ monitor }) => monitor !== change.monitor) }
    case 'announce':
      return { ...mutes, announcements: [...mutes.announcements, change.announcement] }
    case 'retract':
      return { ...mutes, announcements: mutes.announcements.filter(({ id }) => id !== change.id) }
    default:
      return { ...mutes, silences: silencesAfter(mutes, change) }
  }
}

function silencesAfter(mutes: Mutes, change: Extract<MuteChange, { kind: 'silence' | 'unsilence' }>) {
  const target = change.kind === 'silence' ? change.silence.target : change.target
  const others = mutes.silences.filter((one) => one.untilMs > change.atMs && !isSameTarget(one.target, target))
  return change.kind === 'silence' ? [...others, change.silence] : others
}

/** A longer reason is a script that acknowledges without end. */
const REASON_CHARS = 2000

/** An acknowledgement adds to one of the same incident before it: who was on it first, and why, stays. */
export function addAcknowledgement<About extends Pick<Acknowledgement, 'atMs' | 'reason' | 'who'>>(
  before: Pick<Acknowledgement, 'atMs' | 'reason' | 'who'> | null,
  after: About,
): About {
  if (before === null) return after
  const people = new Set([before, after].flatMap(({ who = '' }) => who.split(', ')).filter((one) => one !== ''))
  const reasons = new Set([before, after].flatMap(({ reason }) => reason.split('; ')).filter((part) => part !== ''))
  const who = people.size === 0 ? {} : { who: excerpt([...people].join(', '), REASON_CHARS) }
  return { ...after, atMs: before.atMs, reason: excerpt([...reasons].join('; '), REASON_CHARS), ...who }
}

export function isSameTarget(one: SilenceTarget, other: SilenceTarget): boolean {
  // Not by their words: a name can be like those of a tag.
  return JSON.stringify(one) === JSON.stringify(other)
}

export interface Parent {
  readonly name: string
  readonly status: Status
  /** Whether it has recovered, but may be why the check failed that began before that. */
  readonly isCause?: boolean
}

/** Everything that may mute a monitor at `atMs` (Unix epoch milliseconds). */
export interface MuteContext {
  readonly atMs: number
  readonly mutes: Mutes
  /** End of the maintenance that the monitor is in; null outside of any. */
  readonly maintenanceUntilMs: number | null
  readonly incidentId: string | null
  readonly parents: readonly Parent[]
}

/**
 * What mutes this monitor: a maintenance, a silence, an acknowledgement, or a monitor it depends on that fails; null if
 * nothing does. One hop is enough: a parent's own parents do not matter.
 */
export function muteOf(monitor: Pick<Monitor, 'name' | 'tags' | 'group'>, context: MuteContext): Mute | null {
  const { atMs, mutes, maintenanceUntilMs, incidentId, parents } = context
  if (maintenanceUntilMs !== null && maintenanceUntilMs > atMs) {
    return { by: 'maintenance', untilMs: maintenanceUntilMs }
  }
  const silence = mutes.silences.find((one) => one.untilMs > atMs && isTarget(one.target, monitor))
  if (silence !== undefined) return { by: 'silence', untilMs: silence.untilMs, ...sayingOf(silence) }
  const acknowledgement = mutes.acknowledgements.find((one) => one.incidentId === incidentId)
  if (acknowledgement !== undefined) {
    return { by: 'acknowledgement', atMs: acknowledgement.atMs, ...sayingOf(acknowledgement) }
  }
  const parent = parents.find(({ status }) => isTrouble(status)) ?? parents.find(({ isCause }) => isCause === true)
  return parent === undefined ? null : { by: 'dependency', parent: parent.name, status: parent.status }
}

function sayingOf({ reason, who }: Pick<Silence, 'reason' | 'who'>): Pick<Silence, 'reason' | 'who'> {
  return who === undefined ? { reason } : { reason, who }
}

/** The same for people, who also want to know that a monitor flaps. A paused one has nothing to mute. */
export function shownMute({ status, flapping }: MonitorState, mute: Mute | null): Mute | null {
  if (status === 'paused') return null
  return mute ?? (flapping === null ? null : { by: 'flapping' })
}

/**
 * Why nobody is notified, in words: `silenced until 18:04: moving`. Without `time` for machines, in ISO 8601.
 */
export function quietText(quiet: Quiet, time: TimeText = isoTime): string {
  if (typeof quiet === 'string') return FORMER_TEXTS[quiet] ?? quiet
  switch (quiet.by) {
    case 'silence':
      return `silenced until ${time(quiet.untilMs)}${because(quiet)}`
    case 'maintenance':
      return `maintenance until ${time(quiet.untilMs)}`
    case 'acknowledgement':
      return `acknowledged at ${time(quiet.atMs)}${because(quiet)}`
    case 'dependency':
      return `depends on ${named(quiet.parent)}, which ${FAULT_TEXTS[quiet.status] ?? 'failed during this check'}`
    case 'flapping':
      return 'flapping'
  }
}

/** As older versions have stored it. */
const FORMER_TEXTS: Readonly<Record<string, string>> = { 'no reminder is due': 'next reminder is not due yet' }
const FAULT_TEXTS: Partial<Record<Status, string>> = { failing: 'is failing', down: 'is down' }

/** Who did it and why, as far as that is known: ` by anna: router swap`. */
export function because({ who = '', reason }: Pick<Silence, 'reason' | 'who'>): string {
  return `${who === '' ? '' : ` by ${who}`}${reason === '' ? '' : `: ${reason}`}`
}

/** Whether a silence of that target mutes this monitor. */
export function isTarget(target: SilenceTarget, monitor: Pick<Monitor, 'name' | 'tags' | 'group'>): boolean {
  if (target === 'all') return true
  if ('group' in target) return target.group === monitor.group
  return 'monitor' in target ? target.monitor === monitor.name : monitor.tags.includes(target.tag)
}

type Labelled = Pick<Monitor, 'name' | 'tags' | 'group'>

const LABELS = {
  monitor: ({ name }: Labelled) => [name],
  tag: ({ tags }: Labelled) => tags,
  group: ({ group }: Labelled) => (group === '' ? [] : [group]),
}

/** The names, tags or groups that there are, in monitors and in other targets. */
export function labelsIn(
  key: keyof typeof LABELS,
  { monitors, targets = [] }: { monitors: readonly Labelled[]; targets?: readonly SilenceTarget[] },
): string[] {
  return [...new Set([...monitors.flatMap(LABELS[key]), ...targets.flatMap((one) => targetFields(one)[key] ?? [])])]
}

/** The target that is meant by a name, tag or group, written in any way that means one; null if there is none. */
export function targetMeant(typed: SilenceTarget, there: Parameters<typeof labelsIn>[1]): SilenceTarget | null {
  if (typed === 'all') return typed
  const { monitor, tag, group } = targetFields(typed)
  const meant = (key: keyof typeof LABELS, text: string | null) =>
    text === null ? undefined : (nameMeant(text, labelsIn(key, there)) ?? undefined)
  return targetOf({ monitor: meant('monitor', monitor), tag: meant('tag', tag), group: meant('group', group) })
}

/** For JSON: all are null if the target is all monitors. */
export function targetFields(target: SilenceTarget): Record<'monitor' | 'tag' | 'group', string | null> {
  return { monitor: null, tag: null, group: null, ...(target === 'all' ? {} : target) }
}

/** The one target that is named; null where that is none, or more than one. */
export function targetOf({
  monitor,
  tag,
  group,
  all,
}: Partial<Record<'monitor' | 'tag' | 'group' | 'all', unknown>>): SilenceTarget | null {
  if ([monitor, tag, group, all].filter((one) => one !== undefined).length !== 1) return null
  if (typeof monitor === 'string') return { monitor }
  if (typeof group === 'string') return { group }
  return typeof tag === 'string' ? { tag } : 'all'
}

/** The target in words: `"web"`, `tag "edge"`, `group "Berlin"`, `all monitors`. */
export function targetText(target: SilenceTarget): string {
  if (target === 'all') return 'all monitors'
  if ('group' in target) return `group ${named(target.group)}`
  return 'tag' in target ? `tag ${named(target.tag)}` : named(target.monitor)
}
