import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { costOf } from '../../../test/support/cost.ts'
import { limitsIn, type Measured, measuredIn, parsePerfdata } from './perfdata.ts'

describe('parsePerfdata', () => {
  test.each([
    { name: 'nothing', output: '', expected: [] },
    { name: 'text without performance data', output: 'OK: 3 = three\nall=well', expected: [] },
    { name: 'HTML', output: '<a href=x|y width=100 height=50>', expected: [] },
    { name: 'a table', output: '| id=3 | name |\n| a=1 |', expected: [] },
    { name: 'a log line', output: 'GET /?q=a|b=1 took time=3 ms', expected: [] },
    { name: 'a bar on a line below', output: 'done\nx | a=1', expected: [] },
    {
      name: 'nothing but values, without a status',
      output: 'load|load1=0.5;1;2 load5=U',
      expected: [{ label: 'load1', value: 0.5 }],
    },
    { name: 'a word within another is no status', output: 'BOOK | a=1 b', expected: [] },
    ...['DISK OK -', 'OK:', 'PING WARNING', '[CRITICAL]', 'UNKNOWN'].map((said) => ({
      name: `${said} and something else among the values`,
      output: `${said} x | a=1 b`,
      expected: [{ label: 'a', value: 1 }],
    })),
    { name: 'one value', output: 'OK | load=0.5', expected: [{ label: 'load', value: 0.5 }] },
    {
      name: 'a value with thresholds and bounds',
      output: 'OK|time=1.5s;5;10;0;60',
      expected: [{ label: 'time', value: 1.5, unit: 's' }],
    },
    {
      name: 'missing fields',
      output: 'OK|size=12B;;;0 load1=0.040;10.000;20.000;0; users=3;;10',
      expected: [
        { label: 'size', value: 12, unit: 'B' },
        { label: 'load1', value: 0.04 },
        { label: 'users', value: 3 },
      ],
    },
    {
      name: 'a value with ranges',
      output: 'OK|a=5;@10:20;~:30',
      expected: [{ label: 'a', value: 5 }],
    },
    {
      name: 'quoted labels, doubled quotes',
      output: "OK | 'C:\\ %'=42%;80 'it''s'=1 '|='=2",
      expected: [
        { label: 'C:\\ %', value: 42, unit: '%' },
        { label: "it's", value: 1 },
        { label: '|=', value: 2 },
      ],
    },
    {
      name: 'values below the first line, until the end',
      output: 'OK | a=1\nlong output, b=2\nmore | c=3\nd=4\n e=5 ',
      expected: [
        { label: 'a', value: 1 },
        { label: 'c', value: 3 },
        { label: 'd', value: 4 },
        { label: 'e', value: 5 },
      ],
    },
    {
      name: 'none on the first line, as Nagios reads it',
      output: 'OK\nlong | a=1',
      expected: [{ label: 'a', value: 1 }],
    },
    { name: 'line breaks of Windows', output: 'OK | a=1\r\nlong\r\n', expected: [{ label: 'a', value: 1 }] },
    {
      name: 'an unknown value',
      output: 'OK|temperature=U;30;40',
      expected: [],
    },
    {
      name: 'a comma as decimal separator',
      output: 'OK|a=1,5s;2,5;;0,5;9,5',
      expected: [{ label: 'a', value: 1.5, unit: 's' }],
    },
    {
      name: 'commas between values',
      output: 'OK|a=1, b=2ms, c=3',
      expected: [
        { label: 'a', value: 1 },
        { label: 'b', value: 2, unit: 'ms' },
        { label: 'c', value: 3 },
      ],
    },
    {
      name: 'signs, fractions, exponents',
      output: 'OK|a=-3 b=+4 c=.5 d=7. e=1e-3s f=2E6',
      expected: [
        { label: 'a', value: -3 },
        { label: 'b', value: 4 },
        { label: 'c', value: 0.5 },
        { label: 'd', value: 7 },
        { label: 'e', value: 0.001, unit: 's' },
        { label: 'f', value: 2_000_000 },
      ],
    },
    {
      name: 'units with letters of all kinds',
      output: 'OK|a=1µs b=2°C c=3B/s d=4m3',
      expected: [
        { label: 'a', value: 1, unit: 'µs' },
        { label: 'b', value: 2, unit: '°C' },
        { label: 'c', value: 3, unit: 'B/s' },
        { label: 'd', value: 4, unit: 'm3' },
      ],
    },
    {
      name: 'garbage, with good values around it',
      output: "OK| a=1 rubbish =5 b= c=x d=1.2.3 e=2020-01-01 ''=6 'unclosed f=7 | g=8 h=1=2 'q'x=9 i=10;x;y;z;w",
      expected: [
        { label: 'a', value: 1 },
        { label: 'f', value: 7 },
        { label: 'g', value: 8 },
        { label: 'i', value: 10 },
      ],
    },
    {
      name: 'a number too large to keep',
      output: 'OK|a=1e999 b=2',
      expected: [{ label: 'b', value: 2 }],
    },
    {
      name: 'names of object members',
      output: 'OK|__proto__=1 constructor=2',
      expected: [
        { label: '__proto__', value: 1 },
        { label: 'constructor', value: 2 },
      ],
    },
  ])('$name', ({ output, expected }) => {
    expect(parsePerfdata(output)).toEqual(expected.map(whole))
  })

  test('never throws, and keeps only numbers', () => {
    const pieces = fc.constantFrom(
      "'",
      "''",
      '=',
      ';',
      '|',
      ' ',
      '\n',
      ',',
      '.',
      'U',
      '1',
      '-',
      'e',
      's',
      '%',
      '😀',
      '\0',
    )
    const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: pieces, maxLength: 60 }))
    fc.assert(
      fc.property(texts, (text) => {
        for (const datum of parsePerfdata(`OK|${text}`)) {
          expect(datum.label).not.toBe('')
          expect(Number.isFinite(datum.value)).toBe(true)
        }
      }),
      { numRuns: 1000 },
    )
  })

  test('reads back what is written by the rules', () => {
    const label = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !/[\r\n]/.test(text))
    const number = fc.double({ noNaN: true, noDefaultInfinity: true })
    fc.assert(
      fc.property(fc.array(fc.tuple(label, number)), (values) => {
        const written = values.map(([name, value]) => `'${name.replaceAll("'", "''")}'=${value}s`).join(' ')
        const read = parsePerfdata(`OK | ${written}`)
        expect(read.map(({ label, value }) => [label, value])).toEqual(values.map(([name, value]) => [name, value + 0]))
      }),
    )
  })

  test.each([
    { name: 'one endless word', text: 'a'.repeat(65_536) },
    { name: 'quotes only', text: "'".repeat(65_536) },
    { name: 'a quote before every word', text: "'a ".repeat(22_000) },
    { name: 'doubled quotes', text: `'x ${"''a ".repeat(16_000)}` },
    { name: 'equals signs', text: '='.repeat(65_536) },
    { name: 'many values', text: 'a=1 '.repeat(16_384) },
  ])('costs no more than its length: $name', ({ text }) => {
    const part = text.slice(0, text.length / 64)
    const parts = costOf(() => {
      for (let count = 0; count < 64; count++) parsePerfdata(`OK|${part}`)
    })
    // It would be 64 times, if every character led to a look at all others.
    expect(costOf(() => parsePerfdata(`OK|${text}`))).toBeLessThan(16 * parts)
  })
})

