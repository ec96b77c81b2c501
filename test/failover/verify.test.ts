import { describe, expect, test } from 'bun:test'
import type { Service } from '../crash-loop/services.ts'
import { type Evidence, outlasts, type Told, violationsOf } from './verify.ts'

const OUTLASTS_MS = 5000

const DOOR: Service = {
  name: 'door',
  alertAfter: 1,
  alertEvery: 0,
  recoverAfter: 1,
  alerts: ['tell'],
  tellers: ['tell'],
}

const line = (kind: 'down' | 'up', change: Partial<Told> = {}): Told => ({
  atMs: kind === 'down' ? 11_000 : 21_000,
  daemon: 1,
  node: 'a',
  alert: 'tell',
  id: kind === 'down' ? 'i-1' : 'i-up',
  kind,
  service: 'door',
  incident: 'i',
  outage: 1,
  ...change,
})

const check = (outcome: number, atMs = 0) => ({ service: 'door', outcome, output: null, atMs })
const delivery = (id: string, kind: string, status = 'delivered') => ({ id, kind, status })

// An outage of ten seconds, at the beginning of which the leader is killed.
const FINE: Evidence = {
  outages: [{ service: 'door', number: 1, fromMs: 10_000, toMs: 20_000 }],
  faults: [{ kind: 'killed', node: 'a', fromMs: 11_000, toMs: 13_000 }],
  beginnings: [{ daemon: 2, atMs: 13_500 }],
  told: [line('down'), line('up', { daemon: 2, node: 'b' })],
  checks: [check(0), check(2), check(2), check(0)],
  incidents: [{ id: 'i', service: 'door', ending: 'recovered' }],
  deliveries: [delivery('i-1/tell', 'down'), delivery('i-up/tell', 'up')],
  unwatched: [{ fromMs: 10_500, toMs: 14_000 }],
}

const says = (change: Partial<Evidence>) => violationsOf({ ...FINE, ...change }, [DOOR], () => OUTLASTS_MS).join('\n')

test('nothing is wrong where Minitor kept its word', () => {
  expect(says({})).toBe('')
})

test.each<{ name: string; change: Partial<Evidence> }>([
  {
    name: 'both sides tell under one id',
    change: { told: [line('down'), line('down', { node: 'b', daemon: 2 }), line('up')] },
  },
  {
    name: 'a short outage after it was part of the incident',
    change: {
      outages: [...FINE.outages, { service: 'door', number: 2, fromMs: 20_100, toMs: 20_200 }],
      told: [line('down'), line('up', { outage: 2 })],
    },
  },
  {
    name: 'the leader ends what another has told',
    change: { told: [line('down'), line('up', { outage: Number.NaN })] },
  },
  {
    name: 'a process that has begun anew tells again',
    change: {
      faults: [],
      unwatched: [],
      beginnings: [{ daemon: 1, atMs: 12_000 }],
      told: [line('down'), line('down', { atMs: 12_500 }), line('up')],
    },
  },
  {
    name: 'the end is told again after another server has told of it',
    change: {
      faults: [],
      unwatched: [],
      told: [
        line('down'),
        line('up'),
        line('down', { daemon: 2, node: 'b', atMs: 22_000 }),
        line('up', { atMs: 23_000 }),
      ],
    },
  },
  {
    name: 'another one, which was alone, watched on when the leader was killed',
    change: { unwatched: [], checks: [check(0), check(2, 11_200), check(0, 20_100)] },
  },
  {
    name: 'one that is alone has not seen the outage before, and takes the next one for it',
    change: {
      outages: [{ service: 'door', number: 0, fromMs: 9_000, toMs: 9_200 }, ...FINE.outages],
      told: [
        line('down', { id: 'h-1', incident: 'h', outage: 0, atMs: 9_100 }),
        line('up', { id: 'h-up', incident: 'h', outage: 0, atMs: 9_300 }),
        line('down'),
        line('down', { id: 'h-1', incident: 'h', daemon: 2, node: 'b' }),
        line('up'),
      ],
    },
  },
  {
    name: 'a short outage was not told',
    change: { outages: [...FINE.outages, { service: 'door', number: 2, fromMs: 30_000, toMs: 34_000 }] },
  },
])('it is fine that $name', ({ change }) => {
  expect(says(change)).toBe('')
})

test.each<{ name: string; change: Partial<Evidence>; words: string }>([
  { name: 'nothing was told', change: { told: [] }, words: 'outage 1 of door of 10000 ms was not told: nothing' },
  { name: 'the end was not told', change: { told: [line('down')] }, words: 'i has only its down' },
  { name: 'the end came first', change: { told: [line('up'), line('down')] }, words: 'was told as up by a, down by a' },
  {
    name: 'two ids were told',
    change: { told: [line('down'), line('down', { id: 'k-1', incident: 'k' }), line('up')] },
    words: 'outage 1 of door was told under 2 ids',
  },
  {
    name: 'one id says two things',
    change: { told: [line('down'), line('up', { id: 'i-1' }), line('up')] },
    words: 'notification i-1 is down of door (i) and up of door (i)',
  },
  {
    name: 'one process told twice',
    change: { faults: [], told: [line('down'), line('down'), line('up')], unwatched: [] },
    words: 'i-1 was told by tell of process 1 of a 2 times',
  },
  {
    name: 'an outage has the ids of one before it',
    change: {
      outages: [...FINE.outages, { service: 'door', number: 2, fromMs: 30_000, toMs: 40_000 }],
      told: [
        line('down'),
        line('up'),
        line('down', { atMs: 30_100, outage: 2 }),
        line('up', { atMs: 40_100, outage: 2 }),
      ],
    },
    words: 'outage 2 of door is not known at 35000 ms',
  },
  { name: 'an incident is lost', change: { incidents: [] }, words: '1 incidents follow from its checks, 0 are kept' },
  {
    name: 'an incident is open',
    change: { incidents: [{ id: 'i', service: 'door', ending: null }] },
    words: 'incident i of door has the ending null',
  },
  {
    name: 'a delivery is pending',
    change: { deliveries: [delivery('i-1/tell', 'down', 'pending')] },
    words: 'delivery i-1/tell (down) is pending',
  },
  { name: 'a gap is not kept', change: { unwatched: [] }, words: 'a was killed at 11000 ms' },
])('it is seen when $name', ({ change, words }) => {
  expect(says(change)).toContain(words)
})

describe('an outage outlasts a takeover', () => {
  const outage = { service: 'door', number: 1, fromMs: 10_000, toMs: 18_000 }
  const fault = (fromMs: number) => ({ kind: 'killed', node: 'a', fromMs, toMs: fromMs + 1000 })
  test.each([
    { name: 'without a fault', faults: [], expected: true },
    { name: 'with one at its beginning', faults: [fault(11_000)], expected: true },
    { name: 'with one before it', faults: [fault(9_000)], expected: true },
    { name: 'not with one in its middle', faults: [fault(14_000)], expected: false },
  ])('$name', ({ faults, expected }) => {
    expect(outlasts(outage, faults, OUTLASTS_MS)).toBe(expected)
  })
})
