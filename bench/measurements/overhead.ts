import { type Led, leadIdle, leadReal } from '../cluster/fleet.ts'
import { type Figure, fact, type Measurement } from '../measurement.ts'
import { runSpawnLoop } from '../programs.ts'
import { quantile, renderCount, renderMs } from '../statistics.ts'

const GOAL_MS = 20
/** Half of what one leader has to dispatch. */
const HALF_PER_SECOND = 2500

/** How much longer a check takes when it is sent to an agent, with checks that run on the leader beside it. */
export const overhead: Measurement = {
  name: 'overhead',
  about: 'what a dispatched check takes longer than a local one, at half load',
  async *measure(bench) {
    const idle = await leadIdle(bench, HALF_PER_SECOND, 0.9)
    yield* figuresOf(`${renderCount(HALF_PER_SECOND)} per second that start nothing`, idle)
    const { perSecond } = await runSpawnLoop({
      spawnLoop: bench.programs.spawnLoop,
      seconds: 2,
      atOnce: 8,
      command: ['/bin/true'],
    })
    const quarter = Math.round(perSecond / 4)
    const real = await leadReal(bench, quarter, 0.5)
    yield* figuresOf(`${renderCount(quarter)} processes per second, a quarter of what the C loop starts`, real)
  },
}

function* figuresOf(title: string, { dispatchedMs, localMs, share }: Led): Generator<Figure> {
  const at = (q: number) => quantile(dispatchedMs, q) - quantile(localMs, q)
  yield {
    name: `what a dispatched check takes longer than a local one, p99, at ${title}`,
    goal: `≤ ${GOAL_MS} ms`,
    reached: `${renderMs(at(0.99))} (p50 ${renderMs(at(0.5))})`,
    isReached: at(0.99) <= GOAL_MS && share > 0.99,
  }
  yield fact(
    '… the local one, p50 and p99',
    `${renderMs(quantile(localMs, 0.5))}, ${renderMs(quantile(localMs, 0.99))}`,
  )
}
