import { expect, test } from 'bun:test'
import { table } from './terminal.ts'

test('a long cell moves what stands behind it, and not the other rows', () => {
  const long = 'a monitor with a name of far more than forty characters'
  expect(
    table([
      ['up', 'web', '1h'],
      ['down', long, '2h'],
      ['up', '電', '3h'],
    ]).split('\n'),
  ).toEqual([`up    web${' '.repeat(37)}  1h`, `down  ${long}  2h`, `up    電${' '.repeat(38)}  3h`])
})
