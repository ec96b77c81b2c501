import { MINUTE, SECOND } from '../../support/time.ts'
import type { Machine, World } from './world.ts'

type Fault = (world: World) => void

function lastsMs({ random, plan: { takeoverMs } }: World): number {
  return random.weighed([
    [3, random.int(100, 3000)],
    [4, random.int(1, 15) * SECOND],
    [4, random.int(5, 25) * 0.1 * takeoverMs],
    [2, random.int(30, 150) * SECOND],
  ])
}

function anyOne({ random, machines }: World): Machine {
  return random.pick(machines)
}

/** Faults are worth most where they hit whoever leads. */
function oneOrLeader(world: World): Machine {
  const leader = world.machines.find(({ server }) => server !== null && server.server.role !== 'standby')
  return leader !== undefined && world.random.chance(0.5) ? leader : anyOne(world)
}

function kill(world: World): void {
  const machine = oneOrLeader(world)
  world.kill(machine)
  world.later(lastsMs(world), () => world.begin(machine))
}

function killSeveral(world: World): void {
  for (const machine of world.random.some(world.machines, 0.6)) {
    world.kill(machine)
    world.later(lastsMs(world), () => world.begin(machine))
  }
}

function restart(world: World): void {
  const machine = oneOrLeader(world)
  if (world.isFrozen(machine)) return
  world.stop(machine)
  world.later(30 * SECOND + lastsMs(world), () => world.begin(machine))
}

function freeze(world: World): void {
  world.freeze(oneOrLeader(world), lastsMs(world))
}

function cut(world: World): void {
  const machine = oneOrLeader(world)
  world.cut(machine, true)
  world.later(lastsMs(world), () => world.cut(machine, false))
}

function cutSeveral(world: World): void {
  const ms = lastsMs(world)
  for (const machine of world.random.some(world.machines, 0.6)) {
    world.cut(machine, true)
    const togetherMs = world.random.chance(0.5) ? ms : lastsMs(world)
    world.later(togetherMs, () => world.cut(machine, false))
  }
}

function stopEngine(world: World): void {
  world.setEngine(false)
  world.later(lastsMs(world), () => world.setEngine(true))
}

function slowDown({ model, random, later, note }: World): void {
  const [low, high] = random.pick([
    [1, 50],
    [50, 400],
    [1, 1500],
  ] as const)
  note(`world: messages take up to ${high} ms`)
  model.faults.delayMs = [low, high]
  later(random.int(5, 60) * SECOND, () => {
    model.faults.delayMs = [1, 5]
  })
}

function loseAnswers({ model, random, later, note }: World): void {
  note('world: answers are lost, requests come twice')
  model.faults.lostAnswers = random.pick([0.02, 0.1, 0.3])
  model.faults.duplicates = random.pick([0, 0.1, 0.3])
  later(random.int(5, 40) * SECOND, () => {
    model.faults.lostAnswers = 0
    model.faults.duplicates = 0
  })
}

function setClock(world: World): void {
  world.setClock(
    anyOne(world),
    world.random.pick([0, -5 * MINUTE, 5 * MINUTE, -3000, 3000, world.random.int(-500, 500)]),
  )
}

function fillDisk({ random, machines, later, note }: World): void {
  const { name, disk } = random.pick(machines.filter((one) => one.disk !== null))
  if (disk === null) return
  note(`world: the database of ${name} is busy`)
  disk.isBusy = true
  later(random.int(1, 20) * SECOND, () => {
    disk.isBusy = false
  })
}

export function faultsFor({ random }: World): readonly (readonly [weight: number, fault: Fault])[] {
  const all: readonly (readonly [number, Fault])[] = [
    [4, kill],
    [1, killSeveral],
    [2, restart],
    [4, freeze],
    [4, cut],
    [2, cutSeveral],
    [2, stopEngine],
    [2, slowDown],
    [2, loseAnswers],
    [1, setClock],
    [1, fillDisk],
  ]
  // Some worlds have few kinds, so that each shows.
  const some = random.some(all, random.pick([0.3, 1, 1]))
  return some.length === 0 ? all : some
}
