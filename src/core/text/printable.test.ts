import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { named, printable, UNPRINTABLE } from './printable.ts'

/** What joiners and flags are made of. */
const SPELLING = fc.constantFrom(
  ...['\u200c', '\u200d', 'ب', 'ष', '्', '👩', '💻', '🏽', '\ufe0f', '🏴', '\u{e0067}', '\u{e007f}', 'a', '\u202e'],
)

describe('printable', () => {
  test.each([
    { name: 'plain text, tabs and newlines stay', text: 'a\tb\nc', expected: 'a\tb\nc' },
    {
      name: 'other scripts stay',
      text: 'Ünïcode Ελλάδα 日本語 हिन्दी العربية',
      expected: 'Ünïcode Ελλάδα 日本語 हिन्दी العربية',
    },
    { name: 'emoji with its selector stays', text: '❤️ 🚀', expected: '❤️ 🚀' },
    { name: 'a backslash stays', text: 'C:\\x1b', expected: 'C:\\x1b' },
    { name: 'A8: F6: clears no screen', text: '\x1b[2Jx', expected: '\\x1b[2Jx' },
    { name: 'A8: NUL, backspace, carriage return, DEL', text: '\0\b\r\x7f', expected: '\\x00\\x08\\r\\x7f' },
    { name: 'F6: 8-bit control sequences', text: '\x9b2J\x85', expected: '\\x9b2J\\x85' },
    { name: 'F6: direction of writing', text: 'a\u202eb\u2066c\u061c', expected: 'a\\u202eb\\u2066c\\u061c' },
    { name: 'F6: zero-width', text: 'a\u200bb\ufeffc\u00add\u2060', expected: 'a\\u200bb\\ufeffc\\xadd\\u2060' },
    { name: 'F6: hidden tags', text: 'x\u{e0041}', expected: 'x\\u{e0041}' },
    { name: 'joiners of Persian', text: 'وب\u200cسایت', expected: 'وب\u200cسایت' },
    { name: 'joiners of Hindi', text: 'क्\u200dष', expected: 'क्\u200dष' },
    {
      name: 'joiners of emoji',
      text: '👩\u200d💻 🧑🏽\u200d🚀 ❤️\u200d🔥',
      expected: '👩\u200d💻 🧑🏽\u200d🚀 ❤️\u200d🔥',
    },
    {
      name: 'the flag of England',
      text: '🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f} London',
      expected: '🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f} London',
    },
    { name: 'F6: joiners elsewhere', text: 'a\u200db c\u200cd 👩\u200da', expected: 'a\\u200db c\\u200cd 👩\\u200da' },
    { name: 'F6: more joiners than one', text: 'ب\u200c\u200cس', expected: 'ب\\u200c\\u200cس' },
    { name: 'F6: a joiner at the end', text: 'ب\u200c', expected: 'ب\\u200c' },
    {
      name: 'F6: a message in a flag',
      text: '🏴\u{e0067}\u{e0062}\u{e007f}',
      expected: '🏴\\u{e0067}\\u{e0062}\\u{e007f}',
    },
    { name: 'F6: soft hyphen', text: 'co\xadop', expected: 'co\\xadop' },
    { name: 'separators that end a line elsewhere', text: 'a\u2028b\u2029', expected: 'a\\u2028b\\u2029' },
    { name: 'A8: lone surrogates', text: 'a\ud83db\ude00', expected: 'a\\ud83db\\ude00' },
  ])('$name', ({ text, expected }) => {
    expect(printable(text)).toBe(expected)
  })

  test('newlines are shown when asked for, on one line', () => {
    expect(printable('one\r\ntwo\n', { newlines: 'escape' })).toBe('one\\r\\ntwo\\n')
  })

  test('F6: whatever comes in, nothing unprintable comes out, and printable text is untouched', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: SPELLING })), (text) => {
        const shown = printable(text)
        expect(shown.match(UNPRINTABLE)).toBeNull()
        expect(shown.isWellFormed()).toBe(true)
        expect(printable(shown)).toBe(shown)
      }),
    )
  })
})

test.each([
  { name: 'Site', shown: '"Site"' },
  { name: 'Site "A"', shown: 'Site "A"' },
  { name: '12" disk', shown: '12" disk' },
  { name: "Bob's", shown: '"Bob\'s"' },
  { name: '', shown: '""' },
])('a name in a sentence: $shown', ({ name, shown }) => {
  expect(named(name)).toBe(shown)
})
