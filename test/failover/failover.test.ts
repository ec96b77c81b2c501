import { expect, test } from 'bun:test'
import { hasNetwork } from '../support/cluster/network.ts'
import { hasNats } from '../support/nats.ts'
import { limitMs } from '../support/pace.ts'
import { runFailover } from './failover.ts'

const ROUNDS = 10

test.skipIf(!hasNats || !hasNetwork)(
  `I7: ${ROUNDS} leaders are killed, stopped, frozen or cut off: every long outage is told, and its end, each under one id`,
  async () => {
    const seed = Date.now() % 1_000_000
    const { violations, summary } = await runFailover({ rounds: ROUNDS, seed })
    const replay = `npx bun test/failover/run.ts ${ROUNDS} --seed ${seed}`
    expect({ violations, replay }).toEqual({ violations: [], replay })
    // A loop in which nothing happens proves nothing.
    expect(summary.rounds).toBe(ROUNDS)
    expect(summary.longOutages).toBeGreaterThan(0)
    expect(summary.leaders).toBeGreaterThan(2)
    expect(summary.told).toBeGreaterThan(summary.longOutages)
  },
  limitMs(400_000),
)
