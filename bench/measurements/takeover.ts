import { rmSync, writeFileSync } from 'node:fs'
import { startNats } from '../../test/support/nats.ts'
import type { Bench, Measurement } from '../measurement.ts'
import { startMinitor } from '../minitor.ts'
import { createGround, type Ground } from '../scratch.ts'
import { countStamps, readStamps, stamping } from '../stamps.ts'
import { renderMs, renderSpread } from '../statistics.ts'

/** The shortest that can be configured. */
const LEASE_MS = 3000
const GOAL = 1.5
const CHECK_SECONDS = 0.1
const START_LIMIT_MS = 60_000

/** How long nobody checks when the machine of the leader dies: from `kill -9` to the first check by the other server. */
export const takeover: Measurement = {
  name: 'takeover',
  about: 'two servers of a cluster: from kill -9 of the leader to the first check of the other',
  async *measure(bench) {
    const times: number[] = []
    for (let round = 0; round < (bench.rounds ?? 5); round++) {
      times.push(await killLeader(bench))
      bench.note(`round ${round + 1}: ${renderMs(times.at(-1) ?? Number.NaN)}`)
    }
    const worst = Math.max(...times)
    yield {
      name: `from kill -9 of the leader to the first check of the next, with a lease of ${LEASE_MS / 1000} s`,
      goal: `≤ ${renderMs(GOAL * LEASE_MS)}`,
      reached: `${renderSpread(times, renderMs)}; ${(worst / LEASE_MS).toFixed(2)} leases at most`,
      isReached: worst <= GOAL * LEASE_MS,
    }
  },
}

async function killLeader({ programs, scratch }: Bench): Promise<number> {
  await using nats = await startNats()
  using first = createGround(scratch)
  using second = createGround(scratch)
  const { stamps } = first
  const start = ({ directory, config }: Ground, node: string) => {
    const command = JSON.stringify(stamping(programs.stamp, stamps)(0))
    const cluster = { servers: nats.urls, node, takeover: `${LEASE_MS / 1000}s` }
    const monitors = ['monitors:', `  - { name: m, command: ${command} }`, '']
    writeFileSync(
      config,
      [`check_interval: ${CHECK_SECONDS}`, `cluster: ${JSON.stringify(cluster)}`, ...monitors].join('\n'),
    )
    return startMinitor({ minitor: programs.minitor, config, directory })
  }
  await using leader = await start(first, 'first')
  await leader.until('the first check', START_LIMIT_MS, () => countStamps(stamps) > 0)
  await using standby = await start(second, 'second')
  // Until it has the file of the other; then at any moment between two renewals of the lease.
  await Bun.sleep((3 + Math.random()) * LEASE_MS)
  leader.signal('SIGKILL')
  await Bun.sleep(LEASE_MS / 10)
  const { timesMs } = readStamps(stamps)
  const lastMs = timesMs.at(-1) ?? Number.NaN
  rmSync(stamps)
  await standby.until('the first check of the other server', START_LIMIT_MS, () => countStamps(stamps) > 0)
  return (readStamps(stamps).timesMs[0] ?? Number.NaN) - lastMs
}
