import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { FLAP_STATES, flapPercentage, isFlapping, remember } from './flapping.ts'

const ALTERNATING = 'SF'.repeat(11).slice(0, FLAP_STATES)

describe('flapPercentage', () => {
  test.each([
    { name: 'nothing known', recent: '', expected: 0 },
    { name: 'one state', recent: 'F', expected: 0 },
    { name: 'always passes', recent: 'S'.repeat(21), expected: 0 },
    { name: 'always fails', recent: 'F'.repeat(21), expected: 0 },
    { name: 'different each time', recent: ALTERNATING, expected: 100 },
    { name: 'one change, the newest', recent: `${'S'.repeat(20)}F`, expected: 6.25 },
    { name: 'one change, the oldest', recent: `S${'F'.repeat(20)}`, expected: 3.75 },
    { name: 'the oldest and the newest', recent: `S${'F'.repeat(19)}S`, expected: 10 },
    { name: 'two states known: they stand at the newest place', recent: 'SF', expected: 6.25 },
    { name: 'what is older than 21 states does not count', recent: `FS${'S'.repeat(20)}`, expected: 0 },
  ])('$name', ({ recent, expected }) => {
    expect(flapPercentage(recent)).toBe(expected)
  })

  test('is the sum of the weights, written out', () => {
    fc.assert(
      fc.property(states(FLAP_STATES), (recent) => {
        expect(flapPercentage(recent)).toBeCloseTo(naivePercentage(recent), 9)
      }),
    )
  })

  test('is the same for a monitor that fails where another passes', () => {
    fc.assert(
      fc.property(states(FLAP_STATES), (recent) => {
        const opposite = recent.replace(/./g, (state) => (state === 'S' ? 'F' : 'S'))
        expect(flapPercentage(opposite)).toBe(flapPercentage(recent))
      }),
    )
  })
})

describe('isFlapping', () => {
  const oneOldChange = `S${'F'.repeat(20)}` // 3.75 %
  const oneNewChange = `${'S'.repeat(20)}F` // 6.25 %
  test.each([
    { name: 'starts at high', recent: oneNewChange, was: false, high: 6.25, low: 1, expected: true },
    { name: 'does not start below high', recent: oneNewChange, was: false, high: 6.3, low: 1, expected: false },
    { name: 'does not start above low', recent: oneNewChange, was: false, high: 50, low: 5, expected: false },
    { name: 'goes on above low', recent: oneOldChange, was: true, high: 50, low: 3.7, expected: true },
    { name: 'stops at low', recent: oneOldChange, was: true, high: 50, low: 3.75, expected: false },
    { name: 'starts at 100 %', recent: ALTERNATING, was: false, high: 100, low: 50, expected: true },
    { name: 'does not start with nothing known', recent: '', was: false, high: 50, low: 25, expected: false },
    { name: 'stops at 0 % if low is 0', recent: 'SSSS', was: true, high: 50, low: 0, expected: false },
  ])('$name', ({ recent, was, high, low, expected }) => {
    expect(isFlapping(recent, was, { high, low })).toBe(expected)
  })
})

describe('remember', () => {
  test.each([
    { name: 'the first state', recent: '', isPass: true, expected: 'S' },
    { name: 'the newest is last', recent: 'SS', isPass: false, expected: 'SSF' },
    { name: 'the 21st is kept', recent: 'F'.repeat(20), isPass: true, expected: `${'F'.repeat(20)}S` },
    { name: 'the oldest of 22 goes', recent: `F${'S'.repeat(20)}`, isPass: false, expected: `${'S'.repeat(20)}F` },
  ])('$name', ({ recent, isPass, expected }) => {
    expect(remember(recent, isPass)).toBe(expected)
  })
})

function states(maxLength: number): fc.Arbitrary<string> {
  return fc.array(fc.constantFrom('S', 'F'), { maxLength }).map((list) => list.join(''))
}

function naivePercentage(recent: string): number {
  const padded = [...recent.padStart(21, recent[0] ?? 'S')]
  const weights = Array.from({ length: 20 }, (_, place) => 0.75 + (0.5 / 19) * place)
  const changes = weights.map((weight, place) => (padded[place] === padded[place + 1] ? 0 : weight))
  return (changes.reduce((sum, weight) => sum + weight, 0) / 20) * 100
}
