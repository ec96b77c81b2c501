/**
 * Keeps a place busy without the rest of a leader: sends the next command as soon as one has come back, and prints how
 * many came back per second.
 */
import { openEngine } from '../../src/cluster/nats/open-engine.ts'
import { createDispatch } from '../../src/cluster/work/dispatch.ts'
import { systemClock } from '../../src/engine/system-clock.ts'
import { cpuSeconds } from '../process-usage.ts'
import { createIdleRunner } from './idle-runner.ts'
import { type FeederOrder, type FeederReport, readOrder } from './order.ts'

/** What could not be sent in time is not made up for at once. */
const MOST_BEHIND_MS = 100

const order = readOrder<FeederOrder>()
const start = await openEngine(order.access, { node: 'home', kind: 'server', takeoverMs: 15_000 })
if (start.kind === 'refused') throw new Error(start.reason)
const dispatch = createDispatch({
  log: { write: () => {} },
  clock: systemClock,
  runner: createIdleRunner(),
  own: { node: 'home', tags: [] },
  sender: start.engine.sender,
  epoch: 1,
  nodes: () => [],
})
const place = { kind: 'tag', tag: 'lan' } as const
const [program = '', ...args] = order.command
const prefix = `${Date.now().toString(36)}-${process.pid.toString(36)}`
let sent = 0
let done = 0

/** When the next one may be sent. */
let turnMs = performance.now()
const ownTurn = async () => {
  if (order.perSecond === null) return
  turnMs = Math.max(turnMs, performance.now() - MOST_BEHIND_MS) + 1000 / order.perSecond
  const waitMs = turnMs - performance.now()
  if (waitMs > 0) await Bun.sleep(waitMs)
}

const feed = async () => {
  for (;;) {
    await ownTurn()
    const runId = `${prefix}-${(++sent).toString(36)}`
    const command = [program, ...args] as const
    const run = { command, env: {}, workingDirectory: null, timeoutMs: 10_000, runId, input: null }
    const runOn = { places: [place], quorum: 1 } as const
    const [answer] = await dispatch.run(run, {
      monitor: 'm',
      runOn,
      goodForMs: 60_000,
      isDecided: () => true,
      onSent() {},
    })
    const { ending } = answer.run
    if (ending.kind !== 'exited' || ending.exitCode !== 0)
      throw new Error(`a command failed: ${JSON.stringify(ending)}`)
    done++
  }
}
for (let index = 0; index < order.atOnce; index++) void feed()
while (done < order.atOnce) await Bun.sleep(20)
await Bun.sleep(order.warmUpMs)
const [before, beganMs] = [done, performance.now()]
const cpu = () =>
  Object.entries({ feeder: process.pid, ...order.others }).map(([part, pid]) => [part, cpuSeconds(pid)] as const)
const cpuBefore = new Map(cpu())
await Bun.sleep(order.windowMs)
const cpuOf = Object.fromEntries(cpu().map(([part, seconds]) => [part, seconds - (cpuBefore.get(part) ?? 0)]))
const seconds = (performance.now() - beganMs) / 1000
const report: FeederReport = { seconds, runs: done - before, cpu: cpuOf }
console.log(JSON.stringify(report))
process.exit()
