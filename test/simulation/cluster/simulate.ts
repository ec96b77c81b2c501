import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRandom } from '../../support/random.ts'
import { MINUTE, SECOND } from '../../support/time.ts'
import { createEventLog } from '../event-log.ts'
import { faultsFor } from './faults.ts'
import { contentOf, differences, positionOf } from './tables.ts'
import { createWorld, type World } from './world.ts'

export interface Report {
  readonly seed: number
  /** Broken rules, oldest first. */
  readonly violations: readonly string[]
  /** The hash of the event log: equal for equal seeds. */
  readonly hash: string
  /** The event log; empty unless asked for. */
  readonly lines: readonly string[]
  readonly seconds: number
  readonly tellings: number
  /** How often it was judged whether people know how a service is. */
  readonly judged: number
}

const REST_WITHIN_MS = 10 * MINUTE
const QUIET_MS = 45 * SECOND

/** Runs one world of a cluster, faults and all, and judges how it ended. Nothing in it depends on real chance or time. */
export function simulateCluster(seed: number, { keepsLines = false } = {}): Report {
  const directory = scratch()
  const random = createRandom(seed)
  const events = createEventLog(keepsLines)
  const world = createWorld({
    random,
    directory,
    note: (atMs, line) => events.note(atMs, line.replaceAll(directory, '')),
  })
  try {
    live(world)
  } catch (error) {
    world.accuse('nothing is thrown', error instanceof Error ? (error.stack ?? error.message) : String(error))
  } finally {
    for (const machine of world.machines) world.kill(machine)
    rmSync(directory, { recursive: true, force: true })
  }
  return {
    seed,
    violations: world.violations,
    hash: events.hash(),
    lines: events.lines,
    seconds: Math.round(world.timeline.nowMs / SECOND),
    tellings: world.telling.tellings.length,
    judged: world.news.judgedCount,
  }
}

function live(world: World): void {
  const { timeline, random, machines, kept } = world
  const isBroken = () => {
    kept.look()
    return world.violations.length > 0
  }
  for (const machine of machines) timeline.after(random.int(1, 5000), null, () => world.begin(machine))
  const lastMs = random.int(3, 8) * MINUTE
  const faults = faultsFor(world)
  const apartMs = random.pick([5, 15, 30, 60]) * SECOND
  timeline.run(random.int(0, 30) * SECOND, isBroken)
  while (timeline.nowMs < lastMs && !isBroken()) {
    timeline.run(timeline.nowMs + apartMs * 2 * random.fraction(), isBroken)
    random.weighed(faults)(world)
  }
  if (!isBroken()) rest(world, isBroken)
  if (!isBroken()) judgeEnd(world, isBroken)
}

/** All faults stop. Now everything must come to rest. */
function rest(world: World, isBroken: () => boolean): void {
  const { timeline, model, machines } = world
  world.news.disturbed()
  world.note('world: all faults stop')
  Object.assign(model.faults, { delayMs: [1, 5], lostAnswers: 0, duplicates: 0 })
  world.setEngine(true)
  for (const machine of machines) {
    world.cut(machine, false)
    if (machine.disk !== null) machine.disk.isBusy = false
  }
  // What was to end later does nothing now; who stands still or is to stop does so first.
  const untilMs = timeline.nowMs + REST_WITHIN_MS
  let quietSinceMs = timeline.nowMs
  world.healServices()
  while (timeline.nowMs < untilMs && timeline.nowMs - quietSinceMs < QUIET_MS && !isBroken()) {
    timeline.run(timeline.nowMs + 5 * SECOND, isBroken)
    for (const machine of machines) world.begin(machine)
    if (unrest(world) !== null) quietSinceMs = timeline.nowMs
  }
  const reason = unrest(world)
  if (reason !== null) world.accuse('all comes to rest', reason)
}

/** The clock of a node that is off by more is a warning. None is off by about as much. */
const CLOCK_OFF_MS = 30 * SECOND

/** What is not as it should be, once all is well; null if everything is. */
function unrest({ machines, model, plan, saved }: World): string | null {
  for (const machine of machines) if (machine.life === null) return `${machine.name} does not run`
  const servers = machines.flatMap(({ name, server: process }) => {
    if (process === null) return []
    const { server, watching } = process
    return [{ name, server, watching, role: server.role }]
  })
  const leaders = servers.filter(({ role }) => role === 'leader')
  if (leaders.length !== 1)
    return `${leaders.length} servers lead: ${servers.map(({ name, role }) => `${name} ${role}`)}`
  const last = model.records.at(-1)?.sequence ?? 0
  for (const { name, role, server, watching } of servers) {
    if (role === 'alone') return `${name} is alone`
    if (server.sequence === null || server.sequence < last - 3)
      return `${name} has ${server.sequence} of ${last} records`
    if (role === 'leader' && watching === null) return `${name} leads and does not watch`
    if (role === 'leader' && watching !== null && watching.pendingDeliveries > 0) return `${name} has something to tell`
  }
  const names = [...plan.config.monitors.map(({ name }) => name), ...plan.nodes.map(({ name }) => `node ${name}`)]
  for (const name of names) {
    const change = saved.get(name)
    if (change === undefined) return `${name} was never checked`
    const isOff = machines.some(
      (machine) => name === `node ${machine.name}` && Math.abs(machine.skewMs) >= CLOCK_OFF_MS,
    )
    if (change.check.outcome !== (isOff ? 'warned' : 'passed'))
      return `${name}: ${change.check.outcome}: ${change.check.reason}`
    if (change.state.status !== 'up') return `${name} is ${change.state.status}`
  }
  return null
}

function judgeEnd(world: World, isBroken: () => boolean): void {
  const { timeline, machines, telling, accuse } = world
  telling.judgeEnd()
  judgeFiles(world, isBroken)
  for (const machine of machines) {
    world.stop(machine)
    // One after the other, so that another leads meanwhile.
    timeline.run(timeline.nowMs + 20 * SECOND, isBroken)
    if (machine.life !== null) accuse('who is to stop does so', machine.name)
  }
  world.kept.judgeEnd(world.files())
}

const AGREE_WITHIN_MS = 30 * SECOND
const LOOK_MS = 20

/** At a moment at which all files have the same records, they say the same. */
function judgeFiles({ machines, timeline, accuse }: World, isBroken: () => boolean): void {
  const paths = machines.flatMap(({ disk }) => (disk === null ? [] : [disk.path]))
  const untilMs = timeline.nowMs + AGREE_WITHIN_MS
  while (new Set(paths.map(positionOf)).size > 1 && timeline.nowMs < untilMs && !isBroken()) {
    timeline.run(timeline.nowMs + LOOK_MS, isBroken)
  }
  const [first, ...others] = paths.map((path) => ({ path, content: contentOf(path) }))
  for (const { path, content } of others) {
    const different = first === undefined ? [] : differences(first.content, content)
    if (different.length > 0) accuse('all files say the same', `${first?.path}, ${path}: ${different.join('; ')}`)
  }
}

/** In memory where possible: nothing has to survive this machine. */
function scratch(): string {
  const parent = join(tmpdir(), 'minitor-simulation')
  try {
    return mkdtempSync('/dev/shm/minitor-cluster-')
  } catch {
    mkdirSync(parent, { recursive: true })
    return mkdtempSync(join(parent, 'cluster-'))
  }
}
