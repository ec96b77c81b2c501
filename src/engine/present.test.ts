import { describe, expect, test } from 'bun:test'
import { aCheckLoop } from '../../test/support/check-loop.ts'
import { createFakeClock } from '../../test/support/fake-clock.ts'
import { createFakeRunner, EXITED_0, EXITED_1 } from '../../test/support/fake-runner.ts'
import { aConfig, aMonitor } from '../../test/support/samples.ts'
import { MINUTE, SECOND } from '../../test/support/time.ts'
import type { Ending, Monitor } from '../core/model/types.ts'
import { createMemoryStore } from '../store/memory-store.ts'
import { createPresent } from './present.ts'

const START_MS = Date.UTC(2026, 0, 1)

const every = (name: string, changes: Partial<Monitor> = {}) =>
  aMonitor({ name, schedule: { kind: 'interval', intervalMs: 10 * SECOND }, ...changes })

async function look(monitors: readonly Monitor[], endingOf: (count: number) => Ending = () => EXITED_0) {
  const clock = createFakeClock(START_MS)
  const runner = createFakeRunner(clock, (_, count) => ({ takesMs: 100, ending: endingOf(count) }))
  const store = createMemoryStore()
  const checks = aCheckLoop({ clock, runner, store })
  const { present, actions, apply } = createPresent({
    clock,
    checks,
    troubles: () => [],
    tryOnce: async () => null,
    log: { write() {} },
    hostname: 'here',
  })
  apply(aConfig(monitors))
  checks.apply(aConfig(monitors))
  return { clock, runner, store, checks, present, actions, apply }
}

describe('what is now', () => {
  test('a monitor before, while and after its first check', async () => {
    const { clock, present } = await look([every('Web')])
    expect(present.bySlug('web')).toMatchObject({
      isRunning: true,
      lastCheck: null,
      nextCheckAtMs: null,
      statusSinceMs: null,
    })
    await clock.advance(SECOND)
    expect(present.bySlug('web')).toMatchObject({
      state: { status: 'up' },
      isRunning: false,
      lastCheck: { outcome: 'passed', startedAtMs: START_MS, quiet: '' },
      nextCheckAtMs: START_MS + 10 * SECOND,
      statusSinceMs: START_MS,
      mute: null,
    })
    expect(present.bySlug('WEB')).toMatchObject({ slug: 'web' })
    expect(present.bySlug('another')).toBeUndefined()
  })

  test('is found by an address in either spelling', async () => {
    const { present } = await look([every('Caf\u00e9')])
    for (const slug of ['caf\u00e9', 'cafe\u0301', 'Caf\u00e9']) expect(present.bySlug(slug)?.slug).toBe('caf\u00e9')
  })

  test('a status counts from the start of the check that changed it', async () => {
    const { clock, present } = await look([every('web')], (count) => (count === 0 ? EXITED_0 : EXITED_1))
    await clock.advance(35 * SECOND)
    expect(present.bySlug('web')).toMatchObject({ state: { status: 'down' }, statusSinceMs: START_MS + 10 * SECOND })
  })

  test('monitors stand in the order of the configuration, also after a reload', async () => {
    const { present, apply, checks } = await look([every('b'), every('a')])
    const next = aConfig([every('c'), every('a'), every('b')])
    apply(next)
    checks.apply(next)
    expect([...present.monitors()].map(({ slug }) => slug)).toEqual(['c', 'a', 'b'])
  })

  test('tells which monitor has changed, and that all may have', async () => {
    const { clock, present, checks, actions } = await look([every('web')])
    const told: (string | null)[] = []
    const stop = present.onChange((monitor) => told.push(monitor))
    await clock.advance(SECOND)
    await actions.unsilence('all', 'anna')
    checks.apply(aConfig([every('web')]))
    stop()
    await clock.advance(10 * SECOND)
    expect(told).toEqual(['web', null, null])
  })
})

describe('what people do', () => {
  test('checks now, and keeps the slot', async () => {
    const { clock, runner, present, actions } = await look([every('web')])
    await clock.advance(3 * SECOND)
    const checked = actions.checkNow('web')
    await clock.advance(SECOND)
    await checked
    expect(runner.started.map(({ atMs }) => atMs)).toEqual([0, 3 * SECOND])
    expect(present.bySlug('web')?.nextCheckAtMs).toBe(START_MS + 10 * SECOND)
  })

  test('a silence mutes at once, is kept, and takes the place of the one before', async () => {
    const { clock, store, present, actions } = await look([every('web', { tags: ['edge'] })])
    await clock.advance(SECOND)
    await actions.silence({ target: { tag: 'edge' }, untilMs: START_MS + MINUTE, reason: 'one' })
    const second = { target: { tag: 'edge' }, untilMs: START_MS + 2 * MINUTE, reason: 'moving' }
    await actions.silence(second)
    expect(present.silences()).toEqual([second])
    expect((await store.load()).mutes.silences).toEqual([second])
    expect(present.bySlug('web')?.mute).toEqual({
      by: 'silence',
      untilMs: second.untilMs,
      reason: 'moving',
    })
    await actions.unsilence({ tag: 'edge' }, 'anna')
    expect(present.silences()).toEqual([])
    expect(present.bySlug('web')?.mute).toBeNull()
  })

  test('an acknowledgement is for the open incident; without one there is nothing to acknowledge', async () => {
    const { clock, present, actions } = await look([every('web')], (count) => (count < 3 ? EXITED_1 : EXITED_0))
    await clock.advance(SECOND)
    expect(await actions.acknowledge('web', { who: 'anna', reason: 'on it' })).toMatchObject({
      atMs: START_MS + SECOND,
      reason: 'on it',
    })
    expect(present.bySlug('web')?.mute).toMatchObject({ by: 'acknowledgement' })
    await clock.advance(SECOND)
    expect(await actions.acknowledge('web', { who: 'anna', reason: 'disk' })).toMatchObject({
      atMs: START_MS + SECOND,
      reason: 'on it; disk',
    })
    expect(await actions.unacknowledge('web', 'anna')).toBe(true)
    expect([present.bySlug('web')?.mute, await actions.unacknowledge('web', 'anna')]).toEqual([null, false])
    await clock.advance(29 * SECOND)
    expect(await actions.acknowledge('web', { who: 'anna', reason: 'too late' })).toBeNull()
    expect(await actions.unacknowledge('web', 'anna')).toBe(false)
    expect(present.bySlug('web')?.mute).toBeNull()
  })
})
