import { expect, test } from 'bun:test'
import { type Fate, fateOf, isCopyDue } from './fate.ts'
import type { Position } from './own-file.ts'

const NEW = { position: null, own: 0 }
const at = (sequence: number, own = 0, id = 'j') => ({ position: { id, sequence, recordId: `r${sequence}` }, own })

test.each<{
  name: string
  file: { readonly position: Position | null; readonly own: number }
  journal: readonly [first: number, last: number]
  base: number | null
  expected: Fate
}>([
  { name: 'nothing is there yet', file: NEW, journal: [1, 0], base: null, expected: 'begin' },
  { name: 'another journal was in its place', file: at(9, 0, 'old'), journal: [1, 0], base: null, expected: 'begin' },
  { name: 'it was begun, without a copy', file: at(0), journal: [1, 0], base: null, expected: 'begin' },
  { name: 'it was begun, with a copy', file: at(0), journal: [1, 0], base: 0, expected: 'follow' },
  { name: 'a server is new', file: NEW, journal: [1, 5], base: 3, expected: 'fetch' },
  { name: 'a server is new, and nothing was written yet', file: NEW, journal: [1, 0], base: 0, expected: 'fetch' },
  { name: 'it has everything', file: at(5), journal: [1, 5], base: 3, expected: 'follow' },
  { name: 'it lacks some', file: at(2), journal: [1, 5], base: 3, expected: 'follow' },
  { name: 'it lacks just what is still there', file: at(2), journal: [3, 5], base: 2, expected: 'follow' },
  { name: 'it lacks what is no longer there', file: at(1), journal: [3, 5], base: 3, expected: 'fetch' },
  { name: 'it has more than there is', file: at(9), journal: [1, 5], base: 3, expected: 'fetch' },
  { name: 'it has its own, and nobody went on', file: at(5, 3), journal: [1, 5], base: 3, expected: 'follow' },
  { name: 'it has its own, and others went on', file: at(4, 3), journal: [1, 5], base: 3, expected: 'fetch' },
  { name: 'it belongs to another journal', file: at(5, 0, 'old'), journal: [1, 5], base: 3, expected: 'fetch' },
  { name: 'the copy is too old', file: NEW, journal: [6, 9], base: 3, expected: 'wait' },
  { name: 'there is no copy', file: NEW, journal: [1, 9], base: null, expected: 'wait' },
])('$name: $expected', ({ file: { position, own }, journal: [firstSequence, lastSequence], base, expected }) => {
  const copy = base === null ? null : { journalId: 'j', sequence: base }
  const known = { position, unpublishedCount: own }
  expect(fateOf({ file: known, isForked: false, journal: { id: 'j', firstSequence, lastSequence }, base: copy })).toBe(
    expected,
  )
})

test.each([
  { name: 'there is a copy', base: 3, expected: 'fetch' },
  { name: 'there is none', base: null, expected: 'wait' },
])('the journal has another record where it has its last, and $name: $expected', ({ base, expected }) => {
  const file = { position: { id: 'j', sequence: 5, recordId: 'taken back' }, unpublishedCount: 0 }
  const copy = base === null ? null : { journalId: 'j', sequence: base }
  const journal = { id: 'j', firstSequence: 1, lastSequence: 5 }
  expect(fateOf({ file, isForked: true, journal, base: copy })).toBe(expected as Fate)
})

test('a copy of another journal helps nobody', () => {
  const journal = { id: 'j', firstSequence: 1, lastSequence: 4 }
  const file = { position: null, unpublishedCount: 0 }
  expect(fateOf({ file, isForked: false, journal, base: { journalId: 'old', sequence: 4 } })).toBe('wait')
})

test.each([
  { name: 'there is none', base: null, first: 1, last: 3, expected: true },
  { name: 'it is new', base: 3, first: 1, last: 3, expected: false },
  { name: 'a few records came since', base: 3, first: 1, last: 3000, expected: false },
  { name: 'many came since', base: 3, first: 1, last: 30_000, expected: true },
  { name: 'the journal drops records, and half of it came since', base: 130, first: 100, last: 190, expected: true },
  { name: 'the journal drops records, and few came since', base: 180, first: 100, last: 190, expected: false },
])('a copy is due: $name', ({ base, first, last, expected }) => {
  const copy = base === null ? null : { journalId: 'j', sequence: base }
  const journal = { id: 'j', firstSequence: first, lastSequence: last }
  expect(isCopyDue(copy, journal, { id: 'j', sequence: last, recordId: '' })).toBe(expected)
})
