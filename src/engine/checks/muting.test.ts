import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { ALWAYS } from '../../../test/simulation/mute-rules.ts'
import { createOutageWitness } from '../../../test/simulation/outage-witness.ts'
import { createRunWitness } from '../../../test/simulation/run-witness.ts'
import { createStateWitness } from '../../../test/simulation/state-witness.ts'
import { allOf, type Scene } from '../../../test/simulation/witness.ts'
import { aCheckLoop } from '../../../test/support/check-loop.ts'
import { createFakeClock } from '../../../test/support/fake-clock.ts'
import { createFakeRunner, EXITED_0, EXITED_1 } from '../../../test/support/fake-runner.ts'
import { aConfig, aMonitor } from '../../../test/support/samples.ts'
import type { Config, MaintenanceWindow } from '../../core/model/config.ts'
import { NO_MUTES, type Silence } from '../../core/model/mute.ts'
import type { Change, Runner, Store } from '../../core/model/ports.ts'
import type { Monitor } from '../../core/model/types.ts'
import { createMemoryStore } from '../../store/memory-store.ts'

const NAMES = ['router', 'web', 'api'] as const
type Name = (typeof NAMES)[number]
type Maintenance = 'all' | 'edge' | 'web' | 'none'

/** After how many failures trouble is told, and every how many it is told again; 0: never. */
interface Pace {
  readonly after: number
  readonly every: number
}

/** Every monitor is checked once in a step. */
const STEP_MS = 10_000
const TARGETS: readonly Silence['target'][] = ['all', { tag: 'edge' }, { monitor: 'router' }, { monitor: 'web' }]

type Action =
  | { readonly kind: 'service'; readonly name: Name; readonly isBroken: boolean }
  | { readonly kind: 'silence'; readonly target: Silence['target']; readonly steps: number }
  | { readonly kind: 'unsilence' }
  | { readonly kind: 'ack'; readonly name: Name }
  | { readonly kind: 'maintenance'; readonly of: Maintenance }
  | { readonly kind: 'guard'; readonly isFailing: boolean }
  | { readonly kind: 'wait'; readonly steps: number }

function monitorOf(name: Name, { after, every }: Pace): Monitor {
  return aMonitor({
    name,
    tags: name === 'router' ? [] : ['edge'],
    dependsOn: name === 'web' ? ['router'] : [],
    schedule: { kind: 'interval', intervalMs: STEP_MS },
    policy: {
      ...aMonitor().policy,
      alertAfter: { kind: 'failures', count: after },
      alertEvery: every === 0 ? { kind: 'once' } : { kind: 'failures', count: every },
    },
  })
}

function windowsOf(maintenance: Maintenance): MaintenanceWindow[] {
  if (maintenance === 'none') return []
  const of = { monitors: maintenance === 'web' ? ['web'] : [], tags: maintenance === 'edge' ? ['edge'] : [] }
  return [{ ...ALWAYS, countsAsDowntime: false, of: maintenance === 'all' ? null : of }]
}

/** What a check led to, in one word. */
function outcomeOf({ check, notifications, quiet }: Change): string {
  if (check.outcome === 'void') return 'void'
  const [first] = notifications
  if (first !== undefined) return first.kind
  return typeof quiet === 'string' ? '' : quiet.by
}

async function play(paces: Readonly<Record<Name, Pace>>, order: readonly Name[], actions: readonly Action[]) {
  const broken = new Set<string>()
  let guardFails = false
  let silences: readonly Silence[] = []
  let maintenance: Maintenance = 'none'
  const clock = createFakeClock(Date.UTC(2026, 0, 1))
  const acknowledged = new Map<string, string>()
  const seen: string[] = []
  const faults: string[] = []
  let tellMutes: Parameters<Store['onMutes']>[0] = () => {}

  const configOf = (): Config => ({
    ...aConfig(order.map((name) => monitorOf(name, paces[name]))),
    guard: { command: ['guard'], intervalMs: 3_600_000, timeoutMs: 1000 },
    maintenance: windowsOf(maintenance),
  })
  let config = configOf()
  const timeline: Scene['timeline'] = {
    get nowMs() {
      // A little later with each check: no two are at the same moment, about which the witnesses could not be sure.
      return clock.monotonicMs() + seen.length / 1e6
    },
    wallMs: clock.wallMs,
  }
  const accuse = (rule: string, what: string) => void faults.push(`${rule}: ${what}`)
  const scene = { timeline, accuse, config: () => config, storeTroubles: () => [], isStopping: () => false }
  const state = createStateWitness(scene)
  const witness = allOf([state, createOutageWitness(scene), createRunWitness(scene)])

  const store: Store = {
    ...createMemoryStore(),
    onMutes: (listener) => {
      tellMutes = listener
    },
    async commit(change) {
      witness.committed(change)
      seen.push(outcomeOf(change))
    },
  }
  const commands = createFakeRunner(clock, ({ command: [program], env }) => {
    const isFailing = program === 'guard' ? guardFails : broken.has(env.MINITOR_MONITOR_NAME ?? '')
    return { takesMs: 1, ending: isFailing ? EXITED_1 : EXITED_0 }
  })
  const runner: Runner = {
    ...commands,
    async run(run) {
      const isGuard = run.command[0] === 'guard'
      if (isGuard) witness.guardStarted(run)
      else witness.checkStarted(run)
      const result = await commands.run(run)
      if (isGuard) witness.guardEnded(run, result.ending)
      else witness.checkEnded(run, result.ending)
      return result
    },
  }
  const loop = aCheckLoop({ clock, runner, store })
  const configure = () => {
    config = configOf()
    witness.configured(config)
    loop.apply(config)
  }

  const push = () => {
    const acknowledgements = [...acknowledged.values()].map((incidentId) => ({ incidentId, atMs: 0, reason: '' }))
    const mutes = { ...NO_MUTES, silences, acknowledgements }
    witness.mutesHeard(mutes)
    tellMutes(mutes)
  }

  const act = (action: Action) => {
    switch (action.kind) {
      case 'service':
        if (action.isBroken) broken.add(action.name)
        else broken.delete(action.name)
        return
      case 'guard':
        guardFails = action.isFailing
        return
      case 'maintenance':
        maintenance = action.of
        return configure()
      case 'silence': {
        const untilMs = clock.wallMs() + action.steps * STEP_MS
        silences = [...silences, { target: action.target, untilMs, reason: '' }]
        return push()
      }
      case 'unsilence':
        silences = silences.slice(1)
        return push()
      case 'ack': {
        const incidentId = state.known.get(action.name)?.incidentId ?? null
        if (incidentId === null) return
        acknowledged.set(action.name, incidentId)
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
      const before = commands.started.length
      await clock.advance(STEP_MS)
      const names = commands.started.slice(before).map(({ run }) => run.env.MINITOR_MONITOR_NAME)
      // Whatever is muted is checked all the same; a parent, out of turn, more often than the others.
      expect([
        names.includes('router'),
        ...['web', 'api'].map((name) => names.filter((one) => one === name).length),
      ]).toEqual([true, 1, 1])
    }
  }
  loop.stop()
  expect(faults).toEqual([])
  return seen
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
    ['', 'acknowledgement', 'dependency', 'down', 'maintenance', 'reminder', 'silence', 'up', 'void'].sort(),
  )
})
