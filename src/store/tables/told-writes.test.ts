import { expect, test } from 'bun:test'
import { deliveriesOf } from '../../../test/support/delivery-stage.ts'
import { aChange } from '../../../test/support/samples.ts'
import type { Delivery } from '../../core/model/types.ts'
import type { Write } from './apply-writes.ts'
import { createToldWrites } from './told-writes.ts'

const begins = (monitor: string, atMs: number): Write => ({
  kind: 'check',
  change: aChange(monitor, atMs, { alerts: ['log', 'mail'] }),
})
const delivery = (incidentId: string, alert: string, changes: Partial<Delivery> = {}): Write => {
  const about = { id: `${incidentId}-1`, incidentId, monitor: incidentId.split('-')[0] ?? '', alerts: [alert], atMs: 9 }
  const [made] = deliveriesOf({ ...about, kind: 'down' })
  if (made === undefined) throw new Error('there is one')
  return { kind: 'delivery', delivery: { ...made, status: 'delivered', ...changes }, following: [] }
}

const endOf = (incidentId: string): Partial<Delivery> => {
  const about = { id: `${incidentId}-up`, incidentId, monitor: 'web', alerts: ['mail'], atMs: 9 }
  return deliveriesOf({ ...about, kind: 'up' })[0] ?? {}
}

test.each<{ name: string; writes: readonly Write[]; expected: readonly string[] }>([
  { name: 'nothing', writes: [], expected: [] },
  { name: 'what nobody has heard', writes: [begins('web', 5)], expected: [] },
  {
    name: 'an incident of which somebody has heard, with what is pending of it',
    writes: [begins('web', 5), delivery('web-5', 'log')],
    expected: ['web down at 1: web-5-1/log delivered, web-5-1/mail pending'],
  },
  {
    name: 'what began before, and was told after',
    writes: [delivery('web-5', 'log')],
    expected: ['web ? at 0: web-5-1/log delivered'],
  },
  {
    name: 'what failed',
    writes: [begins('web', 5), delivery('web-5', 'log', { status: 'failed' })],
    expected: [],
  },
  {
    name: 'what is told of Minitor itself',
    writes: [
      delivery('web-5', 'log', {
        notification: { ...aChange('web', 5, { alerts: ['log'] }).notifications[0], incidentId: null } as never,
      }),
    ],
    expected: [],
  },
  {
    name: 'each monitor for itself, and of it what was told',
    writes: [begins('web', 5), begins('api', 6), begins('web', 7), delivery('api-6', 'log'), delivery('web-7', 'mail')],
    expected: [
      'api down at 3: api-6-1/log delivered, api-6-1/mail pending',
      'web down at 4: web-7-1/log pending, web-7-1/mail delivered',
    ],
  },
  {
    name: 'an end that was made before somebody had heard of the beginning',
    writes: [delivery('web-5', 'mail', { ...endOf('web-5'), status: 'pending' }), delivery('web-5', 'log')],
    expected: ['web ? at 1: web-5-1/log delivered, web-5-up/mail pending'],
  },
  {
    name: 'the last state that is known',
    writes: [
      begins('web', 5),
      delivery('web-5', 'log'),
      { kind: 'state', monitor: 'web', state: { ...aChange('web', 5).state, status: 'up' }, slotAtMs: null },
    ],
    expected: ['web up at 1: web-5-1/log delivered, web-5-1/mail pending'],
  },
])('writes tell of $name', ({ writes, expected }) => {
  const told = createToldWrites()
  for (const [atMs, write] of writes.entries()) told.add([write], atMs)
  const texts = told.read().map(({ monitor, state, deliveries, toldAtMs }) => {
    const of = deliveries.map(({ id, status }) => `${id} ${status}`)
    return `${monitor} ${state?.status ?? '?'} at ${toldAtMs}: ${of.join(', ')}`
  })
  expect(texts.toSorted()).toEqual([...expected])
})
