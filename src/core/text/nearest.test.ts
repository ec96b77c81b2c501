import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { nearest } from './nearest.ts'

test.each([
  { name: 'a swap', typed: 'log_donw', expected: 'log_down' },
  { name: 'a swap in a short name', typed: 'olg', expected: 'log' },
  { name: 'another case', typed: 'Log_Up', expected: 'log_up' },
  { name: 'a missing letter', typed: 'mailgn', expected: 'mailgun' },
  { name: 'a superfluous letter', typed: 'mailgunn', expected: 'mailgun' },
  { name: 'one wrong letter of three', typed: 'lig', expected: 'log' },
  { name: 'nothing in common', typed: 'telegram', expected: null },
  { name: 'two wrong letters of three', typed: 'lab', expected: null },
  { name: 'nothing typed', typed: '', expected: null },
])('$name', ({ typed, expected }) => {
  expect(nearest(typed, ['log_down', 'log_up', 'mailgun', 'log'])).toBe(expected)
})

test('no candidates, no suggestion', () => {
  expect(nearest('log', [])).toBeNull()
})

test('a candidate is nearest to itself', () => {
  const names = fc.uniqueArray(fc.stringMatching(/^[a-z_]{1,12}$/), { minLength: 1 })
  fc.assert(
    fc.property(names, fc.nat(), (candidates, index) => {
      const name = candidates[index % candidates.length] ?? ''
      expect(nearest(name, candidates)).toBe(name)
    }),
  )
})
