import { type LeaderLoad, type Led, lead, startIdleAgents, startRealAgent } from '../cluster/fleet.ts'
import { type Bench, type Figure, fact, type Measurement } from '../measurement.ts'
import { runSpawnLoop } from '../programs.ts'
import { quantile, renderCount, renderMs, renderPercent } from '../statistics.ts'

const GOAL_PER_SECOND = 5000
const STEP = 1000
/** Of the slots, so many have to have their check. */
const KEPT_SHARE = 0.99
/** Of waiting longer than this nobody would say that it is kept up. */
const KEPT_P99_MS = 1000
const GOAL_OVERHEAD_MS = 20
const AGENTS = { count: 4, slots: 64 }
const COMMAND = ['/bin/true']
const PARTS = ['main', 'database', 'runtime', 'engine', 'agents'] as const

/**
 * One leader of the real parts, with the engine and all agents on the same machine: how many checks a second it sends to
 * agents that answer at once, what each part takes of that, and how much longer a check takes that way.
 */
export const dispatch: Measurement = {
  name: 'dispatch',
  about: 'checks that a leader sends to simulated agents and folds: rate, share of each part, journal, overhead',
  async *measure(bench) {
    const goal = await leadIdle(bench, GOAL_PER_SECOND, 1)
    const isReached = isKept(goal)
    yield {
      name: 'checks per second, dispatched, answered by simulated agents, folded, in the journal and in the file',
      goal: `≥ ${renderCount(GOAL_PER_SECOND)}`,
      reached: `${renderCount(goal.checks / goal.seconds)}: ${renderPercent(goal.share)} of the slots`,
      isReached,
    }
    yield* figuresOf(goal)
    const most = await findMost(bench, isReached)
    yield fact('the most that is kept up', `${renderCount(most)} per second`)

    yield* overhead(`half of that, ${renderCount(most / 2)} per second`, await leadIdle(bench, most / 2, 0.9))
    const { spawnLoop } = bench.programs
    const loop = await runSpawnLoop({ spawnLoop, seconds: 2, atOnce: 8, command: COMMAND })
    const half = Math.round(loop.perSecond / 2)
    bench.note(`${half} per second, half of them by a real agent`)
    const load = { perSecond: half, dispatchedShare: 0.5, command: COMMAND, runsProcesses: true }
    const real = await lead(bench, { ...load, seconds: bench.seconds ?? 10 }, (nats, directory) => {
      return { child: startRealAgent(nats, bench, directory, AGENTS.slots), count: 1 }
    })
    yield* overhead(`real processes, at half of what the C loop can start (${renderCount(half)} per second)`, real)
  },
}

async function leadIdle(bench: Bench, perSecond: number, dispatchedShare: number): Promise<Led> {
  bench.note(`${renderCount(perSecond)} per second`)
  const load: LeaderLoad = {
    perSecond,
    dispatchedShare,
    command: COMMAND,
    runsProcesses: false,
    seconds: bench.seconds ?? 10,
  }
  const led = await lead(bench, load, (nats, directory) => {
    return { child: startIdleAgents(nats, directory, AGENTS), count: AGENTS.count }
  })
  bench.note(`${renderPercent(led.share)} of the slots, p99 ${renderMs(quantile(led.dispatchedMs, 0.99))}`)
  return led
}

function isKept({ share, voids, dispatchedMs, committed, inFile }: Led): boolean {
  // A store that has fallen behind would look fast.
  const isInFile = inFile >= committed
  return isInFile && share >= KEPT_SHARE && voids === 0 && quantile(dispatchedMs, 0.99) <= KEPT_P99_MS
}

/** In steps, up from the goal or down from it. */
async function findMost(bench: Bench, isGoalKept: boolean): Promise<number> {
  if (isGoalKept) {
    let most = GOAL_PER_SECOND
    while (isKept(await leadIdle(bench, most + STEP, 1))) most += STEP
    return most
  }
  let next = GOAL_PER_SECOND - STEP
  while (next > STEP && !isKept(await leadIdle(bench, next, 1))) next -= STEP
  return next
}

function* figuresOf(led: Led): Generator<Figure> {
  const { cpu, seconds, checks, dispatchedMs, heldMs } = led
  for (const part of PARTS) {
    const used = cpu[part] ?? Number.NaN
    yield fact(
      `… ${PART_NAMES[part]}: processor time per check, of one processor`,
      `${renderMs((used * 1000) / checks)}, ${renderPercent(used / seconds)}`,
    )
  }
  yield fact(
    '… from sending to the result, p50 and p99',
    `${renderMs(quantile(dispatchedMs, 0.5))}, ${renderMs(quantile(dispatchedMs, 0.99))}`,
  )
  yield fact(
    "… how long the leader's main thread was held, p99 and most",
    `${renderMs(quantile(heldMs, 0.99))}, ${renderMs(quantile(heldMs, 1))}`,
  )
  yield fact(
    '… journal, per check; checks in a record',
    `${renderCount(led.journalBytes)} bytes; ${renderCount(led.checksPerRecord)}`,
  )
}

const PART_NAMES: Readonly<Record<(typeof PARTS)[number], string>> = {
  main: "the leader's main thread",
  database: 'the thread of the database',
  runtime: "the runtime's threads in the leader",
  engine: 'nats-server',
  agents: `${AGENTS.count} simulated agents`,
}

function* overhead(title: string, { dispatchedMs, localMs }: Led): Generator<Figure> {
  const [dispatched, local] = [quantile(dispatchedMs, 0.99), quantile(localMs, 0.99)]
  yield {
    name: `what a dispatched check takes longer than a local one, p99, at ${title}`,
    goal: `≤ ${GOAL_OVERHEAD_MS} ms`,
    reached: `${renderMs(dispatched - local)} (p50 ${renderMs(quantile(dispatchedMs, 0.5) - quantile(localMs, 0.5))})`,
    isReached: dispatched - local <= GOAL_OVERHEAD_MS,
  }
}
