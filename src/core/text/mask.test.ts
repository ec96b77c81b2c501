import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { costOf } from '../../../test/support/cost.ts'
import { cutMark } from './cut.ts'
import { createMask } from './mask.ts'

describe('createMask', () => {
  test.each([
    { name: 'no secrets', secrets: [], text: 'token=abcdef', expected: 'token=abcdef' },
    { name: 'an empty secret', secrets: [''], text: 'abc', expected: 'abc' },
    { name: 'one secret, twice', secrets: ['hunter2'], text: 'hunter2 hunter2', expected: '*** ***' },
    {
      name: 'the longest of two that begin alike',
      secrets: ['secret', 'secret-long'],
      text: 'a secret-long b',
      expected: 'a *** b',
    },
    {
      name: 'the shorter when the longer does not follow',
      secrets: ['secret', 'secret-long'],
      text: 'secret-lo',
      expected: '***-lo',
    },
    { name: 'two that overlap', secrets: ['abcdef', 'defghi'], text: '<abcdefghi>', expected: '<***>' },
    { name: 'one within another', secrets: ['bcd', 'abcdef'], text: 'abcdef bcd', expected: '*** ***' },
    { name: 'one that overlaps itself', secrets: ['aaaaaa'], text: 'xaaaaaaaay', expected: 'x***y' },
    { name: 'characters of regular expressions', secrets: ['a.*(b|c)$'], text: 'a.*(b|c)$ axxb', expected: '*** axxb' },
    { name: 'several lines', secrets: ['one\ntwo'], text: 'one\ntwo\nthree', expected: '***\nthree' },
    { name: 'the same secret given twice', secrets: ['abcdef', 'abcdef'], text: 'abcdef', expected: '***' },
    {
      name: 'a line of a key',
      secrets: ['-----BEGIN KEY-----\nMIIEabc/+=\r\nqwertz\nab\n'],
      text: 'x MIIEabc/+= qwertz ab -----BEGIN KEY-----',
      expected: 'x *** *** ab -----BEGIN KEY-----',
    },
    { name: 'a secret without its blanks', secrets: [' trailing '], text: '<trailing>', expected: '<***>' },
    {
      name: 'as it stands in an address',
      secrets: ['sp"ec/ret+x&y z'],
      text: 'a=sp%22ec%2Fret%2Bx%26y%20z&b=sp%22ec/ret%2Bx%26y%20z',
      expected: 'a=***&b=***',
    },
    { name: 'as a form sends it', secrets: ['sp"ec/ret+x&y z'], text: 'a=sp%22ec%2Fret%2Bx%26y+z', expected: 'a=***' },
    { name: 'with small letters', secrets: ['sp/ret/x'], text: 'sp%2fret%2fx', expected: '***' },
    {
      name: 'in JSON',
      secrets: ['sp"ec\\ret/ü'],
      text: '{"a":"sp\\"ec\\\\ret/ü","b":"sp\\"ec\\\\ret\\/ü","c":"sp\\"ec\\\\ret/\\u00fc"}',
      expected: '{"a":"***","b":"***","c":"***"}',
    },
    {
      name: "in JSON as Go writes it, in HTML, and in a shell's trace",
      secrets: [`it's<"a&b">`],
      text: String.raw`it's\u003c\"a\u0026b\"\u003e it&#39;s&lt;&quot;a&amp;b&quot;&gt; it&#x27;s&lt;&quot;a&amp;b&quot;&gt; 'it'\''s<"a&b">'`.replaceAll(
        '\\\\',
        '\\',
      ),
      expected: "*** *** *** '***'",
    },
    { name: 'text outside the basic plane', secrets: ['🔑🔑🔑'], text: '🔒🔑🔑🔑🔒', expected: '🔒***🔒' },
  ])('$name', ({ secrets, text, expected }) => {
    expect(createMask(secrets)(text)).toBe(expected)
  })

  test('in base64, whatever stands before and behind it', () => {
    const mask = createMask(['hunter22-ü>?'])
    for (const user of ['', 'a', 'ab', 'abc', 'anna:']) {
      for (const rest of ['', '\n', 'xy', 'xyz']) {
        for (const encoding of ['base64', 'base64url'] as const) {
          const shown = mask(`Basic ${Buffer.from(`${user}hunter22-ü>?${rest}`).toString(encoding)}`)
          expect(shown).toMatch(/^Basic [\w+/-]{0,8}\*\*\*[\w+/=-]{0,8}$/)
        }
      }
    }
  })

  test('a secret as long as a file is found as a whole only', () => {
    const secret = Array.from({ length: 200_000 }, (_, index) => `line ${index}\n`).join('')
    const mask = createMask([secret])
    expect(mask(`<${secret}>`)).toBe('<***>')
    expect(mask(secret.slice(1))).toBe(secret.slice(1))
  })

  test('covers the same characters as a naive search', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c') })
    fc.assert(
      fc.property(fc.array(letters, { maxLength: 5 }), letters, (secrets, text) => {
        expect(createMask(secrets)(text)).toBe(maskNaively({ secrets, text }))
      }),
    )
  })

  test('a thousand secrets in a long text cost little more than ten', () => {
    const maskOf = (count: number) =>
      createMask(Array.from({ length: count }, (_, index) => `secret-${index * 7919}-value`))
    const text = 'an innocent line of output with secret-7919-value in it\n'.repeat(1200)
    const [few, many] = [maskOf(10), maskOf(1000)]
    expect(many(text)).not.toContain('7919')
    expect(costOf(() => many(text))).toBeLessThan(30 * costOf(() => few(text)))
  })
})

function maskNaively({ secrets, text }: { secrets: readonly string[]; text: string }): string {
  const runs = [...text].map((_, index) =>
    Math.max(0, ...secrets.filter((secret) => text.startsWith(secret, index)).map((secret) => secret.length)),
  )
  let masked = ''
  let coveredTo = 0
  for (const [index, length] of runs.entries()) {
    if (length > 0 && index >= coveredTo) masked += '***'
    else if (index >= coveredTo) masked += text[index]
    coveredTo = Math.max(coveredTo, index + length)
  }
  return masked
}

test.each([
  { name: 'both halves', text: `say corr${cutMark(9)}orse-battery now`, expected: `say ***${cutMark(9)}*** now` },
  {
    name: 'a whole one beside the cut',
    text: `correct-horse-battery${cutMark(9)}fine`,
    expected: `***${cutMark(9)}fine`,
  },
  { name: 'too little to tell anything', text: `toc${cutMark(9)}ry`, expected: `toc${cutMark(9)}ry` },
  { name: 'no cut', text: 'say corr', expected: 'say corr' },
])('C13: what is left of a secret where output was cut: $name', ({ text, expected }) => {
  expect(createMask(['correct-horse-battery'])(text)).toBe(expected)
})

test.each(['correct-horse', 'pässwörd?~', 'abcdefgh/+', 'sixsix'])(
  'inside of base64, wherever it stands: %s',
  (secret) => {
    const mask = createMask([secret])
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (before, after) => {
        for (const encoding of ['base64', 'base64url'] as const) {
          const text = Buffer.from(before + secret + after).toString(encoding)
          const masked = mask(text)
          expect(masked).toContain('***')
          expect(Buffer.from(masked.replace('***', '-'), encoding).toString()).not.toContain(secret)
        }
      }),
    )
  },
)
