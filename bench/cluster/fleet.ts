import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { accessTo } from '../../test/support/engine.ts'
import { type Nats, startNats } from '../../test/support/nats.ts'
import { type Child, startChild } from '../child.ts'
import type { Bench } from '../measurement.ts'
import { createGround } from '../scratch.ts'
import { quantile, renderCount, renderMs, renderPercent } from '../statistics.ts'
import type { AgentsOrder, LeaderOrder, LeaderReport } from './order.ts'

/** What a leader has to do. */
interface LeaderLoad {
  /** Checks that are due per second. */
  readonly perSecond: number
  /** How many of them run elsewhere, 0 to 1; the others run on the leader. */
  readonly dispatchedShare: number
  readonly command: readonly string[]
  /** Whether the leader starts real processes. */
  readonly runsProcesses: boolean
  readonly seconds: number
}

export interface Led extends LeaderReport {
  /** The share of the due checks that ran. */
  readonly share: number
  /** What the journal has grown by, for each check. */
  readonly journalBytes: number
  readonly checksPerRecord: number
}

const INTERVAL_SECONDS = 5
/** The first round, in which everything is new, and a bit. */
const WARM_UP_MS = 7000
const LOOK_EVERY_MS = 250

/** Agents that start no processes, all in one program of their own. */
export function startIdleAgents(nats: Nats, directory: string, about: { count: number; slots: number }): Child {
  const order: AgentsOrder = { access: accessTo(nats), ...about }
  return startChild({
    command: [process.execPath, join(import.meta.dir, 'agents.ts'), JSON.stringify(order)],
    outputFile: join(directory, 'agents.log'),
  })
}

/** The agent of the executable, with the tag `lan`. */
export function startRealAgent(nats: Nats, { programs }: Bench, directory: string, slots: number): Child {
  const about = ['--name', 'test', '--node', 'agent-0', '--tag', 'lan', '--slots', `${slots}`]
  return startChild({
    command: [programs.minitor, 'agent', '--cluster', nats.urls.join(','), ...about],
    outputFile: join(directory, 'agent.log'),
  })
}

/** Runs a leader on a new engine with the agents that `startAgents` starts, for one round and then for some seconds. */
async function lead(
  { scratch }: Bench,
  load: LeaderLoad,
  startAgents: (nats: Nats, directory: string) => { readonly child: Child; readonly count: number },
): Promise<Led> {
  using ground = createGround(scratch)
  const { directory, config } = ground
  await using nats = await startNats()
  const { child, count: agents } = startAgents(nats, directory)
  await using _ = child
  writeLeaderConfig(config, nats, load)
  const order: LeaderOrder = {
    access: accessTo(nats),
    config,
    database: join(directory, 'leader.db'),
    agents,
    runsProcesses: load.runsProcesses,
    warmUpMs: WARM_UP_MS,
    // Whole rounds: within one, checks need not be spread evenly.
    windowMs: Math.ceil(load.seconds / INTERVAL_SECONDS) * INTERVAL_SECONDS * 1000,
    others: { engine: nats.servers[0].pid(), agents: child.pid },
  }
  const leader = Bun.spawn([process.execPath, join(import.meta.dir, 'leader.ts'), JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const samples: Sample[] = []
  const sampling = setInterval(async () => void samples.push(await look(nats)), LOOK_EVERY_MS)
  const text = await leader.stdout.text()
  clearInterval(sampling)
  if ((await leader.exited) !== 0) throw new Error('the leader failed')
  const report = JSON.parse(text) as LeaderReport
  const at = (atMs: number) => samples.find((sample) => sample.atMs >= atMs) ?? samples.at(-1)
  const [before, after] = [at(report.beganAtMs), at(report.beganAtMs + report.seconds * 1000)]
  if (before === undefined || after === undefined) throw new Error('nothing is known of the journal')
  return {
    ...report,
    share: report.checks / (load.perSecond * report.seconds),
    journalBytes: (after.bytes - before.bytes) / report.checks,
    checksPerRecord: report.checks / (after.records - before.records),
  }
}

function writeLeaderConfig(path: string, nats: Nats, { perSecond, dispatchedShare, command }: LeaderLoad): void {
  const count = Math.round(perSecond * INTERVAL_SECONDS)
  const monitors = Array.from({ length: count }, (_, index) => {
    // Spread over the list, and so over the round.
    const isDispatched = Math.floor((index + 1) * dispatchedShare) > Math.floor(index * dispatchedShare)
    const runOn = isDispatched ? ', run_on: {tag: lan}' : ''
    return `  - { name: m${index}, command: ${JSON.stringify(command)}${runOn} }`
  })
  const head = [`check_interval: ${INTERVAL_SECONDS}`, `cluster: { servers: ${JSON.stringify(nats.urls)}, node: home }`]
  writeFileSync(path, [...head, 'monitors:', ...monitors, ''].join('\n'))
}

interface Sample {
  readonly atMs: number
  readonly bytes: number
  readonly records: number
}

interface Streams {
  readonly account_details?: readonly {
    readonly stream_detail?: readonly {
      readonly name: string
      readonly state: { readonly bytes: number; readonly messages: number }
    }[]
  }[]
}

async function look(nats: Nats): Promise<Sample> {
  const { account_details: accounts = [] } = (await nats.servers[0].monitor('/jsz?streams=1')) as Streams
  const streams = accounts.flatMap(({ stream_detail = [] }) => stream_detail)
  const { bytes, messages } = streams.find(({ name }) => name.endsWith('_JOURNAL'))?.state ?? { bytes: 0, messages: 0 }
  return { atMs: Date.now(), bytes, records: messages }
}

/** Agents that answer at once, in one program. */
export const AGENT_COUNT = 4
const SLOTS = 64

/** The same with agents that answer at once; what the leader runs itself ends at once, too. */
export async function leadIdle(bench: Bench, perSecond: number, dispatchedShare: number): Promise<Led> {
  bench.note(`${renderCount(perSecond)} per second`)
  const load = {
    perSecond,
    dispatchedShare,
    command: ['/bin/true'],
    runsProcesses: false,
    seconds: bench.seconds ?? 10,
  }
  const led = await lead(bench, load, (nats, directory) => {
    return { child: startIdleAgents(nats, directory, { count: AGENT_COUNT, slots: SLOTS }), count: AGENT_COUNT }
  })
  bench.note(`${renderPercent(led.share)} of the slots, p99 ${renderMs(quantile(led.dispatchedMs, 0.99))}`)
  return led
}

/** The same with the agent of the executable, and real processes on both sides. */
export function leadReal(bench: Bench, perSecond: number, dispatchedShare: number): Promise<Led> {
  bench.note(`${renderCount(perSecond)} processes per second`)
  const load = { perSecond, dispatchedShare, command: ['/bin/true'], runsProcesses: true, seconds: bench.seconds ?? 10 }
  return lead(bench, load, (nats, directory) => ({ child: startRealAgent(nats, bench, directory, SLOTS), count: 1 }))
}
