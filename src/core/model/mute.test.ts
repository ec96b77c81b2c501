import { describe, expect, test } from 'bun:test'
import { localTime } from '../text/time.ts'
import {
  addAcknowledgement,
  isSameTarget,
  type Mutes,
  muteOf,
  NO_MUTES,
  type Parent,
  quietText,
  shownMute,
} from './mute.ts'
import { PAUSED, PENDING } from './state.ts'
import type { Mute, Quiet } from './types.ts'

const MONITOR = { group: 'eu', name: 'web', tags: ['edge'] }
const NOW_MS = Date.UTC(2026, 0, 1)

interface Row {
  readonly name: string
  readonly silences?: Mutes['silences']
  readonly acknowledgements?: Mutes['acknowledgements']
  readonly maintenanceUntilMs?: number
  readonly parents?: readonly Parent[]
  readonly mute: Mute | null
}

describe('muteOf', () => {
  const rows: readonly Row[] = [
    { name: 'nobody', mute: null },
    { name: 'a parent that is up', parents: [{ name: 'router', status: 'up' }], mute: null },
    { name: 'a paused parent', parents: [{ name: 'router', status: 'paused' }], mute: null },
    {
      name: 'a parent that is failing',
      parents: [{ name: 'router', status: 'failing' }],
      mute: { by: 'dependency', parent: 'router', status: 'failing' },
    },
    {
      name: 'one of two parents',
      parents: [
        { name: 'dns', status: 'up' },
        { name: 'router', status: 'down' },
      ],
      mute: { by: 'dependency', parent: 'router', status: 'down' },
    },
    {
      name: 'a parent that failed while it was checked',
      parents: [{ name: 'router', status: 'up', isCause: true }],
      mute: { by: 'dependency', parent: 'router', status: 'up' },
    },
    {
      name: 'a parent that fails rather than one that has failed',
      parents: [
        { name: 'dns', status: 'up', isCause: true },
        { name: 'router', status: 'down' },
      ],
      mute: { by: 'dependency', parent: 'router', status: 'down' },
    },
    {
      name: 'a silence for it',
      silences: [{ target: { monitor: 'web' }, untilMs: NOW_MS + 1, reason: 'moving' }],
      mute: { by: 'silence', untilMs: NOW_MS + 1, reason: 'moving' },
    },
    {
      name: 'a silence for its tag',
      silences: [{ target: { tag: 'edge' }, untilMs: NOW_MS + 1, reason: '' }],
      mute: { by: 'silence', untilMs: NOW_MS + 1, reason: '' },
    },
    {
      name: 'a silence for all',
      silences: [{ target: 'all', untilMs: NOW_MS + 1, reason: '' }],
      mute: { by: 'silence', untilMs: NOW_MS + 1, reason: '' },
    },
    {
      name: 'a silence for another',
      silences: [{ target: { monitor: 'api' }, untilMs: NOW_MS + 1, reason: '' }],
      mute: null,
    },
    {
      name: 'a silence that is over',
      silences: [{ target: 'all', untilMs: NOW_MS, reason: '' }],
      mute: null,
    },
    {
      name: 'a maintenance',
      maintenanceUntilMs: NOW_MS + 1000,
      mute: { by: 'maintenance', untilMs: NOW_MS + 1000 },
    },
    { name: 'a maintenance that is over', maintenanceUntilMs: NOW_MS, mute: null },
    {
      name: 'somebody who is on it',
      acknowledgements: [{ incidentId: 'i', atMs: NOW_MS, reason: 'on my way' }],
      mute: { by: 'acknowledgement', atMs: NOW_MS, reason: 'on my way' },
    },
    {
      name: 'somebody who is on another incident',
      acknowledgements: [{ incidentId: 'j', atMs: NOW_MS, reason: '' }],
      mute: null,
    },
  ]

  test.each(rows)(
    '$name',
    ({ silences = [], acknowledgements = [], maintenanceUntilMs = null, parents = [], mute }) => {
      expect(
        muteOf(MONITOR, {
          atMs: NOW_MS,
          mutes: { ...NO_MUTES, silences, acknowledgements },
          maintenanceUntilMs,
          incidentId: 'i',
          parents,
        }),
      ).toEqual(mute)
    },
  )
})

