import type { SilenceTarget } from '../../src/core/model/mute.ts'
import { addSilence, endSilences } from '../../src/store/tables/mutes.ts'
import { acknowledge } from '../support/database.ts'
import { HOUR, MINUTE, SECOND } from '../support/time.ts'
import type { DiskMood } from './disk.ts'
import type { Moment, World } from './world.ts'

type Fault = (world: World) => void

function deadMs({ random }: World): number {
  return random.weighed([
    [6, random.int(1, 30) * SECOND],
    [3, random.int(1, 5) * MINUTE],
    [0.3, random.int(1, 4) * HOUR],
  ])
}

function anyMonitor({ random, config }: World): string {
  return config.monitors.length === 0 ? 'nobody' : random.pick(config.monitors).name
}

function flipService(world: World): void {
  world.note(`world: ${world.truth.flip(anyMonitor(world))}`)
}

/** Goes up and down at nearly every check. */
function shakeService(world: World): void {
  const monitor = anyMonitor(world)
  for (let index = 0; index < 12; index++) {
    world.timeline.after(world.configs.paceMs * (index + world.random.fraction()), null, () => {
      world.truth.flip(monitor)
    })
  }
}

function upsetAlert(world: World): void {
  const names = [...world.config.alerts.keys()]
  world.note(`world: ${world.truth.setMood(world.random.pick(names))}`)
}

/** Makes something last for a while. */
function forAWhile(world: World, longestMs: number, begin: () => void, end: () => void): void {
  begin()
  world.timeline.after(world.random.int(SECOND, longestMs), null, end)
}

function breakNetwork(world: World): void {
  const { truth } = world
  world.note('world: the network fails')
  const set = (isUp: boolean) => () => {
    truth.isNetworkUp = isUp
  }
  forAWhile(world, 5 * MINUTE, set(false), set(true))
}

function runShort(world: World): void {
  const { truth } = world
  world.note('world: out of processes')
  const set = (isShort: boolean) => () => {
    truth.isShort = isShort
  }
  forAWhile(world, 40 * SECOND, set(true), set(false))
}

function upsetDisk(world: World): void {
  const { disk, random } = world
  const mood = random.pick<DiskMood>(['is slow', 'is slow', 'is busy', 'is full', 'is full', 'cannot be replaced'])
  world.note(`world: the disk ${mood}`)
  const set = (next: DiskMood) => () => {
    disk.mood = next
  }
  forAWhile(world, 3 * MINUTE, set(mood), set('works'))
}

function damageDisk(world: World): void {
  const how = world.random.pick(['garbage', 'gone'] as const)
  world.note(`world: the file is ${how}`)
  world.disk.damage(how)
}

function crash(world: World): void {
  world.note('world: kill -9')
  world.crash(deadMs(world))
}

function crashSoon(world: World): void {
  const moment = world.random.pick<Moment>([
    'before it is kept',
    'before it is kept',
    'when it is kept',
    'when it is kept',
    'when an alert starts',
    'when an alert has ended',
    'when a check starts',
  ])
  world.note(`world: will die ${moment}`)
  world.crashAt(moment, deadMs(world))
}

function restart(world: World): void {
  world.note('world: SIGTERM')
  world.stop(deadMs(world))
}

function reload(world: World): void {
  const { random } = world
  let next = world.config
  for (let changes = random.int(1, 3); changes > 0; changes--) next = world.configs.changed(next)
  const text = next.monitors.map(({ name, isEnabled, schedule }) => {
    const pace = schedule.kind === 'interval' ? schedule.intervalMs / SECOND : schedule.expression
    return `${name} ${isEnabled ? pace : 'off'}`
  })
  world.note(`world: reload with ${text}; ${[...next.alerts.keys()]}`)
  world.reload(next)
}

function mute(world: World): void {
  const { random, disk, timeline } = world
  const target = random.pick<SilenceTarget>([{ monitor: anyMonitor(world) }, { tag: 'inside' }, 'all'])
  const nowMs = timeline.wallMs()
  const untilMs = nowMs + random.int(10 * SECOND, 10 * MINUTE)
  const about = { monitor: anyMonitor(world), atMs: nowMs, reason: 'on it' }
  const what = random.pick(['silence', 'silence', 'unsilence', 'ack'])
  world.note(`world: ${what} ${JSON.stringify(target)} or ${about.monitor}`)
  disk.change((database) => {
    if (what === 'silence') addSilence(database, { target, untilMs, reason: 'work' }, nowMs)
    else if (what === 'unsilence') endSilences(database, target, nowMs)
    else acknowledge(database, about)
  })
}

function stepClock(world: World): void {
  const { random, timeline, witness } = world
  const size = random.pick([2 * SECOND, 30 * SECOND, 5 * MINUTE, HOUR, 26 * HOUR])
  const byMs = Math.round((random.chance(0.5) ? 1 : -1) * size * (0.5 + random.fraction()))
  world.note(`world: the clock is set by ${byMs} ms`)
  timeline.stepWall(byMs)
  witness.clockSet(byMs)
}

function freeze(world: World): void {
  const { random } = world
  const ms = random.weighed([
    [5, random.int(20, 900)],
    [3, random.int(1, 30) * SECOND],
    [1, random.int(1, 10) * MINUTE],
  ])
  world.note(`world: SIGSTOP for ${ms} ms`)
  world.freeze(ms)
}

const FAULTS: readonly (readonly [weight: number, fault: Fault])[] = [
  [30, flipService],
  [3, shakeService],
  [10, upsetAlert],
  [3, breakNetwork],
  [1, runShort],
  [6, upsetDisk],
  [1, damageDisk],
  [3, crash],
  [8, crashSoon],
  [3, restart],
  [7, reload],
  [8, mute],
  [3, stepClock],
  [5, freeze],
]

/** Some worlds have only some kinds of faults: alone, each shows more clearly. */
export function faultsFor({ random }: World): readonly (readonly [weight: number, fault: Fault])[] {
  const isRich = random.chance(0.5)
  return FAULTS.filter((_, index) => index === 0 || isRich || random.chance(0.4))
}
