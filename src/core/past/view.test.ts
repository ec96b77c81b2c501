import { describe, expect, test } from 'bun:test'
import { aMonitor } from '../../../test/support/samples.ts'
import { PAUSED, PENDING } from '../model/state.ts'
import type { MonitorState, Mute } from '../model/types.ts'
import type { KeptCheck } from './kept.ts'
import { type MonitorPast, NO_PAST } from './past.ts'
import { type MonitorNow, viewOf, worstFirst } from './view.ts'

const CHECK: KeptCheck = {
  startedAtMs: 1,
  outcome: 'passed',
  exitCode: 0,
  durationMs: 1,
  reason: 'exit code 0',
  output: '',
  quiet: '',
}
const FLAPPING = { startedAtMs: 5, incidentId: 'i', notificationCount: 1, isTold: true, isAnnounced: true }

function view(state: Partial<MonitorState>, past: Partial<MonitorPast> | null, now: Partial<MonitorNow> = {}) {
  const monitor = now.monitor ?? aMonitor()
  const about = { monitor, state: { ...PENDING, ...state }, statusSinceMs: null, lastCheck: null, mute: null, ...now }
  return viewOf(about, past === null ? null : { ...NO_PAST, ...past })
}

describe('since', () => {
  test.each<{
    name: string
    state: Partial<MonitorState>
    own?: number
    past: Partial<MonitorPast> | null
    since: number | null
  }>([
    {
      name: 'down, from its first failure',
      state: { status: 'down', outageStartedAtMs: 2 },
      own: 9,
      past: {},
      since: 2,
    },
    { name: 'failing, likewise', state: { status: 'failing', outageStartedAtMs: 2 }, own: 9, past: {}, since: 2 },
    {
      name: 'flapping, while up',
      state: { status: 'up', flapping: FLAPPING },
      own: 9,
      past: { upSinceMs: 8 },
      since: 5,
    },
    {
      name: 'flapping, while failing',
      state: { status: 'failing', flapping: FLAPPING, outageStartedAtMs: 7 },
      past: {},
      since: 5,
    },
    {
      name: 'flapping, while down',
      state: { status: 'down', flapping: FLAPPING, recent: 'SFSFF', outageStartedAtMs: 7 },
      past: {},
      since: 5,
    },
    {
      name: 'down at last, where nobody could be told that it flaps no more',
      state: { status: 'down', flapping: FLAPPING, recent: 'FFFFF', outageStartedAtMs: 7 },
      past: {},
      since: 7,
    },
    { name: 'up, as the file knows', state: { status: 'up' }, own: 9, past: { upSinceMs: 3 }, since: 3 },
    { name: 'up, as this daemon knows', state: { status: 'up' }, own: 9, past: {}, since: 9 },
    { name: 'up for longer than anybody knows', state: { status: 'up' }, past: {}, since: null },
    { name: 'nothing read yet', state: { status: 'up' }, past: null, since: null },
    { name: 'paused', state: PAUSED, past: { leftAtMs: 4 }, since: 4 },
    { name: 'pending, whatever was before', state: {}, past: { upSinceMs: 3, leftAtMs: 4 }, since: null },
  ])('$name', ({ state, own = null, past, since }) => {
    expect(view(state, past, { statusSinceMs: own }).sinceMs).toBe(since)
  })
})

describe('the last check', () => {
  const own = { ...CHECK, startedAtMs: 2 }
  test.each<{
    name: string
    state: Partial<MonitorState>
    lastCheck: KeptCheck | null
    past: Partial<MonitorPast> | null
    atMs: number | null
  }>([
    { name: "is the daemon's own", state: { status: 'up' }, lastCheck: own, past: { lastCheck: CHECK }, atMs: 2 },
    { name: 'else the one in the file', state: { status: 'up' }, lastCheck: null, past: { lastCheck: CHECK }, atMs: 1 },
    { name: 'is none', state: { status: 'up' }, lastCheck: null, past: {}, atMs: null },
    { name: 'is none, as nothing was read yet', state: { status: 'up' }, lastCheck: null, past: null, atMs: null },
    {
      name: 'says nothing of one that is paused',
      state: PAUSED,
      lastCheck: null,
      past: { lastCheck: CHECK },
      atMs: null,
    },
    { name: 'nor of one that is pending again', state: {}, lastCheck: null, past: { lastCheck: CHECK }, atMs: null },
    {
      name: 'is why one is pending, if nobody could make it',
      state: {},
      lastCheck: { ...own, outcome: 'void' },
      past: null,
      atMs: 2,
    },
  ])('$name', ({ state, lastCheck, past, atMs }) => {
    expect(view(state, past, { lastCheck }).lastCheck?.startedAtMs ?? null).toBe(atMs)
  })

  test('has no reason if it passed', () => {
    expect(view({ status: 'up' }, { lastCheck: CHECK }).lastCheck?.reason).toBe('')
  })

  test('has one if it passed though not all places say so', () => {
    const place = { place: 'node:nas', node: 'nas', exitCode: 1, reason: 'exit code 1', summary: 'x', durationMs: 1 }
    const places = [{ ...place, outcome: 'failed' } as const]
    const lastCheck = { ...CHECK, outcome: 'passed', reason: 'fails in nas', places } as const
    expect(view({ status: 'up' }, { lastCheck }).lastCheck?.reason).toBe('fails in nas')
  })
})

test('a view is seen with another past as if that had been read at first', () => {
  const first = view({ status: 'up' }, { upSinceMs: 3, lastCheck: CHECK })
  expect(viewOf(first, { ...NO_PAST, upSinceMs: 4 })).toMatchObject({ sinceMs: 4, standing: 'up' })
})

test('worst first: new before old, what is muted after what is not, else as they were', () => {
  const silence: Mute = { by: 'silence', untilMs: 1, reason: '' }
  const one = (name: string, state: Partial<MonitorState>, mute: Mute | null = null) =>
    view(state, {}, { monitor: aMonitor({ name }), mute })
  const views = [
    one('up', { status: 'up' }),
    one('paused', PAUSED),
    one('old', { status: 'down', outageStartedAtMs: 1 }),
    one('muted', { status: 'down', outageStartedAtMs: 9 }, silence),
    one('new', { status: 'down', outageStartedAtMs: 2 }),
    one('silent flapping', { status: 'up', flapping: FLAPPING }, silence),
    one('flapping', { status: 'up', flapping: { ...FLAPPING, startedAtMs: 1 } }, { by: 'flapping' }),
    one('failing', { status: 'failing', outageStartedAtMs: 3 }),
    one('silent up', { status: 'up' }, silence),
    one('pending', {}),
  ]
  expect(worstFirst(views).map(({ monitor }) => monitor.name)).toEqual([
    'new',
    'old',
    'muted',
    'failing',
    'flapping',
    'silent flapping',
    'pending',
    'up',
    'silent up',
    'paused',
  ])
})
