/**
 * A server that leads, of the real parts: schedule, check loop, dispatch, conclude, commit, journal, the thread of the
 * database. No pages and no alerts. It notes how long checks take, prints a `LeaderReport` and ends.
 */
import { Database } from 'bun:sqlite'
import { openEngine } from '../../src/cluster/nats/open-engine.ts'
import { createDispatch } from '../../src/cluster/work/dispatch.ts'
import { loadConfig } from '../../src/config/read/load.ts'
import type { KnownNode, Places } from '../../src/core/model/cluster.ts'
import type { Log, Runner } from '../../src/core/model/ports.ts'
import { openChecks } from '../../src/engine/checks/open.ts'
import { systemClock } from '../../src/engine/system-clock.ts'
import { openRunSlots } from '../../src/exec/run-slots.ts'
import { createRunner } from '../../src/exec/runner.ts'
import { createDatabaseThread } from '../../src/store/thread/database-thread.ts'
import { openDurableStore } from '../../src/store/thread/durable-store.ts'
import { createJournaledAccess } from '../../src/store/thread/journaled-access.ts'
import { DATABASE_WORKER } from '../../src/threads.ts'
import { cpuSeconds, threadSeconds } from '../process-usage.ts'
import { createIdleRunner } from './idle-runner.ts'
import { type LeaderOrder, type LeaderReport, readOrder } from './order.ts'

const NODE = 'home'
const TAKEOVER_MS = 15_000
const TICK_MS = 10
/** An agent that was there before the engine knew its place asks again within this. */
const ASK_FOR_WORK_MS = 3000

const order = readOrder<LeaderOrder>()
const clock = systemClock
const log: Log = {
  write(level, message) {
    if (level === 'warn' || level === 'error') console.error(`leader: ${message}`)
  },
}
const loaded = loadConfig({ path: order.config, environment: process.env })
if (!loaded.ok) throw new Error(loaded.mistakes.map(({ message }) => message).join('\n'))
const start = await openEngine(order.access, { node: NODE, kind: 'server', takeoverMs: TAKEOVER_MS }, log)
if (start.kind === 'refused') throw new Error(start.reason)
const { engine } = start
const acquired = await engine.lease.acquire(NODE)
if (acquired.kind !== 'held') throw new Error('there is another leader')
const { lease } = acquired
setInterval(() => void lease.renew(), TAKEOVER_MS / 3)

const access = createJournaledAccess({
  access: createDatabaseThread(order.database, { pid: process.pid, startTicks: '' }, DATABASE_WORKER),
  journal: engine.journal,
  clock,
  node: NODE,
  newId: () => crypto.randomUUID(),
  onStale: () => fail('another server has written'),
  onDamage: fail,
})
const store = await openDurableStore({ access, clock, log })
if ('kind' in store) throw new Error(store.reason)
const { id, lastSequence } = await engine.journal.state()
await access.begin({ id, sequence: lastSequence, recordId: '' }, async () => null)
const led = await access.lead(lease.epoch)
if (led.kind !== 'leads') throw new Error(`it does not lead: ${led.kind}`)

let isNoting = false
let checks = 0
let voids = 0
let committed = 0
const [dispatchedMs, localMs]: number[][] = [[], []]

const local = order.runsProcesses ? createRunner({ environment: process.env, slots: openRunSlots(null) }) : null
const real: Runner = local ?? createIdleRunner()
const unfit = local?.prepare() ?? null
if (unfit !== null) throw new Error(unfit)
const runner: Runner = {
  ...real,
  async run(run) {
    const sentMs = performance.now()
    const result = await real.run(run)
    if (isNoting) localMs?.push(performance.now() - sentMs - result.durationMs)
    return result
  },
}
const nodes = await nodesOnceThere()
const own = { node: NODE, tags: [] }
const dispatch = createDispatch({
  log,
  clock,
  runner: real,
  own,
  sender: engine.sender,
  epoch: lease.epoch,
  nodes: () => nodes,
})
const places: Places = {
  async run(run, about) {
    const sentMs = performance.now()
    const runs = await dispatch.run(run, about)
    if (isNoting) dispatchedMs?.push(performance.now() - sentMs - runs[0].run.durationMs)
    return runs
  },
}

let runCount = 0
const prefix = `${Date.now().toString(36)}-${process.pid.toString(36)}`
const watching = openChecks({
  clock,
  store: {
    ...store,
    commit(change) {
      committed++
      if (isNoting) checks++
      if (isNoting && change.check.outcome === 'void') voids++
      return store.commit(change)
    },
  },
  runner,
  log,
  snapshot: await store.load(),
  hostname: NODE,
  nextRunId: () => `${prefix}-${(++runCount).toString(36)}`,
  deliver: () => {},
  onStill: () => {},
  leading: {
    places,
    lookAt: () => {
      throw new Error('no node is watched')
    },
  },
})
watching.apply(loaded.config)

await Bun.sleep(order.warmUpMs)
const beganMs = performance.now()
const beganAtMs = Date.now()
const before = cpuOfParts()
isNoting = true
const heldMs: number[] = []
let lastMs = performance.now()
const sampling = setInterval(() => {
  const nowMs = performance.now()
  heldMs.push(nowMs - lastMs - TICK_MS)
  lastMs = nowMs
}, TICK_MS)
await Bun.sleep(order.windowMs)
isNoting = false
clearInterval(sampling)
const seconds = (performance.now() - beganMs) / 1000
const after = cpuOfParts()
watching.stop()
// What is under way is waited for, so that the file can be compared with what it was told.
await Bun.sleep(2000)
await store.close()
const file = new Database(order.database, { readonly: true })
const inFile = file.query<{ count: number }, []>('SELECT count(*) AS count FROM checks').get()?.count ?? 0
const cpu = Object.fromEntries(Object.entries(after).map(([part, value]) => [part, value - (before[part] ?? 0)]))
const report: LeaderReport = {
  beganAtMs,
  seconds,
  checks,
  voids,
  dispatchedMs: dispatchedMs ?? [],
  localMs: localMs ?? [],
  heldMs,
  cpu,
  committed,
  inFile,
}
console.log(JSON.stringify(report))
await engine.close()
process.exit()

function cpuOfParts(): Readonly<Record<string, number>> {
  const threads = threadSeconds(process.pid)
  const main = threads.find(({ id }) => id === process.pid)?.seconds ?? 0
  const database = threads.find(({ name }) => name === 'Worker')?.seconds ?? 0
  const others = Object.entries(order.others).map(([part, pid]) => [part, cpuSeconds(pid)] as const)
  return { main, database, runtime: cpuSeconds(process.pid) - main - database, ...Object.fromEntries(others) }
}

/** All nodes, once the agents are there and have asked for work. */
async function nodesOnceThere(): Promise<readonly KnownNode[]> {
  for (;;) {
    const known = await engine.presence.nodes()
    if (known.filter(({ isThere }) => isThere).length >= order.agents) {
      await Bun.sleep(order.agents === 0 ? 0 : ASK_FOR_WORK_MS)
      return known
    }
    await Bun.sleep(100)
  }
}

function fail(reason: string): never {
  console.error(`leader: ${reason}`)
  process.exit(1)
}
