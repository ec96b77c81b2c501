import { expect, test } from 'bun:test'
import { connectionsFor } from './descriptors.ts'

test.each([
  { name: 'plenty', most: 1_048_576, used: 40, connections: 4_096 },
  { name: 'no limit at all', most: Number.NaN, used: 40, connections: 4_096 },
  { name: 'a quarter stays for checks', most: 4_000, used: 40, connections: 2_960 },
  { name: 'or 256', most: 1_000, used: 40, connections: 704 },
  { name: 'hardly as many: connections get a quarter', most: 300, used: 40, connections: 75 },
  { name: 'a few', most: 60, used: 40, connections: 15 },
])('$name', ({ most, used, connections }) => {
  expect(connectionsFor(most, used)).toBe(connections)
})
