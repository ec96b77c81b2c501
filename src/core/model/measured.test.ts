import { expect, test } from 'bun:test'
import { type Measured, measuredIn } from './perfdata.ts'

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `v${index}=${index}`).join(' ')

test.each<{ name: string; output: string; expected: Measured[] }>([
  { name: 'nothing of plain output', output: 'fine: load=3\n', expected: [] },
  { name: 'nothing after an empty bar', output: 'fine |\n', expected: [] },
  {
    name: 'each value with its unit',
    output: "OK | time=0.5s;1;2 'free space'=12%\nmore | procs=7\n",
    expected: [
      { label: 'time', unit: 's', value: 0.5 },
      { label: 'free space', unit: '%', value: 12 },
      { label: 'procs', unit: '', value: 7 },
    ],
  },
  {
    name: 'nothing of what is unknown',
    output: 'OK | time=U load=1',
    expected: [{ label: 'load', unit: '', value: 1 }],
  },
  {
    name: 'the first of a label and unit',
    output: 'OK | a=1 a=2 a=3s',
    expected: [
      { label: 'a', unit: '', value: 1 },
      { label: 'a', unit: 's', value: 3 },
    ],
  },
  {
    name: 'no label beyond all measure',
    output: `OK | ${'x'.repeat(201)}=1 y=2`,
    expected: [{ label: 'y', unit: '', value: 2 }],
  },
])('of a check is kept: $name', ({ output, expected }) => {
  expect(measuredIn(output)).toEqual(expected)
})

test('of a check are kept the first twenty', () => {
  const kept = measuredIn(`OK | ${numbered(1000)}`)
  expect(kept).toHaveLength(20)
  expect([kept[0]?.value, kept.at(-1)?.value]).toEqual([0, 19])
})
