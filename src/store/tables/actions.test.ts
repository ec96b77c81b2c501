import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import fc from 'fast-check'
import { createScratch, startDatabase } from '../../../test/support/database.ts'
import { TEST_LIMIT_MS } from '../../../test/support/pace.ts'
import { aChange } from '../../../test/support/samples.ts'
import { type Action, actionOf, FAILED_SIGN_INS } from '../../core/model/action.ts'
import type { MuteChange } from '../../core/model/mute.ts'
import type { ActionsQuery } from '../../core/past/past.ts'
import { addAction, readActions } from './actions.ts'

setDefaultTimeout(TEST_LIMIT_MS)

const scratch = createScratch()
afterAll(scratch.remove)

const ALL: ActionsQuery = { about: null, sinceMs: 0, beforeMs: null, limit: null }

function start() {
  const { database, apply } = startDatabase(scratch.newPath())
  const read = (query: Partial<ActionsQuery> = {}) => readActions(database, { ...ALL, ...query })
  // Its incident is open: web-1.
  apply([{ kind: 'check', change: aChange('web', 1) }], 0)
  return { database, apply, read, add: (action: Action) => addAction(database, action) }
}

const web = { monitor: 'web' }
const by = { who: 'anna' }
const silence = (untilMs: number): MuteChange => ({
  kind: 'silence',
  silence: { target: { tag: 'edge' }, untilMs, reason: 'move', who: 'anna' },
  atMs: 10,
})
const unsilence: MuteChange = { kind: 'unsilence', target: { tag: 'edge' }, atMs: 20, ...by }
const acknowledge = (atMs: number, who: string, reason: string): MuteChange => ({
  kind: 'acknowledge',
  acknowledgement: { incidentId: 'web-1', atMs, who, reason },
})
const unacknowledge: MuteChange = { kind: 'unacknowledge', incidentId: 'web-1', atMs: 20, ...by }
const pause = (atMs: number, who: string): MuteChange => ({
  kind: 'pause',
  pause: { monitor: 'web', sinceMs: atMs, who, reason: 'moving' },
})
const resume: MuteChange = { kind: 'resume', monitor: 'web', atMs: 20, ...by }
const announce: MuteChange = {
  kind: 'announce',
  announcement: { id: 'one', text: 'New router', atMs: 10, untilMs: 90, who: 'anna' },
}
const retract: MuteChange = { kind: 'retract', id: 'one', atMs: 20, ...by }

const of = (kind: Action['kind'], atMs: number, rest: Partial<Action> = {}) => actionOf({ kind, atMs, ...by, ...rest })
const SILENCED = of('silenced', 10, { target: { tag: 'edge' }, untilMs: 90, reason: 'move' })
const PAUSED = of('paused', 10, { target: web, reason: 'moving' })
const ANNOUNCED = of('announced', 10, { untilMs: 90, reason: 'New router' })
const ACKNOWLEDGED = of('acknowledged', 10, { target: web, reason: 'on it' })

