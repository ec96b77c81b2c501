import { expect, test } from 'bun:test'
import { createFakeClock } from '../../../test/support/fake-clock.ts'
import { collectLog } from '../../../test/support/samples.ts'
import type { Beginning } from '../../core/model/cluster.ts'
import type { Store } from '../../core/model/ports.ts'
import type { Delivery } from '../../core/model/types.ts'
import { createAnnouncer } from './announce.ts'

const SINCE_MS = Date.parse('2026-07-31T18:00:00Z')

test.each<{ name: string; beginning: Beginning | undefined; expected: string }>([
  { name: 'was off', beginning: undefined, expected: 'Minitor is back on nas: nothing was watched for 12s' },
  {
    name: 'takes over',
    beginning: { kind: 'takeover', from: 'vps-a' },
    expected: 'Minitor on nas took over from vps-a: nothing was watched for 12s',
  },
  {
    name: 'is alone',
    beginning: { kind: 'alone' },
    expected:
      'Minitor on nas watches by itself, as the engine of its cluster does not answer: it knows nothing of the last 12s',
  },
])('a Minitor that $name says so, and since when', async ({ beginning, expected }) => {
  const clock = createFakeClock(SINCE_MS + 12_000)
  const told: Delivery[] = []
  const store = { settle: async () => {} } as unknown as Store
  const deliver = (deliveries: readonly Delivery[]) => void told.push(...deliveries)
  createAnnouncer({ clock, store, log: collectLog(), hostname: 'nas', deliver }).back(SINCE_MS, ['mail'], beginning)
  await clock.advance(0)
  expect(told.map(({ notification }) => notification.message.split(', since')[0])).toEqual([expected])
})
