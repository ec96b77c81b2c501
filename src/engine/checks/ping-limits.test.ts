import { describe, expect, test } from 'bun:test'
import { DAY, HOUR, SECOND } from '../../../test/support/time.ts'
import { createPingLimits } from './ping-limits.ts'

/** How often each came out. */
const tally = (all: readonly string[]) =>
  Object.fromEntries(Object.entries(Object.groupBy(all, (one) => one)).map(([one, of]) => [one, of?.length]))

describe('J17: pings of one key', () => {
  test('that come once a second, or all at once, are all taken', () => {
    const limits = createPingLimits()
    for (let count = 0; count < 60; count++) expect(limits.admit('success', 0)).toBe('taken')
    for (let count = 1; count < 1000; count++) expect(limits.admit('fail', count * SECOND)).toBe('taken')
  })

  test('that repeat the last are merged, and a change is taken meanwhile', () => {
    const limits = createPingLimits()
    const flood = Array.from({ length: 10_000 }, (_, index) => limits.admit('success', index))
    expect(tally(flood)).toEqual({ taken: 70, merged: 9930 })
    expect(limits.admit('fail', 10 * SECOND)).toBe('taken')
    expect(limits.admit('success', 10 * SECOND)).toBe('taken')
  })

  test('that change the state all the time are refused in the end', () => {
    const limits = createPingLimits()
    const flood = Array.from({ length: 10_000 }, (_, index) =>
      limits.admit(index % 2 === 0 ? 'fail' : 'success', index),
    )
    expect(flood.slice(0, 60)).not.toContain('refused')
    const { taken = 0, refused = 0 } = tally(flood)
    // Ten seconds: 61 changes to a success and back, and what repeats the last of them.
    expect(taken).toBeLessThan(2 * 62 + 70)
    expect(refused).toBeGreaterThan(4000)
    expect(limits.admit('fail', HOUR)).toBe('taken')
  })

  test.each([
    { flood: ['success'] },
    { flood: ['fail', 'success'] },
    { flood: ['success', 'success', 'fail'] },
  ] as const)('that fail after a success are always taken, with what they say, in a flood of $flood', ({ flood }) => {
    const limits = createPingLimits()
    let last = ''
    for (let atMs = 0; atMs < 10_000; atMs++) {
      // The job itself fails now and then.
      const kind = atMs % 1000 === 999 ? 'fail' : (flood[atMs % flood.length] ?? 'fail')
      const admission = limits.admit(kind, atMs)
      const hasBegunToFail = kind === 'fail' && last === 'success'
      if (hasBegunToFail) expect([admission, limits.keepsBody('why', atMs)]).toEqual(['taken', true])
      else if (admission === 'taken') limits.keepsBody('x', atMs)
      if (kind === 'fail') expect(admission).not.toBe('refused')
      if (admission === 'taken') last = kind
    }
  })

  test('after one that was late, the next says something else', () => {
    const limits = createPingLimits()
    while (limits.admit('success', 0) === 'taken');
    limits.forgetLast()
    expect(limits.admit('success', 0)).toBe('taken')
  })

  test('of a whole day, whatever they say, keep few bodies and no more than a row a second', () => {
    const limits = createPingLimits()
    let [rows, bodies] = [0, 0]
    for (let atMs = 0; atMs < DAY; atMs += 50) {
      if (limits.admit(atMs % 700 < 100 ? 'fail' : 'success', atMs) !== 'taken') continue
      rows++
      if (limits.keepsBody('x', atMs)) bodies++
    }
    expect(rows).toBeLessThan(1.25 * (DAY / SECOND))
    expect(bodies).toBeLessThan(2 * (60 + DAY / (10 * SECOND) + 1))
    expect(limits.keepsBody('', DAY)).toBe(true)
  })
})
