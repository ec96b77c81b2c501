import { describe, expect, test } from 'bun:test'
import { isStaleParent, muteOf } from './mute.ts'
import { PAUSED, PENDING } from './state.ts'

const MONITOR = { name: 'web', tags: ['edge'] }
const NOW_MS = Date.UTC(2026, 0, 1)

describe('muteOf', () => {
  test.each([
    { name: 'nobody', silences: [], parents: [], reason: null },
    { name: 'a parent that is up', silences: [], parents: [{ name: 'router', status: 'up' }], reason: null },
    { name: 'a paused parent', silences: [], parents: [{ name: 'router', status: 'paused' }], reason: null },
    {
      name: 'a parent that is failing',
      silences: [],
      parents: [{ name: 'router', status: 'failing' }],
      reason: 'depends on "router", which is failing',
    },
    {
      name: 'one of two parents',
      silences: [],
      parents: [
        { name: 'dns', status: 'up' },
        { name: 'router', status: 'down' },
      ],
      reason: 'depends on "router", which is down',
    },
    {
      name: 'a silence for it',
      silences: [{ target: { monitor: 'web' }, untilMs: NOW_MS + 1, reason: 'moving' }],
      parents: [],
      reason: 'silenced until 2026-01-01T00:00:00.001Z: moving',
    },
    {
      name: 'a silence for its tag',
      silences: [{ target: { tag: 'edge' }, untilMs: NOW_MS + 1, reason: '' }],
      parents: [],
      reason: 'silenced until 2026-01-01T00:00:00.001Z',
    },
    {
      name: 'a silence for all',
      silences: [{ target: 'all', untilMs: NOW_MS + 1, reason: '' }],
      parents: [],
      reason: 'silenced until 2026-01-01T00:00:00.001Z',
    },
    {
      name: 'a silence for another',
      silences: [{ target: { monitor: 'api' }, untilMs: NOW_MS + 1, reason: '' }],
      parents: [],
      reason: null,
    },
    {
      name: 'a silence that is over',
      silences: [{ target: 'all', untilMs: NOW_MS, reason: '' }],
      parents: [],
      reason: null,
    },
  ] as const)('$name', ({ silences, parents, reason }) => {
    expect(muteOf(MONITOR, { atMs: NOW_MS, silences, parents })?.reason ?? null).toBe(reason)
  })
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
