import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { aCheckLoop } from '../../../test/support/check-loop.ts'
import { createFakeClock } from '../../../test/support/fake-clock.ts'
import { createFakeRunner, EXITED_0, EXITED_1 } from '../../../test/support/fake-runner.ts'
import {
  createReference,
  NAMES,
  type Name,
  type Pace,
  type Reference,
  TAGS,
  type World,
} from '../../../test/support/mutes-reference.ts'
import { aConfig, aMonitor } from '../../../test/support/samples.ts'
import type { MaintenanceWindow } from '../../core/model/config.ts'
import type { Silence } from '../../core/model/mute.ts'
import type { Change, Store } from '../../core/model/ports.ts'
import type { Monitor, MonitorState } from '../../core/model/types.ts'
import { createMemoryStore } from '../../store/memory-store.ts'

/** Every monitor is checked once in a step. */
const STEP_MS = 10_000
const TARGETS: readonly Silence['target'][] = ['all', { tag: 'edge' }, { monitor: 'router' }, { monitor: 'web' }]

type Action =
  | { readonly kind: 'service'; readonly name: Name; readonly isBroken: boolean }
  | { readonly kind: 'silence'; readonly target: Silence['target']; readonly steps: number }
  | { readonly kind: 'unsilence' }
  | { readonly kind: 'ack'; readonly name: Name }
  | { readonly kind: 'maintenance'; readonly of: 'all' | 'edge' | 'web' | 'none' }
  | { readonly kind: 'guard'; readonly isFailing: boolean }
  | { readonly kind: 'wait'; readonly steps: number }

function monitorOf(name: Name, { after, every }: Pace): Monitor {
  return aMonitor({
    name,
    tags: TAGS[name],
    dependsOn: name === 'web' ? ['router'] : [],
    schedule: { kind: 'interval', intervalMs: STEP_MS },
    policy: {
      ...aMonitor().policy,
      alertAfter: { kind: 'failures', count: after },
      alertEvery: every === 0 ? { kind: 'once' } : { kind: 'failures', count: every },
    },
  })
}

function windowsOf(maintenance: World['maintenance']): MaintenanceWindow[] {
  if (maintenance === 'none') return []
  const of = { monitors: maintenance === 'web' ? ['web'] : [], tags: maintenance === 'edge' ? ['edge'] : [] }
  return [{ expression: '* * * * * *', timezone: 'UTC', durationMs: 60_000, of: maintenance === 'all' ? null : of }]
}

/** The same words for what the engine has done. */
function outcomeOf({ check, notifications, quiet }: Change): string {
  if (check.outcome === 'void') return 'void'
  const [first] = notifications
  if (first !== undefined) return first.kind
  return /^(?:silenced|maintenance|acknowledged|depends)/.exec(quiet)?.[0] ?? ''
}

