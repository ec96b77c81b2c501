import { join } from 'node:path'
import { accessTo } from '../../test/support/engine.ts'
import { startNats } from '../../test/support/nats.ts'
import { startRealAgent } from '../cluster/fleet.ts'
import type { FeederOrder, FeederReport } from '../cluster/order.ts'
import { type Bench, fact, type Measurement } from '../measurement.ts'
import { runSpawnLoop } from '../programs.ts'
import { createGround } from '../scratch.ts'
import { median, renderCount, renderMs, renderPercent, renderSpread } from '../statistics.ts'

const COMMAND = ['/bin/true']
const AT_ONCE = 8
/** More than the agent has slots: it never waits for work. */
const ON_THEIR_WAY = 64
const GOAL_RATIO = 0.85

/**
 * What an agent costs beside the least that starting a process can cost: the real one, fed by a program that does nothing
 * else, in turn with the C loop. The engine and the feeder share the machine with it.
 */
export const agents: Measurement = {
  name: 'agents',
  about: 'processes that an agent starts per second, in turn with a C loop',
  async *measure(bench) {
    const seconds = bench.seconds ?? 5
    const { spawnLoop } = bench.programs
    const rounds: { readonly loop: number; readonly fed: FeederReport }[] = []
    for (let round = 0; round < (bench.rounds ?? 3); round++) {
      bench.note(`round ${round + 1}`)
      const runLoop = () => runSpawnLoop({ spawnLoop, seconds, atOnce: AT_ONCE, command: COMMAND })
      const before = round % 2 === 0 ? await runLoop() : null
      const fed = await feed(bench, seconds)
      const { perSecond } = before ?? (await runLoop())
      rounds.push({ loop: perSecond, fed })
    }
    const rates = rounds.map(({ fed }) => fed.runs / fed.seconds)
    const ratios = rounds.map(({ loop, fed }) => fed.runs / fed.seconds / loop)
    yield {
      name: `processes per second by an agent, ${AT_ONCE} at a time, against the C loop in the same round`,
      goal: `≥ ${GOAL_RATIO * 100} %`,
      reached: `${renderSpread(ratios, renderPercent)}; ${renderSpread(rates, renderCount)}`,
      isReached: median(ratios) >= GOAL_RATIO,
    }
    for (const part of ['agent', 'engine', 'feeder']) {
      const spent = rounds.map(({ fed }) => ((fed.cpu[part] ?? Number.NaN) * 1000) / fed.runs)
      yield fact(`… processor time per process: ${part}`, renderSpread(spent, renderMs))
    }
  },
}

async function feed(bench: Bench, seconds: number): Promise<FeederReport> {
  using ground = createGround(bench.scratch)
  await using nats = await startNats()
  await using agent = startRealAgent(nats, bench, ground.directory, AT_ONCE)
  const order: FeederOrder = {
    access: accessTo(nats),
    command: COMMAND,
    atOnce: ON_THEIR_WAY,
    warmUpMs: 3000,
    windowMs: seconds * 1000,
    others: { engine: nats.servers[0].pid(), agent: agent.pid },
  }
  const feeder = Bun.spawn([process.execPath, join(import.meta.dir, '../cluster/feeder.ts'), JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const text = await feeder.stdout.text()
  if ((await feeder.exited) !== 0) throw new Error('the feeder failed')
  return JSON.parse(text) as FeederReport
}
