import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { mistakesIn } from '../../../test/support/load-text.ts'

test.each([
  { name: 'a colon in a value', text: 'a: b: c\n', mistake: '1:5 a value that contains ": " needs quotes' },
  {
    name: 'a colon in quotes in a value',
    text: 'a: curl -H "b: c" d\n',
    mistake: '1:14 a value that contains ": " needs quotes',
  },
  {
    name: 'a colon at the end of a value',
    text: 'a: echo b:\nc: d\n',
    mistake: '1:10 a value that contains ": " needs quotes',
  },
  {
    name: 'a colon in a comment on a badly indented line',
    text: 'a:\n  - b\n c: d # e: f\n',
    mistake: '3:2 this line is not indented correctly',
  },
  { name: 'an at sign', text: 'a: @b\n', mistake: '1:4 a value cannot begin with this character' },
  { name: 'a glob', text: 'a: *b c\n', mistake: '1:7 a value that begins with * is an alias' },
  {
    name: 'cron in a map in brackets',
    text: 'a: {b: * 3 * * *}\n',
    mistake: '1:9 a value that begins with * is an alias',
  },
  { name: 'cron with a step', text: 'a: {b: */5 * * * *}\n', mistake: '1:12 a value that begins with * is an alias' },
  {
    name: 'an at sign in a map in brackets',
    text: 'a: {b: @daily}\n',
    mistake: '1:8 a value cannot begin with this character',
  },
  { name: 'a percent sign in a list', text: 'a: [b, %c]\n', mistake: '1:8 a value cannot begin with this character' },
  { name: 'text behind quotes', text: 'a: "b" c\n', mistake: '1:8 text follows the closing quote' },
  { name: 'text behind brackets', text: 'a: [b] c\n', mistake: '1:8 text follows the closing bracket' },
  { name: 'a colon without space', text: 'a:b\nc: d\n', mistake: '1:1 a key needs ": " after it' },
  {
    name: 'an open quote',
    text: 'a: "b\nc: d\n',
    mistake: '2:1 a quote or bracket is not closed',
  },
  {
    name: 'an open bracket',
    text: 'a: [b\nc: d\n',
    mistake: '2:1 a quote or bracket is not closed',
  },
  {
    name: 'an unknown escape',
    text: 'a: "\\q"\n',
    mistake: '1:6 a backslash in double quotes must begin an escape such as \\n or \\\\',
  },
  { name: 'indentation', text: 'a:\n  - b\n c: d\n', mistake: '3:2 this line is not indented correctly' },
  { name: 'deeper below a value', text: 'a: b\n  c: d\n', mistake: '2:3 this line is not indented correctly' },
  {
    name: 'a variable in brackets',
    text: `a: [\${B}, c]\n`,
    mistake: '1:6 a value with a $ and a brace needs quotes inside brackets',
  },
  {
    name: 'an unknown alias',
    text: 'a: *b\nmonitors: [{name: a, command: x}]\n',
    mistake: '1:4 there is no anchor "&b" before this alias',
  },
])('$name', ({ text, mistake }) => {
  expect(mistakesIn(text)).toContain(mistake)
})

const PIECES = [
  'monitors:',
  '- ',
  'name: ',
  'command: ',
  '&a ',
  '*a ',
  '<<: ',
  '{',
  '}',
  '[',
  ']',
  '"',
  "'",
  '|',
  '>',
  '\n',
  '\n  ',
  ': ',
  ', ',
  '!!str ',
  '#',
  'x',
  '1',
  '~',
  '\t',
  '---\n',
  '? ',
  `\${A}`,
  '{kind}',
]

test('whatever the text, there is an answer and every mistake has a place in it', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }), (pieces) => {
      const text = pieces.join('')
      const lines = text.split('\n')
      for (const mistake of mistakesIn(text)) {
        const [, line = '', column = ''] = /^(\d+):(\d+) ./.exec(mistake) ?? []
        expect(Number(column)).toBeGreaterThanOrEqual(1)
        expect(Number(column)).toBeLessThanOrEqual((lines[Number(line) - 1] ?? '').length + 1)
      }
    }),
    { numRuns: 500 },
  )
})
