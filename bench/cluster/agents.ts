/** Agents that start no processes: they take what they are sent, and answer at once. */
import { openEngine } from '../../src/cluster/nats/open-engine.ts'
import { createWorker, placesOf } from '../../src/cluster/work/worker.ts'
import type { Runner } from '../../src/core/model/ports.ts'
import { systemClock } from '../../src/engine/system-clock.ts'
import { aCard } from '../../test/support/samples.ts'
import { createIdleRunner } from './idle-runner.ts'
import { type AgentsOrder, readOrder } from './order.ts'

const { access, count, slots } = readOrder<AgentsOrder>()
const runner: Runner = createIdleRunner()
const log = { write: () => {} }

for (let index = 0; index < count; index++) {
  const node = `agent-${index}`
  const tags = ['lan']
  const start = await openEngine(access, { node, kind: 'agent', takeoverMs: 15_000 })
  if (start.kind === 'refused') throw new Error(start.reason)
  const { taker, presence } = start.engine
  const card = aCard({ name: node, hostname: node, tags, slots, startedAtMs: Date.now() })
  const say = () => presence.say(card).catch(() => {})
  await say()
  setInterval(say, 5000)
  createWorker({
    clock: systemClock,
    taker,
    runner,
    log,
    nextRunId: () => 'a-b-1',
    node,
    places: placesOf({ node, tags }),
    slots,
    refuse: () => null,
  })
}
