import { expect, test } from 'bun:test'
import { placeKey, placeName, placesText, placeText, runOnText, whereText } from './place-words.ts'
import type { PlaceAnswer } from './types.ts'

const PASSED: PlaceAnswer = {
  place: 'node:nas',
  node: 'nas',
  outcome: 'passed',
  exitCode: 0,
  reason: 'exit code 0',
  summary: 'exit code 0',
  durationMs: 1,
}
const FAILED: PlaceAnswer = { ...PASSED, outcome: 'failed', exitCode: 1, reason: 'exit code 1', summary: 'refused' }
const LAN: PlaceAnswer = { ...PASSED, place: 'tag:lan', node: 'laptop' }
const NOBODY: PlaceAnswer = {
  ...PASSED,
  place: 'tag:dmz',
  node: null,
  outcome: 'void',
  reason: 'nobody is watching: no node with the tag `dmz` is there',
  summary: 'nobody is watching: no node with the tag `dmz` is there',
}

test.each([
  { answer: PASSED, text: 'nas: passed' },
  { answer: { ...PASSED, summary: '200 OK' }, text: 'nas: passed: 200 OK' },
  { answer: FAILED, text: 'nas: refused' },
  {
    answer: { ...LAN, outcome: 'timed_out', summary: 'timed out after 10s' } as const,
    text: 'laptop (lan): timed out',
  },
  { answer: NOBODY, text: 'tag dmz: no answer: no node with the tag `dmz` is there' },
])('$text', ({ answer, text }) => {
  expect(placeText(answer)).toBe(text)
})

test('places say what in one line', () => {
  expect(placesText([FAILED, { ...FAILED, place: 'node:vps' }, LAN, NOBODY])).toBe(
    'fails in nas and vps, passes in laptop (lan), no answer from tag dmz',
  )
})

test.each([
  { name: 'one machine', places: undefined, text: '' },
  { name: 'a node', places: [PASSED], text: 'on nas' },
  { name: 'a tag', places: [LAN], text: 'on laptop (lan)' },
  { name: 'a tag, several times', places: [LAN], count: 3, text: 'on tag lan' },
  { name: 'nobody', places: [NOBODY], text: '' },
  { name: 'several, of which the reason tells', places: [PASSED, LAN], text: '' },
])('where it ran: $name', ({ places, count, text }) => {
  expect(whereText(places, count)).toBe(text)
})

test('where it is to run', () => {
  const nas = { kind: 'node', node: 'nas' } as const
  const lan = { kind: 'tag', tag: 'lan' } as const
  expect(runOnText({ places: [lan], quorum: 1 })).toBe('tag lan')
  expect(runOnText({ places: [nas, lan], quorum: 2 })).toBe('nas, tag lan; fails if 2 of 2 do')
})

// Names may hold what divides the parts of a key.
test.each(['a', 'a:b', 'node:a'])('a key leads back to the name: %s', (name) => {
  expect(placeName({ place: placeKey({ kind: 'node', node: name }), node: null })).toBe(name)
})
