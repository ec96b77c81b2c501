import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { excerpt, someLines } from './cut.ts'

describe('excerpt', () => {
  test.each([
    { name: 'short text stays', text: 'abc', maxChars: 3, expected: 'abc' },
    { name: 'beginning and end of a long one', text: '0123456789', maxChars: 7, expected: '01 … 89' },
    { name: 'no room for both', text: '0123456789', maxChars: 4, expected: '0123' },
    { name: 'no room at all', text: 'abc', maxChars: 0, expected: '' },
    { name: 'a character is never halved', text: '😀😀😀😀😀', maxChars: 9, expected: '😀 … 😀' },
  ])('$name', ({ text, maxChars, expected }) => {
    expect(excerpt(text, maxChars)).toBe(expected)
  })

  test('is never too long and stays well formed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.nat(40), (text, maxChars) => {
        const short = excerpt(text, maxChars)
        expect(short.length).toBeLessThanOrEqual(maxChars)
        expect(short.isWellFormed()).toBe(true)
      }),
    )
  })
})

describe('some lines', () => {
  const lines = (count: number) => Array.from({ length: count }, (_, index) => `${index + 1}`)
  test.each<{ name: string; text: string; expected: string[] }>([
    { name: 'none', text: '\n \n', expected: [] },
    { name: 'few', text: '1\n2\n\n', expected: ['1', '2'] },
    { name: 'one too many: a mark would not be shorter', text: lines(4).join('\n'), expected: lines(4) },
    { name: 'many', text: `${lines(100).join('\n')}\n`, expected: ['1', '2', '… 97 lines left out', '100'] },
  ])('$name', ({ text, expected }) => {
    expect(someLines(text, { head: 2, tail: 1 })).toEqual(expected)
  })
})
