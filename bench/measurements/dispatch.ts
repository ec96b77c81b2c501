import { AGENT_COUNT, type Led, leadIdle } from '../cluster/fleet.ts'
import { type Bench, type Figure, fact, type Measurement } from '../measurement.ts'
import { quantile, renderCount, renderMs, renderPercent } from '../statistics.ts'

const GOAL_PER_SECOND = 5000
const STEP = 1000
/** Of the slots, so many have to have their check. */
const KEPT_SHARE = 0.99
/** Of waiting longer than this nobody would say that it is kept up. */
const KEPT_P99_MS = 1000
const PARTS = ['main', 'database', 'runtime', 'engine', 'agents'] as const

/**
 * One leader of the real parts, with the engine and all agents on the same machine: how many checks a second it sends to
 * agents that answer at once, and what each part takes of that.
 */
export const dispatch: Measurement = {
  name: 'dispatch',
  about: 'checks that a leader sends to simulated agents and folds: rate, share of each part, journal',
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
  },
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
  agents: `${AGENT_COUNT} simulated agents`,
}
