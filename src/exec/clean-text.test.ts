import { expect, test } from 'bun:test'
import type { Command } from '../core/model/types.ts'
import { cleanArguments, cleanEnvironment } from './clean-text.ts'

const LIMIT = 131_071

test.each<{ name: string; command: Command; expected: string[] }>([
  { name: 'leaves ordinary arguments alone', command: ['a', '', '🐦'], expected: ['a', '', '🐦'] },
  { name: 'A15: removes NUL', command: ['a\0b', '\0'], expected: ['ab', ''] },
  { name: 'A14: keeps what just fits', command: ['x'.repeat(LIMIT)], expected: ['x'.repeat(LIMIT)] },
  { name: 'A14: cuts what does not', command: ['x'.repeat(LIMIT + 1)], expected: ['x'.repeat(LIMIT)] },
  { name: 'A14: cuts between characters', command: ['🐦'.repeat(40_000)], expected: ['🐦'.repeat(32_767)] },
])('$name', ({ command, expected }) => {
  expect(cleanArguments(command)).toEqual(expected)
})

test.each<{ name: string; environment: Record<string, string | undefined>; expected: Record<string, string> }>([
  { name: 'leaves out what is not set', environment: { A: undefined, B: '' }, expected: { B: '' } },
  { name: 'A15: removes NUL from values', environment: { A: 'x\0y' }, expected: { A: 'xy' } },
  { name: 'leaves out impossible names', environment: { '': 'a', 'B=C': 'b', 'D\0': 'c' }, expected: {} },
  { name: 'A14: counts the name', environment: { AB: 'x'.repeat(LIMIT) }, expected: { AB: 'x'.repeat(LIMIT - 3) } },
  { name: 'A14: leaves out a name too long itself', environment: { ['A'.repeat(LIMIT)]: 'x' }, expected: {} },
])('$name', ({ environment, expected }) => {
  expect(cleanEnvironment(environment)).toEqual(expected)
})
