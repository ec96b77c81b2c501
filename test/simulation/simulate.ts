import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRandom } from '../support/random.ts'
import { HOUR, MINUTE, SECOND } from '../support/time.ts'
import { createEventLog } from './event-log.ts'
import { faultsFor } from './faults.ts'
import { judgeEnd } from './judge-end.ts'
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
}

/** A world with faults runs for about this many checks, and at most for this long. */
const CHECKS = 600
const LONGEST_MS = 3 * HOUR
const FAULTS_AT_LEAST = 50
/** After the last fault, everything must come to rest within this time. */
const REST_WITHIN_MS = 8 * HOUR

/** Runs one world, faults and all, and judges how it ended. Nothing in it depends on real chance or time. */
export function simulate(seed: number, { keepsLines = false } = {}): Report {
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
    world.close()
    rmSync(directory, { recursive: true, force: true })
  }
  return {
    seed,
    violations: world.violations,
    hash: events.hash(),
    lines: events.lines,
    seconds: Math.round(world.timeline.nowMs / SECOND),
    tellings: world.telling.tellings.length,
  }
}

function live(world: World): void {
  const { timeline, random } = world
  const isBroken = () => world.violations.length > 0
  const perMs = world.config.monitors.reduce(
    (sum, { schedule }) => sum + (schedule.kind === 'interval' ? 1 / schedule.intervalMs : 0),
    1 / MINUTE,
  )
  const lastMs = Math.min(LONGEST_MS, CHECKS / perMs)
  const faults = faultsFor(world)
  world.begin()
  // Some worlds are calm, so that the consequences of one fault show to their end.
  const apartMs = (lastMs / FAULTS_AT_LEAST) * random.pick([0.3, 1, 1, 3])
  while (timeline.nowMs < lastMs && !isBroken()) {
    timeline.run(timeline.nowMs + apartMs * 2 * random.fraction(), isBroken)
    random.weighed(faults)(world)
    if (world.engine !== null) world.witness.pulsed()
  }
  rest(world, isBroken)
}

/** Stops all faults. Everything that is owed must be delivered now. */
function rest(world: World, isBroken: () => boolean): void {
  const { timeline, truth, disk } = world
  world.note('world: all faults stop')
  world.disarm()
  truth.heal()
  disk.mood = 'works'
  disk.change((database) => database.run('UPDATE silences SET until_ms = 0'))
  world.reload(world.configs.calmed(world.config))
  const untilMs = timeline.nowMs + REST_WITHIN_MS
  let quietSinceMs = timeline.nowMs
  while (timeline.nowMs < untilMs && timeline.nowMs - quietSinceMs < MINUTE && !isBroken()) {
    timeline.run(timeline.nowMs + 10 * SECOND, isBroken)
    if (!isAtRest(world)) quietSinceMs = timeline.nowMs
  }
  if (world.engine !== null) world.witness.pulsed()
  if (!isBroken()) judgeEnd(world)
  if (!isBroken()) judgeRestart(world, isBroken)
}

/** A restart of a world at rest finds everything, and reports nothing but itself. */
function judgeRestart(world: World, isBroken: () => boolean): void {
  const { timeline, telling, accuse } = world
  const toldBefore = telling.tellings.length
  world.stop(SECOND)
  timeline.run(timeline.nowMs + MINUTE, isBroken)
  // The notification of the restart itself may wait for a digest.
  timeline.run(timeline.nowMs + 3 * MINUTE, () => isBroken() || isAtRest(world))
  if (!isAtRest(world)) accuse('a restart changes nothing', 'it is not at rest')
  const more = telling.tellings.slice(toldBefore).filter(({ kind }) => kind !== 'restarted')
  for (const { id, alert } of more) accuse('a restart changes nothing', `${id} is told by ${alert}`)
}

function isAtRest({ engine, config, state }: World): boolean {
  if (engine === null || engine.pendingDeliveries > 0) return false
  return config.monitors.every(({ name, isEnabled }) => {
    const known = state.known.get(name)
    return !isEnabled || (known?.status === 'up' && known.flapping === null)
  })
}

/** In memory where possible: nothing has to survive this machine. */
function scratch(): string {
  const parent = join(tmpdir(), 'minitor-simulation')
  try {
    return mkdtempSync('/dev/shm/minitor-simulation-')
  } catch {
    mkdirSync(parent, { recursive: true })
    return mkdtempSync(join(parent, 'world-'))
  }
}
