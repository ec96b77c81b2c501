import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { aCheckLoop } from '../../../test/support/check-loop.ts'
import { createFakeClock } from '../../../test/support/fake-clock.ts'
import { createFakeRunner, EXITED_0, EXITED_1 } from '../../../test/support/fake-runner.ts'
import { createRandom, type Random } from '../../../test/support/random.ts'
import { aConfig, aMonitor } from '../../../test/support/samples.ts'
import { MINUTE, SECOND } from '../../../test/support/time.ts'
import type { Change, Store } from '../../core/model/ports.ts'
import type { Monitor } from '../../core/model/types.ts'
import { createMemoryStore } from '../../store/memory-store.ts'

/** The longest that any check, or the guard, takes. */
const LONGEST_MS = 3 * SECOND
/** The longest interval of the router and the guard. */
const PACE_MS = 5 * SECOND
/** What lasts this long has a whole run of the router, and of the guard, in it. */
const SEEN_MS = PACE_MS + 3 * LONGEST_MS
/** Within this long after the network and the router have mended, both have passed, whatever was under way. */
const KNOWN_MS = SEEN_MS + 6 * LONGEST_MS
const END_MS = 20 * MINUTE

/** A time in which a service is broken. */
interface Break {
  readonly fromMs: number
  readonly toMs: number
}

/** What a check sees: how things are when it begins or when it ends, or, as it waits, whether they are fine at either. */
type Sampling = 'at its start' | 'at its end' | 'waits'

const OWN = ['network', 'router', 'a', 'b', 'c'] as const
type Service = (typeof OWN)[number]
/** What has to work for a check of this to pass. */
const NEEDS: Readonly<Record<Service, readonly Service[]>> = {
  network: ['network'],
  router: ['network', 'router'],
  a: ['network', 'router', 'a'],
  b: ['network', 'router', 'b'],
  c: ['network', 'router', 'c'],
}

/** When services really break and mend. The network and the router are never broken at about the same time. */
function truthOf(random: Random) {
  const breaks = new Map<Service, Break[]>(OWN.map((name) => [name, []]))
  let atMs = 0
  for (;;) {
    const fromMs = atMs + random.between(KNOWN_MS, 3 * KNOWN_MS)
    atMs = fromMs + random.between(SEEN_MS, 3 * SEEN_MS)
    if (atMs > END_MS) break
    breaks.get(random.pick(['network', 'router'] as const))?.push({ fromMs, toMs: atMs })
  }
  for (const name of ['a', 'b', 'c'] as const) {
    for (let toMs = 0; toMs < END_MS; ) {
      const fromMs = toMs + random.between(0, 3 * MINUTE)
      toMs = fromMs + random.between(0, 2 * MINUTE)
      breaks.get(name)?.push({ fromMs, toMs })
    }
  }
  const isBroken = (name: Service, atMs: number) =>
    breaks.get(name)?.some(({ fromMs, toMs }) => fromMs <= atMs && atMs < toMs) === true
  const isTouched = (name: Service, from: number, to: number) =>
    breaks.get(name)?.some(({ fromMs, toMs }) => fromMs <= to && from <= toMs) === true
  return {
    works: (name: Service, atMs: number) => NEEDS[name].every((one) => !isBroken(one, atMs)),
    /** Whether it works by itself all the time. */
    isFine: (name: Service, fromMs: number, toMs: number) => !isTouched(name, fromMs, toMs),
    isBrokenThroughout: (name: Service, from: number, to: number) =>
      breaks.get(name)?.some(({ fromMs, toMs }) => fromMs <= from && to < toMs) === true,
  }
}

interface Ran {
  readonly startedMs: number
  readonly endedMs: number
}

/** Plays one world; returns what was told falsely, what was missed, and how often each came about. */
async function play(seed: number) {
  const random = createRandom(seed)
  const truth = truthOf(random)
  const clock = createFakeClock()
  const sampling = new Map<string, Sampling>()
  const runs = new Map<string, Ran>()
  const faults: string[] = []
  const counts = { told: 0, muted: 0, void: 0, owed: 0, overlapping: 0 }

  const takesMs = (name: string) =>
    random.chance(0.5) ? random.between(1, 100) : random.between(100, name === 'guard' ? LONGEST_MS / 2 : LONGEST_MS)
  const runner = createFakeRunner(clock, ({ env, runId }) => {
    const name = env.MINITOR_MONITOR_NAME ?? ''
    const of = (name === 'guard' ? 'network' : name) as Service
    const how = sampling.get(name) ?? random.pick<Sampling>(['at its start', 'at its end', 'waits'])
    sampling.set(name, how)
    const startedMs = clock.monotonicMs()
    const tookMs = takesMs(name)
    const endedMs = startedMs + tookMs
    runs.set(runId, { startedMs, endedMs })
    const isFine = {
      'at its start': truth.works(of, startedMs),
      'at its end': truth.works(of, endedMs),
      waits: truth.works(of, startedMs) || truth.works(of, endedMs),
    }[how]
    return { takesMs: tookMs, ending: isFine ? EXITED_0 : EXITED_1 }
  })

  const judge = ({ check, state, notifications, quiet }: Change) => {
    const { startedMs, endedMs } = runs.get(check.runId) ?? { startedMs: 0, endedMs: 0 }
    const name = check.monitor as Service
    const nowMs = clock.monotonicMs()
    const about = `${name} ${startedMs}-${endedMs} at ${nowMs}`
    const isTrouble = notifications.some(({ kind }) => kind !== 'up')
    if (isTrouble) counts.told++
    if (typeof quiet !== 'string' && quiet.by === 'dependency') {
      counts.muted++
      if (quiet.status === 'up') counts.overlapping++
    }
    if (check.outcome === 'void') counts.void++
    if (isTrouble && truth.isFine(name, startedMs, endedMs)) faults.push(`told falsely: ${about}`)
    // Nothing else is in its way, and has not been for so long that Minitor knows that.
    const others = NEEDS[name].filter((one) => one !== name)
    const isAlone = others.every((one) => truth.isFine(one, startedMs - KNOWN_MS, nowMs))
    if (!isAlone || !truth.isBrokenThroughout(name, startedMs, endedMs)) return
    counts.owed++
    if (state.status !== 'down' || state.alertCount === 0) faults.push(`missed: ${about}`)
  }

  const store: Store = { ...createMemoryStore(), commit: async (change) => judge(change) }
  const monitor = (name: Service, changes: Partial<Monitor>) =>
    aMonitor({
      name,
      schedule: { kind: 'interval', intervalMs: random.between(SECOND / 4, PACE_MS) },
      timeoutMs: MINUTE,
      ...changes,
    })
  const loop = aCheckLoop({ clock, runner, store })
  const guard = { command: ['guard'], intervalMs: random.between(SECOND / 4, PACE_MS), timeoutMs: MINUTE } as const
  const children = (['a', 'b', 'c'] as const).map((name) => monitor(name, { dependsOn: ['router'] }))
  loop.apply({ ...aConfig([...children, monitor('router', {})]), guard })
  await clock.advance(END_MS)
  loop.stop()
  return { faults, counts }
}

test('checks that take time: nothing is told that the router or the network explains, and nothing is missed', async () => {
  const met = { told: 0, muted: 0, void: 0, owed: 0, overlapping: 0 }
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const { faults, counts } = await play(seed)
      expect(faults).toEqual([])
      for (const key of Object.keys(met) as (keyof typeof met)[]) met[key] += counts[key]
    }),
    { numRuns: 60 },
  )
  // What never came up was not tested.
  expect(Object.values(met).every((count) => count > 0)).toBe(true)
})
