import { expect, test } from 'bun:test'
import { alert, deliveriesOf, delivers, start } from '../../../test/support/delivery-stage.ts'
import { MINUTE } from '../../../test/support/time.ts'
import type { Delivery, NotificationKind } from '../../core/model/types.ts'

const of = (id: string, kind: NotificationKind, status: Delivery['status'] = 'delivered'): Delivery => {
  const incidentId = id.split('/')[0] ?? ''
  const [made] = deliveriesOf({ id, incidentId, monitor: 'web', kind, alerts: ['mail'], atMs: 0 })
  if (made === undefined) throw new Error('there is one')
  return { ...made, status }
}
const heard = (...ids: readonly string[]) => ids.map((id) => of(id, 'down'))
const up = (incidentId: string) => of(`${incidentId}/up`, 'up', 'pending')

test.each<{ name: string; here: readonly Delivery[]; adopted: readonly Delivery[]; told: readonly string[] }>([
  {
    name: 'is told to those who have heard of it there',
    here: [],
    adopted: [...heard('x/1'), up('x')],
    told: ['x/up'],
  },
  {
    name: 'comes before what is new here',
    here: [of('y/1', 'down', 'pending')],
    adopted: [...heard('w/1'), up('w'), ...heard('x/1'), up('x')],
    told: ['y/1', 'w/up', 'x/up'],
  },
  {
    name: 'is no older news than what was told here of the same incident',
    here: heard('x/1', 'x/2'),
    adopted: [...heard('x/1'), up('x')],
    told: ['x/up'],
  },
  {
    name: 'is pending here, and told once',
    here: [...heard('x/1'), up('x')],
    adopted: [...heard('x/1'), up('x')],
    told: ['x/up'],
  },
  {
    name: 'is pending here, and what is handed over later is no later news',
    here: [...heard('x/1'), up('x')],
    adopted: [of('x/2', 'reminder'), of('x/up', 'up')],
    told: ['x/up'],
  },
  {
    name: 'was told here, and is told once more',
    here: [...heard('x/1'), of('x/up', 'up'), ...heard('y/1')],
    adopted: [...heard('x/2'), up('x')],
    told: ['x/up'],
  },
])('the end of an incident that another server has told $name', async ({ here, adopted, told }) => {
  const { loop, runner, clock } = start([alert('mail')], delivers)
  loop.enqueue(here)
  loop.adopt(adopted, [])
  await clock.advance(MINUTE)
  expect(runner.started.map(({ run }) => JSON.parse(run.input ?? '').notification_id)).toEqual([...told])
  expect(loop.pendingCount).toBe(0)
})

test('an incident that has begun by another server is the newest, and ends as any other', async () => {
  const { loop, runner, clock } = start([alert('mail')], delivers)
  loop.enqueue(heard('x/1'))
  loop.adopt([up('x')], heard('y/1'))
  await clock.advance(MINUTE)
  loop.enqueue([up('y')])
  await clock.advance(MINUTE)
  expect(runner.started.map(({ run }) => JSON.parse(run.input ?? '').notification_id)).toEqual(['x/up', 'y/up'])
})