describe('what people change is kept as an action', () => {
  const rows: { name: string; changes: MuteChange[]; kept: Action[] }[] = [
    { name: 'a silence', changes: [silence(90)], kept: [SILENCED] },
    {
      name: 'the end of a silence, with when it would have ended',
      changes: [silence(90), unsilence],
      kept: [SILENCED, of('unsilenced', 20, { target: { tag: 'edge' }, untilMs: 90 })],
    },
    {
      name: 'not the end of a silence that has run out',
      changes: [silence(15), unsilence],
      kept: [{ ...SILENCED, untilMs: 15 }],
    },
    { name: 'not the end of no silence', changes: [unsilence], kept: [] },
    {
      name: 'each acknowledgement, with what that one said',
      changes: [acknowledge(10, 'anna', 'on it'), acknowledge(20, 'bert', 'part ordered')],
      kept: [ACKNOWLEDGED, of('acknowledged', 20, { target: web, who: 'bert', reason: 'part ordered' })],
    },
    {
      name: 'the end of an acknowledgement',
      changes: [acknowledge(10, 'anna', 'on it'), unacknowledge, unacknowledge],
      kept: [ACKNOWLEDGED, of('unacknowledged', 20, { target: web })],
    },
    { name: 'not the end of no acknowledgement', changes: [unacknowledge], kept: [] },
    {
      name: 'not an acknowledgement of nothing',
      changes: [{ kind: 'acknowledge', acknowledgement: { incidentId: 'gone', atMs: 1, reason: '' } }],
      kept: [],
    },
    { name: 'a pause, not a second one', changes: [pause(10, 'anna'), pause(20, 'bert')], kept: [PAUSED] },
    {
      name: 'one end of a pause',
      changes: [pause(10, 'anna'), resume, resume],
      kept: [PAUSED, of('resumed', 20, { target: web })],
    },
    {
      name: 'an announcement and its one end',
      changes: [announce, retract, retract],
      kept: [ANNOUNCED, of('announcement_ended', 20, { reason: 'New router' })],
    },
  ]
  test.each(rows)('$name', ({ changes, kept }) => {
    const { apply, read } = start()
    apply(
      changes.map((change) => ({ kind: 'mutes', change })),
      0,
    )
    expect(read()).toEqual(kept.toReversed())
  })

  test('not once more where the current state is written into a new file', () => {
    const { apply, read } = start()
    apply(
      [silence(90), acknowledge(10, 'anna', 'on it'), pause(10, 'anna'), announce].map((change) => ({
        kind: 'mutes_anew',
        change,
      })),
      0,
    )
    expect(read()).toEqual([])
  })
})

const failed = (atMs: number, address: string, who = 'root') => actionOf({ kind: 'sign_in_failed', atMs, who, address })

describe('failed sign-ins', () => {
  test('of one network are one action: how many, the last time, the last name', () => {
    const { read, add } = start()
    for (const one of [failed(1, 'a'), failed(2, 'b'), failed(3, 'a', 'admin')]) add(one)
    add({ ...failed(4, 'b'), count: 1000 })
    expect(read()).toEqual([
      { ...failed(4, 'b'), count: 1001 },
      { ...failed(3, 'a', 'admin'), count: 2 },
    ])
  })

  test('of any number of networks take no more room than some do, and leave the rest alone', () => {
    const { read, add, database } = start()
    const signedIn = of('signed_in', 0, { address: 'a0' })
    add(signedIn)
    database.transaction(() => {
      for (let index = 0; index < 3 * FAILED_SIGN_INS; index++) add(failed(index, `a${index}`))
    })()
    const kept = read()
    expect(kept).toHaveLength(FAILED_SIGN_INS + 1)
    expect(kept[0]).toEqual(failed(3 * FAILED_SIGN_INS - 1, `a${3 * FAILED_SIGN_INS - 1}`))
    expect(kept.at(-1)).toEqual(signedIn)
  })
})

test('those about a monitor are of itself, its tags, its group and all monitors', () => {
  const { add, read } = start()
  const targets = [
    'all',
    web,
    { tag: 'web' },
    { tag: 'edge' },
    { group: 'web' },
    { group: 'shop' },

    null,
  ]
  for (const [atMs, target] of (targets as Action['target'][]).entries()) add(of('silenced', atMs, { target }))
  const about = (name: string, tags: readonly string[], group: string) =>
    read({ about: { name, tags, group } }).map(({ target }) => target)
  expect(about('web', ['edge', 'x'], 'shop')).toEqual([{ group: 'shop' }, { tag: 'edge' }, web, 'all'])
  expect(about('web', [], '')).toEqual([web, 'all'])
  expect(about('other', ['web'], 'web')).toEqual([{ group: 'web' }, { tag: 'web' }, 'all'])
})

test('pages hold everything once, newest first', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 20 })), fc.integer({ min: 1, max: 5 }), (times, limit) => {
      const { add, read, database } = start()
      for (const atMs of times) add(of('signed_in', atMs))
      const seen: number[] = []
      for (let beforeMs: number | null = null; ; beforeMs = seen.at(-1) ?? null) {
        const page = read({ beforeMs, limit })
        if (page.length === 0) break
        seen.push(...page.map(({ atMs }) => atMs))
      }
      expect(seen).toEqual(times.toSorted((one, other) => other - one))
      expect(read({ sinceMs: 10 }).map(({ atMs }) => atMs)).toEqual(seen.filter((atMs) => atMs >= 10))
      database.close()
    }),
    { numRuns: 30 },
  )
})