async function play(paces: Readonly<Record<Name, Pace>>, order: readonly Name[], actions: readonly Action[]) {
  const world: World = { broken: new Set(), guardFails: false, silences: [], maintenance: 'none' }
  const clock = createFakeClock(Date.UTC(2026, 0, 1))
  const router = createReference(world, paces.router, 'router', null)
  const references: Readonly<Record<Name, Reference>> = {
    router,
    web: createReference(world, paces.web, 'web', router),
    api: createReference(world, paces.api, 'api', null),
  }
  const states = new Map<string, MonitorState>()
  const acknowledged = new Map<string, string>()
  const seen: string[] = []
  const expected: string[] = []
  let tellMutes: Parameters<Store['onMutes']>[0] = () => {}

  const memory = createMemoryStore()
  const store: Store = {
    ...memory,
    onMutes: (listener) => {
      tellMutes = listener
    },
    async commit(change) {
      const { monitor, startedAtMs } = change.check
      const label = `${startedAtMs} ${monitor} `
      expected.push(label + references[monitor as Name].check(startedAtMs, clock.wallMs()))
      seen.push(label + outcomeOf(change))
      // What counts for nothing changes nothing.
      if (change.check.outcome === 'void') expect(change.state).toEqual(states.get(monitor) ?? change.state)
      states.set(monitor, change.state)
    },
  }
  const runner = createFakeRunner(clock, ({ env }) => {
    const name = env.MINITOR_MONITOR_NAME ?? ''
    const isFailing = name === 'guard' ? world.guardFails : world.broken.has(name)
    return { takesMs: 1, ending: isFailing ? EXITED_1 : EXITED_0 }
  })
  const loop = aCheckLoop({ clock, runner, store })
  const configure = () =>
    loop.apply({
      ...aConfig(order.map((name) => monitorOf(name, paces[name]))),
      guard: { command: ['guard'], intervalMs: 3_600_000, timeoutMs: 1000 },
      maintenance: windowsOf(world.maintenance),
    })

  const push = () => {
    const acknowledgements = [...acknowledged.values()].map((incidentId) => ({ incidentId, atMs: 0, reason: '' }))
    tellMutes({ silences: world.silences, acknowledgements })
  }

  const act = (action: Action) => {
    switch (action.kind) {
      case 'service':
        if (action.isBroken) world.broken.add(action.name)
        else world.broken.delete(action.name)
        return
      case 'guard':
        world.guardFails = action.isFailing
        return
      case 'maintenance':
        world.maintenance = action.of
        return configure()
      case 'silence': {
        const untilMs = clock.wallMs() + action.steps * STEP_MS
        world.silences = [...world.silences, { target: action.target, untilMs, reason: '' }]
        return push()
      }
      case 'unsilence':
        world.silences = world.silences.slice(1)
        return push()
      case 'ack': {
        const incidentId = states.get(action.name)?.incidentId ?? null
        expect(incidentId !== null).toBe(references[action.name].hasIncident())
        if (incidentId === null) return
        acknowledged.set(action.name, incidentId)
        references[action.name].acknowledge()
        return push()
      }
    }
  }

  configure()
  // The actions fall between the checks.
  await clock.advance(STEP_MS / 2)
  for (const action of actions) {
    act(action)
    const steps = action.kind === 'wait' ? action.steps : 0
    for (let step = 0; step < steps; step++) {
      const before = runner.started.length
      await clock.advance(STEP_MS)
      const names = runner.started.slice(before).map(({ run }) => run.env.MINITOR_MONITOR_NAME)
      // Whatever is muted is checked all the same; a parent, out of turn, more often than the others.
      expect([
        names.includes('router'),
        ...['web', 'api'].map((name) => names.filter((one) => one === name).length),
      ]).toEqual([true, 1, 1])
    }
  }
  loop.stop()
  expect(seen).toEqual(expected)
  return seen.map((line) => line.split(' ')[2] ?? '')
}

const aName = fc.constantFrom(...NAMES)
const anAction: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('service'), name: aName, isBroken: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('silence'),
      target: fc.constantFrom(...TARGETS),
      steps: fc.integer({ min: 1, max: 6 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'unsilence' }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('ack'), name: aName }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('maintenance'), of: fc.constantFrom('all', 'edge', 'web', 'none') }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('guard'), isFailing: fc.boolean() }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('wait'), steps: fc.integer({ min: 1, max: 4 }) }) },
)
const aPace = fc.record({ after: fc.integer({ min: 1, max: 3 }), every: fc.constantFrom(0, 1, 2) })

test('mutes of every kind, in any order, do what a plain model says', async () => {
  const met = new Set<string>()
  await fc.assert(
    fc.asyncProperty(
      fc.record({ router: aPace, web: aPace, api: aPace }),
      fc.shuffledSubarray([...NAMES], { minLength: NAMES.length }),
      fc.array(anAction, { minLength: 10, maxLength: 60 }),
      async (paces, order, actions) => {
        for (const word of await play(paces, order, actions)) met.add(word)
      },
    ),
    { numRuns: 300 },
  )
  // What never came up was not tested.
  expect([...met].sort()).toEqual(
    ['', 'acknowledged', 'depends', 'down', 'maintenance', 'reminder', 'silenced', 'up', 'void'].sort(),
  )
})
