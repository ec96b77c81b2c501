import { describe, expect, test } from 'bun:test'
import { isStaleParent, type Mutes, muteOf, type Parent, shownMute } from './mute.ts'
import { PAUSED, PENDING } from './state.ts'

const MONITOR = { name: 'web', tags: ['edge'] }
const NOW_MS = Date.UTC(2026, 0, 1)

interface Row {
  readonly name: string
  readonly silences?: Mutes['silences']
  readonly acknowledgements?: Mutes['acknowledgements']
  readonly maintenanceUntilMs?: number
  readonly parents?: readonly Parent[]
  readonly reason: string | null
}

describe('muteOf', () => {
  const rows: readonly Row[] = [
    { name: 'nobody', reason: null },
    { name: 'a parent that is up', parents: [{ name: 'router', status: 'up' }], reason: null },
    { name: 'a paused parent', parents: [{ name: 'router', status: 'paused' }], reason: null },
    {
      name: 'a parent that is failing',
      parents: [{ name: 'router', status: 'failing' }],
      reason: 'depends on "router", which is failing',
    },
    {
      name: 'one of two parents',
      parents: [
        { name: 'dns', status: 'up' },
        { name: 'router', status: 'down' },
      ],
      reason: 'depends on "router", which is down',
    },
    {
      name: 'a silence for it',
      silences: [{ target: { monitor: 'web' }, untilMs: NOW_MS + 1, reason: 'moving' }],
      reason: 'silenced until 2026-01-01T00:00:00.001Z: moving',
    },
    {
      name: 'a silence for its tag',
      silences: [{ target: { tag: 'edge' }, untilMs: NOW_MS + 1, reason: '' }],
      reason: 'silenced until 2026-01-01T00:00:00.001Z',
    },
    {
      name: 'a silence for all',
      silences: [{ target: 'all', untilMs: NOW_MS + 1, reason: '' }],
      reason: 'silenced until 2026-01-01T00:00:00.001Z',
    },
    {
      name: 'a silence for another',
      silences: [{ target: { monitor: 'api' }, untilMs: NOW_MS + 1, reason: '' }],
      reason: null,
    },
    {
      name: 'a silence that is over',
      silences: [{ target: 'all', untilMs: NOW_MS, reason: '' }],
      reason: null,
    },
    {
      name: 'a maintenance',
      maintenanceUntilMs: NOW_MS + 1000,
      reason: 'maintenance until 2026-01-01T00:00:01.000Z',
    },
    { name: 'a maintenance that is over', maintenanceUntilMs: NOW_MS, reason: null },
    {
      name: 'somebody who is on it',
      acknowledgements: [{ incidentId: 'i', atMs: NOW_MS, reason: 'on my way' }],
      reason: 'acknowledged at 2026-01-01T00:00:00.000Z: on my way',
    },
    {
      name: 'somebody who is on another incident',
      acknowledgements: [{ incidentId: 'j', atMs: NOW_MS, reason: '' }],
      reason: null,
    },
  ]

  test.each(rows)(
    '$name',
    ({ silences = [], acknowledgements = [], maintenanceUntilMs = null, parents = [], reason }) => {
      expect(
        muteOf(MONITOR, {
          atMs: NOW_MS,
          mutes: { silences, acknowledgements },
          maintenanceUntilMs,
          incidentId: 'i',
          parents,
        })?.reason ?? null,
      ).toBe(reason)
    },
  )
})

describe('isStaleParent', () => {
  test.each([
    { name: 'never checked', parent: PENDING, isStale: true },
    { name: 'checked before the outage', parent: { ...PENDING, lastCheckAtMs: 99 }, isStale: true },
    { name: 'checked since', parent: { ...PENDING, lastCheckAtMs: 100 }, isStale: false },
    { name: 'switched off', parent: PAUSED, isStale: false },
  ])('$name', ({ parent, isStale }) => {
    expect(isStaleParent(parent, 100)).toBe(isStale)
  })
})

describe('what people see of it', () => {
  const silence = { by: 'silence', reason: 'silenced' } as const
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
