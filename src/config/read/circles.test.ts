import { expect, test } from 'bun:test'
import { findCycles } from './circles.ts'

test.each([
  { name: 'nothing', graph: {}, cycles: [] },
  { name: 'a chain', graph: { a: ['b'], b: ['c'], c: [] }, cycles: [] },
  { name: 'a diamond', graph: { a: ['b', 'c'], b: ['d'], c: ['d'], d: [] }, cycles: [] },
  { name: 'itself', graph: { a: ['a'] }, cycles: [['a']] },
  { name: 'a pair', graph: { a: ['b'], b: ['a'] }, cycles: [['a', 'b']] },
  { name: 'a circle behind a chain', graph: { a: ['b'], b: ['c'], c: ['b'] }, cycles: [['b', 'c']] },
  {
    name: 'two circles',
    graph: { a: ['b'], b: ['a'], c: ['d'], d: ['c'] },
    cycles: [
      ['a', 'b'],
      ['c', 'd'],
    ],
  },
  { name: 'a name that nobody has', graph: { a: ['z'] }, cycles: [] },
])('$name', ({ graph, cycles }) => {
  const map = new Map<string, readonly string[]>(Object.entries(graph))
  expect<readonly (readonly string[])[]>(findCycles(map)).toEqual(cycles)
})

test('a chain of a hundred thousand names', () => {
  const graph = new Map(Array.from({ length: 100_000 }, (_, i) => [`${i}`, [`${i + 1}`]] as const))
  expect(findCycles(graph)).toEqual([])
  expect(findCycles(new Map([...graph, ['99999', ['0']]]))[0]).toHaveLength(100_000)
})
