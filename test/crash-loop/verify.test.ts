import { describe, expect, test } from 'bun:test'
import type { Evidence, Instant, Told } from './evidence.ts'
import { expectedIncidents } from './expected.ts'
import type { Service } from './services.ts'
import { violationsOf } from './verify.ts'

const DOOR: Service = {
  name: 'door',
  alertAfter: 2,
  alertEvery: 2,
  recoverAfter: 1,
  alerts: ['tell'],
  tellers: ['tell'],
}

const at = (ms: number): Instant => ({ upMs: ms, wallMs: 1_000_000 + ms })
const seen = (atMs: number, isUp: boolean, outage: number, daemon = atMs < 6000 ? 1 : 2) => ({
  atMs,
  daemon,
  service: 'door',
  isUp,
  outage,
})
const unfair = Array.from({ length: 7 }, (_, index) => ({ ...seen(2100 + index * 100, true, 0), service: 'site' }))
const passed = { service: 'door', outcome: 0, output: null }
const failed = { service: 'door', outcome: 2, output: 'down 1\n' }
const told = (atMs: number, number: number, kind: string): Told => ({
  atMs,
  alert: 'tell',
  id: kind === 'up' ? 'a-up' : `a-${number}`,
  kind,
  service: 'door',
  incident: 'a',
})

// One daemon, killed at 5,000, and another. An outage from 2,000 to 7,000, seen by five checks, reported three times.
const FINE: Evidence = {
  lives: [
    { pid: 1, started: at(0), watching: at(50), ended: at(5000) },
    { pid: 2, started: at(6000), watching: at(6050), ended: at(12_000) },
  ],
  outages: [{ service: 'door', number: 1, fromMs: 2000, toMs: 7000 }],
  seen: [
    seen(1000, true, 0),
    seen(2100, false, 1),
    seen(3100, false, 1),
    seen(4900, false, 1),
    seen(6100, false, 1),
    seen(6900, false, 1),
    seen(7100, true, 1),
  ],
  told: [told(3200, 1, 'down'), told(6950, 2, 'reminder'), told(7200, 3, 'up')],
  checks: [passed, failed, failed, failed, failed, passed],
  incidents: [{ id: 'a', service: 'door', ending: 'recovered' }],
  deliveries: [
    { id: 'a-1/tell', kind: 'down', status: 'delivered' },
    { id: 'a-2/tell', kind: 'reminder', status: 'delivered' },
    { id: 'a-3/tell', kind: 'up', status: 'delivered' },
  ],
  unwatched: [{ fromMs: 1_004_900, toMs: 1_006_010 }],
  counted: [{ service: 'door', ms: 9000 }],
  firstCheckAtMs: 1_001_000,
  integrity: 'ok',
  processCount: 0,
  temporaryFiles: [],
}

test('nothing is wrong where Minitor kept its word', () => {
  expect(violationsOf(FINE, [DOOR], 1)).toEqual([])
})

test.each<{ name: string; change: Partial<Evidence> }>([
  {
    name: 'what was under way at a kill is told again',
    change: { told: [told(3200, 1, 'down'), told(6100, 1, 'down'), ...FINE.told.slice(1)] },
  },
  { name: 'a check just before a kill is kept', change: { checks: [passed, failed, ...FINE.checks.slice(1)] } },
  {
    name: 'a check that is not kept has outlived its daemon',
    change: { seen: [...FINE.seen.slice(0, 4), seen(6020, false, 1, 1), ...FINE.seen.slice(4)] },
  },
  {
    name: 'a reminder is not told, as later news replaced it',
    change: {
      told: FINE.told.filter(({ kind }) => kind !== 'reminder'),
      deliveries: FINE.deliveries.map((one) => (one.kind === 'reminder' ? { ...one, status: 'dropped' } : one)),
    },
  },
  {
    name: 'an outage that nobody could see',
    change: { outages: [...FINE.outages, { service: 'door', number: 2, fromMs: 11_500, toMs: 11_900 }] },
  },
])('nor where $name', ({ change }) => {
  expect(violationsOf({ ...FINE, ...change }, [DOOR], 1)).toEqual([])
})

