import { describe, expect, test } from 'bun:test'
import type { Standing, StandingCounts } from '../model/state.ts'
import { headlineOf, restOf, summaryOf, worstOf } from './words.ts'

describe('counts in words', () => {
  const counts = (some: Partial<StandingCounts>): StandingCounts => ({
    ...{ down: 0, failing: 0, flapping: 0, maintenance: 0, pending: 0, up: 0, paused: 0 },
    ...some,
  })
  test.each<{ some: Partial<StandingCounts>; headline: string; rest: string[]; worst: Standing }>([
    { some: {}, headline: 'No monitors', rest: [], worst: 'up' },
    { some: { up: 42 }, headline: 'All 42 fine', rest: [], worst: 'up' },
    { some: { up: 1, paused: 2 }, headline: '1 of 1 fine', rest: ['2 paused'], worst: 'up' },
    { some: { paused: 2 }, headline: 'All 2 paused', rest: [], worst: 'paused' },
    { some: { up: 1, maintenance: 2 }, headline: '1 of 1 fine', rest: ['2 in maintenance'], worst: 'up' },
    { some: { down: 1, maintenance: 1 }, headline: '1 of 1 down', rest: ['1 in maintenance'], worst: 'down' },
    { some: { maintenance: 2, paused: 1 }, headline: 'All 2 in maintenance', rest: ['1 paused'], worst: 'maintenance' },
    { some: { paused: 1 }, headline: '1 of 1 paused', rest: [], worst: 'paused' },
    { some: { pending: 2 }, headline: 'All 2 pending', rest: [], worst: 'pending' },
    { some: { up: 3, pending: 1 }, headline: '3 of 4 fine', rest: ['1 pending'], worst: 'pending' },
    { some: { down: 3, failing: 1, up: 6 }, headline: '3 of 10 down', rest: ['1 failing'], worst: 'down' },
    {
      some: { down: 1, failing: 1, pending: 1, up: 1, paused: 1 },
      headline: '1 of 4 down',
      rest: ['1 failing', '1 pending', '1 paused'],
      worst: 'down',
    },
    { some: { down: 3 }, headline: 'All 3 down', rest: [], worst: 'down' },
    { some: { failing: 2, flapping: 1, up: 1 }, headline: '2 of 4 failing', rest: ['1 flapping'], worst: 'failing' },
    { some: { flapping: 1, up: 1 }, headline: '1 of 2 flapping', rest: [], worst: 'flapping' },
  ])('$headline', ({ some, headline, rest, worst }) => {
    expect([headlineOf(counts(some)), restOf(counts(some)), worstOf(counts(some))]).toEqual([headline, rest, worst])
    expect(summaryOf(counts(some))).toBe([headline, ...rest].join(', '))
  })
})
