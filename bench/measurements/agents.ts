import { join } from 'node:path'
import { accessTo } from '../../test/support/engine.ts'
import { startNats } from '../../test/support/nats.ts'
import { startIdleAgents, startRealAgent } from '../cluster/fleet.ts'
import type { FeederOrder, FeederReport } from '../cluster/order.ts'
import { type Bench, type Figure, fact, type Measurement } from '../measurement.ts'
import { runSpawnLoop } from '../programs.ts'
import { createGround } from '../scratch.ts'
import { median, renderCount, renderMs, renderPercent, renderSpread } from '../statistics.ts'

const COMMAND = ['/bin/true']
const AT_ONCE = 32
/** More than the agent has slots: it never waits for work. */
const ON_THEIR_WAY = 128
const GOAL_RATIO = 0.85

/**
 * What an agent costs beside the least that starting a process can cost: the real one, fed by a program that does nothing
 * else, in turn with the C loop. Engine and feeder take their share of the machine, too: so the C loop also runs beside
 * the same traffic, with an agent that starts nothing.
 */
export const agents: Measurement = {
  name: 'agents',
  about: 'processes that an agent starts per second, in turn with a C loop, alone and beside the same traffic',
  async *measure(bench) {
    const rounds: Round[] = []
    for (let round = 0; round < (bench.rounds ?? 3); round++) {
      bench.note(`round ${round + 1}`)
      rounds.push(await measureRound(bench, round))
    }
    const rates = rounds.map(({ fed }) => rateOf(fed))
    const against = (beside: (round: Round) => number) => rounds.map((round) => rateOf(round.fed) / beside(round))
    const figure = (name: string, ratios: readonly number[]): Figure => ({
      name,
      goal: `≥ ${GOAL_RATIO * 100} %`,
      reached: renderSpread(ratios, renderPercent),
      isReached: median(ratios) >= GOAL_RATIO,
    })
    yield figure(
      `processes per second by an agent, ${AT_ONCE} at a time, with engine and feeder on the machine, against the C loop alone`,
      against(({ loop }) => loop),
    )
    yield figure(
      '… against the C loop beside the same traffic',
      against(({ busyLoop }) => busyLoop),
    )
    yield fact('… processes per second', renderSpread(rates, renderCount))
    for (const part of ['agent', 'engine', 'feeder']) {
      const spent = rounds.map(({ fed }) => ((fed.cpu[part] ?? Number.NaN) * 1000) / fed.runs)
      yield fact(`… processor time per process: ${part}`, renderSpread(spent, renderMs))
    }
  },
}

interface Round {
  /** Processes per second of the C loop, alone and beside the traffic. */
  readonly loop: number
  readonly busyLoop: number
  readonly fed: FeederReport
}

function rateOf({ runs, seconds }: FeederReport): number {
  return runs / seconds
}

async function measureRound(bench: Bench, round: number): Promise<Round> {
  const seconds = bench.seconds ?? 5
  const runLoop = async () => {
    const { spawnLoop } = bench.programs
    return (await runSpawnLoop({ spawnLoop, seconds, atOnce: AT_ONCE, command: COMMAND })).perSecond
  }
  const before = round % 2 === 0 ? await runLoop() : null
  const fed = await feed(bench, { seconds, perSecond: null, startAgent: startRealAgent })
  const busy: number[] = []
  await feed(bench, {
    // The feeder is there before the loop and after it.
    seconds: seconds + 2,
    perSecond: rateOf(fed),
    startAgent: (nats, _, directory, slots) => startIdleAgents(nats, directory, { count: 1, slots }),
    onWarm: async () => void busy.push(await runLoop()),
  })
  return { loop: before ?? (await runLoop()), busyLoop: busy[0] ?? Number.NaN, fed }
}

interface Feeding {
  readonly seconds: number
  readonly perSecond: number | null
  readonly startAgent: typeof startRealAgent
  readonly onWarm?: () => Promise<void>
}

const WARM_UP_MS = 3000

async function feed(bench: Bench, { seconds, perSecond, startAgent, onWarm }: Feeding): Promise<FeederReport> {
  using ground = createGround(bench.scratch)
  await using nats = await startNats()
  await using agent = startAgent(nats, bench, ground.directory, AT_ONCE)
  const order: FeederOrder = {
    access: accessTo(nats),
    command: COMMAND,
    atOnce: ON_THEIR_WAY,
    perSecond,
    warmUpMs: WARM_UP_MS,
    windowMs: seconds * 1000,
    others: { engine: nats.servers[0].pid(), agent: agent.pid },
  }
  const feeder = Bun.spawn([process.execPath, join(import.meta.dir, '../cluster/feeder.ts'), JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const report = feeder.stdout.text()
  if (onWarm !== undefined) {
    await Bun.sleep(WARM_UP_MS + 1000)
    await onWarm()
  }
  const text = await report
  if ((await feeder.exited) !== 0) throw new Error('the feeder failed')
  return JSON.parse(text) as FeederReport
}
