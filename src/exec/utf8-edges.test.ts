import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { utf8EdgeAfter, utf8EdgeBefore } from './output-window.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)

test.each([
  { name: 'ASCII', bytes: bytesOf('abc'), at: 2, before: 2, after: 2 },
  { name: 'the end', bytes: bytesOf('aé'), at: 3, before: 3, after: 3 },
  { name: 'the start', bytes: bytesOf('é'), at: 0, before: 0, after: 0 },
  { name: 'inside two bytes', bytes: bytesOf('aéb'), at: 2, before: 1, after: 3 },
  { name: 'inside three bytes', bytes: bytesOf('a€b'), at: 3, before: 1, after: 4 },
  { name: 'after the first of four', bytes: bytesOf('a🐦b'), at: 2, before: 1, after: 5 },
  { name: 'before the last of four', bytes: bytesOf('a🐦b'), at: 4, before: 1, after: 5 },
  { name: 'bytes that are no UTF-8', bytes: Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x80), at: 5, before: 5, after: 5 },
])('an edge: $name', ({ bytes, at, before, after }) => {
  expect(utf8EdgeBefore(bytes, at)).toBe(before)
  expect(utf8EdgeAfter(bytes, at)).toBe(after)
})

test('any text can be cut at both edges of any place without harm', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(), (text, place) => {
      const bytes = bytesOf(text)
      const at = place % (bytes.length + 1)
      const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
      const [before, after] = [utf8EdgeBefore(bytes, at), utf8EdgeAfter(bytes, at)]
      expect(text.startsWith(decoder.decode(bytes.subarray(0, before)))).toBe(true)
      expect(text.endsWith(decoder.decode(bytes.subarray(after)))).toBe(true)
      expect(after - before).toBeOneOf([0, 2, 3, 4])
    }),
  )
})