describe('quietText', () => {
  // On the clock of the machine that runs the tests, wherever it is.
  const AT_MS = new Date(2026, 5, 1, 20, 9).getTime()
  const READ_MS = new Date(2026, 5, 1, 18, 4).getTime()
  const ISO = new Date(AT_MS).toISOString()
  test.each<{ quiet: Quiet; machine: string; people: string }>([
    {
      quiet: { by: 'silence', untilMs: AT_MS, reason: `as of ${ISO}` },
      machine: `silenced until ${ISO}: as of ${ISO}`,
      people: `silenced until 20:09: as of ${ISO}`,
    },
    {
      quiet: { by: 'silence', untilMs: AT_MS, reason: '' },
      machine: `silenced until ${ISO}`,
      people: 'silenced until 20:09',
    },
    {
      quiet: { by: 'maintenance', untilMs: AT_MS },
      machine: `maintenance until ${ISO}`,
      people: 'maintenance until 20:09',
    },
    {
      quiet: { by: 'acknowledgement', atMs: AT_MS, reason: 'on my way' },
      machine: `acknowledged at ${ISO}: on my way`,
      people: 'acknowledged at 20:09: on my way',
    },
    {
      quiet: { by: 'dependency', parent: 'router', status: 'down' },
      machine: 'depends on "router", which is down',
      people: 'depends on "router", which is down',
    },
    {
      quiet: { by: 'dependency', parent: 'router', status: 'up' },
      machine: 'depends on "router", which failed during this check',
      people: 'depends on "router", which failed during this check',
    },
    { quiet: { by: 'flapping' }, machine: 'flapping', people: 'flapping' },
    { quiet: 'between reminders', machine: 'between reminders', people: 'between reminders' },
    {
      quiet: 'no reminder is due',
      machine: 'next reminder is not due yet',
      people: 'next reminder is not due yet',
    },
    { quiet: '', machine: '', people: '' },
  ])('$machine', ({ quiet, machine, people }) => {
    expect(quietText(quiet)).toBe(machine)
    expect(quietText(quiet, (atMs) => localTime(atMs, READ_MS))).toBe(people)
  })
})

describe('what people see of it', () => {
  const silence = { by: 'silence', untilMs: 1, reason: '' } as const
  const flaps = {
    ...PENDING,
    status: 'up',
    flapping: { startedAtMs: 1, incidentId: '1', notificationCount: 1, isAnnounced: true, isTold: true },
  } as const
  test.each([
    { about: 'a silence', state: PENDING, mute: silence, seen: 'silence' },
    { about: 'nobody', state: PENDING, mute: null, seen: null },
    { about: 'flapping', state: flaps, mute: null, seen: 'flapping' },
    { about: 'a silence rather than flapping', state: flaps, mute: silence, seen: 'silence' },
    { about: 'nothing of one that is paused', state: PAUSED, mute: silence, seen: null },
  ] as const)('is $about', ({ state, mute, seen }) => {
    expect(shownMute(state, mute)?.by ?? null).toBe(seen)
  })
})

test('a monitor with a name like the words for a tag is another target', () => {
  const targets = [{ tag: 'edge' }, { group: 'edge' }, { monitor: 'edge' }, { monitor: 'tag "edge"' }, 'all'] as const
  const others = [...targets, { monitor: 'all monitors' }]
  for (const one of targets) expect(others.filter((other) => isSameTarget(one, other))).toEqual([one])
})

describe('a second acknowledgement', () => {
  test.each([
    { before: 'Ops: disk', after: '', reason: 'Ops: disk' },
    { before: '', after: 'on it', reason: 'on it' },
    { before: 'Ops: disk', after: 'Ada: ordered', reason: 'Ops: disk; Ada: ordered' },
    { before: 'a; b', after: 'b', reason: 'a; b' },
    { before: 'a', after: 'a; b', reason: 'a; b' },
    { before: 'a'.repeat(1500), after: 'b'.repeat(1500), reason: `${'a'.repeat(999)} … ${'b'.repeat(998)}` },
  ])('"$after" after "$before"', ({ before, after, reason }) => {
    expect(addAcknowledgement({ atMs: 1, reason: before }, { atMs: 2, reason: after })).toEqual({ atMs: 1, reason })
  })
})