function whole(expected: Partial<Measured>): Measured {
  return { label: '', value: 0, unit: '', ...expected }
}

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
    name: 'one series whose unit changes with the value',
    output: 'OK | a=900ms a=1.2s b=300us c=29ms d=20480MB e=3KB f=2MiB g=512KiB h=5min i=7c',
    expected: [
      { label: 'a', unit: 's', value: 0.9 },
      { label: 'b', unit: 's', value: 0.0003 },
      { label: 'c', unit: 's', value: 0.029 },
      { label: 'd', unit: 'B', value: 20_480_000_000 },
      { label: 'e', unit: 'B', value: 3000 },
      { label: 'f', unit: 'KiB', value: 2048 },
      { label: 'g', unit: 'KiB', value: 512 },
      { label: 'h', unit: 'min', value: 5 },
      { label: 'i', unit: 'c', value: 7 },
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

test.each([
  { ranges: '80;90', warning: [80], critical: [90] },
  { ranges: '80;90;0;100', warning: [80], critical: [90] },
  { ranges: '10:;~:5', warning: [10], critical: [5] },
  { ranges: '10:20;@5:25', warning: [10, 20], critical: [5, 25] },
  { ranges: ';1e3', warning: [], critical: [1000] },
  { ranges: '80%;a:b', warning: [], critical: [] },
  { ranges: '', warning: [], critical: [] },
])('the thresholds of "$ranges"', ({ ranges, warning, critical }) => {
  const output = `DISK OK | other=1MB;1;2 '/'=12MB;${ranges} '/'=5MB;1;2`
  expect(limitsIn(output, { label: '/', unit: 'B' })).toEqual({
    warning: warning.map((end) => end * 1e6),
    critical: critical.map((end) => end * 1e6),
  })
})

test('what is not measured has no thresholds', () => {
  expect(limitsIn('OK | a=1;2;3', { label: 'b', unit: '' })).toEqual({ warning: [], critical: [] })
  expect(limitsIn('fine', { label: 'a', unit: '' })).toEqual({ warning: [], critical: [] })
  expect(limitsIn('OK | a=1s;2;3', { label: 'a', unit: '' })).toEqual({ warning: [], critical: [] })
})