test.each<{ name: string; change: Partial<Evidence>; says: string }>([
  { name: 'the down is missing', change: { told: FINE.told.slice(1) }, says: 'notifications 2, 3 of 3 were told' },
  { name: 'the up is missing', change: { told: FINE.told.slice(0, 2) }, says: 'notifications 1, 2 of 3 were told' },
  { name: 'nothing was told', change: { told: [] }, says: 'of 3 were told' },
  {
    name: 'the up came before the down',
    change: { told: [told(3200, 3, 'up'), told(7200, 1, 'down')] },
    says: 'notifications 3, 1 of 3 were told',
  },
  {
    name: 'one daemon told twice',
    change: { told: [told(2000, 1, 'down'), told(3200, 1, 'down'), ...FINE.told.slice(1)] },
    says: 'a-1 by tell was told twice by one daemon',
  },
  {
    name: 'other words under the same id',
    change: { told: [...FINE.told.slice(0, 1), told(6100, 1, 'reminder'), ...FINE.told.slice(1)] },
    says: 'told in other words',
  },
  {
    name: 'somebody else was told',
    change: { told: [...FINE.told, { ...told(7300, 3, 'up'), alert: 'boss' }] },
    says: 'wrongly told',
  },
  {
    name: 'a telling of nothing',
    change: { told: [...FINE.told, { ...told(9000, 1, 'down'), id: 'b-1', incident: 'b' }] },
    says: 'no such incident',
  },
  { name: 'an incident is lost', change: { incidents: [] }, says: '1 incidents follow from its checks, 0 are kept' },
  {
    name: 'an incident is open',
    change: { incidents: [{ id: 'a', service: 'door', ending: null }] },
    says: 'has the ending null',
  },
  {
    name: 'a failing check is lost',
    change: { checks: [passed, failed, failed, failed, passed] },
    says: 'outage 1 of door: of 4 checks 3 are kept',
  },
  {
    name: 'passes are lost',
    change: { checks: FINE.checks.slice(1, -1) },
    says: 'passes of door: of 2 checks 0 are kept',
  },
  {
    name: 'a check is kept that never was',
    change: { checks: [...FINE.checks, { service: 'door', outcome: 2, output: 'down 9\n' }] },
    says: 'a check of outcome 2 says down 9',
  },
  {
    name: 'an outage was not checked, while others were',
    change: { seen: unfair, checks: [], incidents: [], told: [] },
    says: 'outage 1 of door was checked 0 times, while another service was checked 7 times',
  },
  {
    name: 'a delivery is pending',
    change: { deliveries: [{ id: 'a-1/tell', kind: 'down', status: 'pending' }] },
    says: 'delivery a-1/tell (down) is pending',
  },
  {
    name: 'a recovery was dropped',
    change: { deliveries: [{ id: 'a-3/tell', kind: 'up', status: 'dropped' }] },
    says: 'delivery a-3/tell (up) is dropped',
  },
  { name: 'a gap is not kept', change: { unwatched: [] }, says: 'nobody watched for 1000 ms, which is not kept' },
  {
    name: 'the gap is counted',
    change: { counted: [{ service: 'door', ms: 12_000 }] },
    says: '12000 ms are counted as up or down, but daemons lived for 11000 ms',
  },
  { name: 'the file is damaged', change: { integrity: 'page 3 is never used' }, says: 'integrity_check: page 3' },
  { name: 'a process is left', change: { processCount: 1 }, says: '1 processes are left over' },
  {
    name: 'a file is left',
    change: { temporaryFiles: ['minitor-x'] },
    says: 'temporary files are left over: minitor-x',
  },
])('it is seen when $name', ({ change, says }) => {
  const violations = violationsOf({ ...FINE, ...change }, [DOOR], 1)
  expect(violations.join('\n')).toContain(says)
})

// . passed, x failed
describe('what is expected to be told', () => {
  test.each<{ name: string; service: Partial<Service>; checks: string; expected: string[] }>([
    { name: 'after', service: { alertAfter: 2, alertEvery: 0 }, checks: '.x.xx.', expected: ['down up'] },
    { name: 'every', service: { alertAfter: 2 }, checks: 'xxxxxx.', expected: ['down reminder reminder up'] },
    {
      name: 'backoff',
      service: { alertAfter: 1, alertEvery: -1 },
      checks: 'xxxxxxxxx.',
      expected: ['down reminder reminder reminder up'],
    },
    {
      name: 'recovery',
      service: { alertAfter: 1, alertEvery: 0, recoverAfter: 2 },
      checks: 'x.x..x',
      expected: ['down up', 'down'],
    },
    { name: 'void checks count for nothing', service: { alertAfter: 2 }, checks: 'xvx', expected: ['down'] },
  ])('$name: $checks', ({ service, checks, expected }) => {
    const outcomes = { '.': 0, x: 2, v: 5 } as const
    const kept = [...checks].map((letter) => ({
      service: 'door',
      outcome: outcomes[letter as keyof typeof outcomes],
      output: null,
    }))
    expect(expectedIncidents({ ...DOOR, ...service }, kept).map((kinds) => kinds.join(' '))).toEqual(expected)
  })
})
