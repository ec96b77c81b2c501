import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { TEST_LIMIT_MS } from '../../test/support/pace.ts'
import { decodeOutput, OutputWindow, utf8EdgeAfter, utf8EdgeBefore } from './output-window.ts'

const KIB = 1024

function windowOf(...chunks: (string | Uint8Array)[]): OutputWindow {
  const window = new OutputWindow()
  for (const chunk of chunks.map((chunk) => Buffer.from(chunk))) window.append(chunk, chunk.length)
  return window
}

test.each([
  { name: 'nothing', bytes: [], text: '' },
  { name: 'what is no UTF-8', bytes: [0xff, 0xfe, 0x61], text: '\ufffd\ufffda' },
  { name: 'NUL', bytes: [0x61, 0, 0x62, 0], text: 'ab' },
  { name: 'control characters, which the sinks deal with', bytes: [0x1b, 0x5b, 0x32, 0x4a], text: '\u001b[2J' },
  { name: 'a byte order mark', bytes: [0xef, 0xbb, 0xbf, 0x61], text: '\ufeffa' },
])('A8: decodes $name', ({ bytes, text }) => {
  expect(decodeOutput(Buffer.from(bytes), bytes.length)).toBe(text)
})

test('A8: joins a four-byte character split over two writes', () => {
  const bird = Buffer.from('🐦')
  expect(windowOf(bird.subarray(0, 2), bird.subarray(2)).text()).toBe('🐦')
})

test('keeps 64 KiB whole', () => {
  const text = `${'x'.repeat(16 * KIB - 1)}🐦${'y'.repeat(48 * KIB - 3)}`
  expect(windowOf(text).text()).toBe(text)
})

test('A7: keeps the first 16 KiB and the last 48 KiB and says how much is left out', () => {
  const window = windowOf('a'.repeat(16 * KIB), 'b'.repeat(1000), 'c'.repeat(48 * KIB))
  expect(window.text()).toBe(`${'a'.repeat(16 * KIB)}\n[... 1000 bytes left out ...]\n${'c'.repeat(48 * KIB)}`)
})

test('A8: cuts no character in two', () => {
  const text = windowOf('a', 'é'.repeat(40_000)).text()
  expect(text).not.toContain('\ufffd')
  expect(text).toStartWith(`a${'é'.repeat(8191)}\n[... ${1 + 80_000 - 16_383 - 48 * KIB} bytes left out ...]\né`)
})

// The naive way: keep everything, cut at the end.
function expectedText(whole: Buffer): string {
  if (whole.length <= 64 * KIB) return whole.toString()
  const head = new TextDecoder().decode(whole.subarray(0, 16 * KIB), { stream: true })
  const tail = whole
    .subarray(-48 * KIB)
    .toString()
    .replace(/^\ufffd+/, '')
  const leftOut = whole.length - Buffer.byteLength(head) - Buffer.byteLength(tail)
  return `${head}\n[... ${leftOut} bytes left out ...]\n${tail}`
}

test(
  'keeps the same however the output arrives',
  () => {
    const text = fc
      .tuple(fc.string({ unit: fc.constantFrom('a', 'é', '€', '🐦'), minLength: 1, maxLength: 40 }), fc.nat(60_000))
      .map(([pattern, length]) => pattern.repeat(length / pattern.length + 1))
    const sizes = fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(text, sizes, (printed, chunkSizes) => {
        const whole = Buffer.from(printed)
        const window = new OutputWindow()
        for (let from = 0, turn = 0; from < whole.length; turn++) {
          const size = chunkSizes[turn % chunkSizes.length] ?? 1
          const chunk = whole.subarray(from, from + size)
          window.append(chunk, chunk.length)
          from += size
        }
        expect(window.text()).toBe(expectedText(whole))
      }),
      { numRuns: 60 },
    )
  },
  TEST_LIMIT_MS,
)

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
