import { describe, expect, test } from 'bun:test'
import { createRandom } from '../../../test/support/random.ts'
import { decideQuorum, isDecided, type JudgedPlace } from './quorum.ts'

const SAID = {
  passed: { exitCode: 0, reason: 'exit code 0', output: 'fine\n' },
  warned: { exitCode: 1, reason: 'exit code 1', output: 'slow\n' },
  failed: { exitCode: 2, reason: 'exit code 2', output: 'refused\n' },
  timed_out: { exitCode: null, reason: 'timed out after 10s', output: '' },
  not_started: { exitCode: null, reason: 'no such file', output: '' },
  void: { exitCode: null, reason: 'no node is there', output: '' },
} as const

type Said = keyof typeof SAID
const OUTCOMES = Object.keys(SAID) as Said[]

function said(outcome: Said, name: string, changes: Partial<JudgedPlace> = {}): JudgedPlace {
  const { output, reason } = SAID[outcome]
  const summary = output.trim() || reason
  return {
    place: `node:${name}`,
    node: outcome === 'void' ? null : name,
    outcome,
    summary,
    durationMs: 5,
    ...SAID[outcome],
    ...changes,
  }
}

function decide(places: readonly JudgedPlace[], quorum: number) {
  const [first, ...others] = places
  if (first === undefined) throw new Error('no places')
  return decideQuorum([first, ...others], { monitor: 'web', runId: 'r', startedAtMs: 1000, quorum })
}

const NAMES = ['home', 'nas', 'vps-a', 'vps-b', 'vps-c']
const many = (outcomes: readonly Said[]) => outcomes.map((outcome, index) => said(outcome, NAMES[index] ?? ''))

test.each<{ places: readonly Said[]; quorum: number; outcome: Said; exitCode: number | null; reason: string }>([
  {
    places: ['failed', 'failed', 'passed'],
    quorum: 2,
    outcome: 'failed',
    exitCode: 2,
    reason: 'fails in home and nas, passes in vps-a',
  },
  {
    places: ['failed', 'passed', 'passed'],
    quorum: 2,
    outcome: 'passed',
    exitCode: 0,
    reason: 'fails in home, passes in nas and vps-a',
  },
  {
    places: ['failed', 'passed', 'passed'],
    quorum: 1,
    outcome: 'failed',
    exitCode: 2,
    reason: 'fails in home, passes in nas and vps-a',
  },
  {
    places: ['failed', 'warned', 'passed'],
    quorum: 2,
    outcome: 'warned',
    exitCode: 1,
    reason: 'fails in home, warns in nas, passes in vps-a',
  },
  { places: ['timed_out', 'failed'], quorum: 2, outcome: 'failed', exitCode: 2, reason: 'fails in home and nas' },
  {
    places: ['timed_out', 'not_started'],
    quorum: 2,
    outcome: 'timed_out',
    exitCode: null,
    reason: 'fails in home and nas',
  },
  {
    places: ['passed', 'void', 'void'],
    quorum: 1,
    outcome: 'passed',
    exitCode: 0,
    reason: 'passes in home, no answer from nas and vps-a',
  },
  {
    places: ['failed', 'void', 'void'],
    quorum: 2,
    outcome: 'void',
    exitCode: null,
    reason: 'nobody is watching: 1 of 3 places answered, and it takes 2: fails in home, no answer from nas and vps-a',
  },
])('$quorum of $places is $outcome', ({ places, quorum, outcome, exitCode, reason }) => {
  const check = decide(many(places), quorum)
  expect(check).toMatchObject({ monitor: 'web', runId: 'r', startedAtMs: 1000, outcome, exitCode, reason })
})

test('one place is as a check on this machine, and says where', () => {
  for (const outcome of OUTCOMES) {
    const place = said(outcome, 'nas')
    const { output, ...answer } = place
    expect(decide([place], 1)).toEqual({
      monitor: 'web',
      runId: 'r',
      startedAtMs: 1000,
      outcome,
      exitCode: place.exitCode,
      reason: place.reason,
      output,
      durationMs: 5,
      places: [answer],
    })
  }
})

describe('the output', () => {
  test('has a line for each place, those that fail first, and then what is longer', () => {
    const places = [
      said('passed', 'home'),
      said('failed', 'vps-a', { output: 'refused\nby 192.0.2.1\n' }),
      said('timed_out', 'x', { place: 'tag:lan', node: 'laptop' }),
      said('void', 'x', { place: 'tag:dmz', summary: 'nobody has the tag' }),
    ]
    expect(decide(places, 2).output).toBe(`vps-a: refused
laptop (lan): timed out
home: passed: fine
tag dmz: no answer: nobody has the tag

--- vps-a
refused
by 192.0.2.1
`)
  })

  test('is no larger than that of one command', () => {
    const output = 'long\n'.repeat(13_000)
    const places = NAMES.map((name) => said('failed', name, { output }))
    expect(decide(places, 3).output.length).toBeLessThan(66 * 1024)
  })
})

test('it is decided as soon as, and not before, all that can still come agrees', () => {
  const random = createRandom(4)
  for (let round = 0; round < 1000; round++) {
    const outcomes = Array.from({ length: random.int(1, 4) }, () => random.pick(OUTCOMES))
    const quorum = random.int(1, outcomes.length)
    const said = outcomes.slice(0, random.int(0, outcomes.length))
    const about = { quorum, placeCount: outcomes.length }
    const fails = (all: readonly Said[]) => isFailing(decide(many(all), quorum).outcome)
    // Whoever has not answered yet may still say each of these.
    const ends = (['passed', 'failed', 'void'] as const).map((rest) =>
      decide(many([...said, ...Array<Said>(outcomes.length - said.length).fill(rest)]), quorum),
    )
    const canChange = new Set(ends.map(({ outcome }) => (outcome === 'void' ? outcome : isFailing(outcome)))).size > 1
    if (said.length > 0)
      expect([said, quorum, isDecided(said, about)]).toEqual([said, quorum, !canChange && ends[0]?.outcome !== 'void'])
    expect(isDecided(outcomes, about)).toBe(fails(outcomes) || decide(many(outcomes), quorum).outcome !== 'void')
  }
})

function isFailing(outcome: string): boolean {
  return ['failed', 'timed_out', 'not_started'].includes(outcome)
}

test('any answers: the order of places is only one of words, and each more failure makes it no better', () => {
  const random = createRandom(9)
  const rank = (outcome: string) => (['passed', 'warned'].includes(outcome) ? 0 : 1)
  for (let round = 0; round < 2000; round++) {
    const outcomes = Array.from({ length: random.int(1, 5) }, () => random.pick(OUTCOMES))
    const quorum = random.int(1, outcomes.length)
    const places = many(outcomes)
    const check = decide(places, quorum)
    const count = (...of: Said[]) => outcomes.filter((one) => of.includes(one)).length
    const failed = count('failed', 'timed_out', 'not_started')
    const answered = outcomes.length - count('void')

    // What the rule says, counted.
    if (answered < quorum) expect(check.outcome).toBe('void')
    else if (failed >= quorum) expect(['failed', 'timed_out', 'not_started']).toContain(check.outcome)
    else expect(check.outcome).toBe(count('warned') > 0 ? 'warned' : 'passed')

    // A failure's exit code is one that a failing place had.
    const codes = places.filter(({ outcome }) => outcome === check.outcome).map(({ exitCode }) => exitCode)
    if (outcomes.length > 1 && check.outcome !== 'void') expect([0, ...codes]).toContain(check.exitCode)

    expect(check.places?.map(({ place }) => place)).toEqual(places.map(({ place }) => place))
    for (const { node, place } of check.places ?? []) {
      if (outcomes.length > 1) expect(check.reason + check.output).toContain(node ?? place.slice(5))
    }

    // The order of the places changes nothing.
    const reversed = decide([...places].reverse(), quorum)
    expect(rank(reversed.outcome)).toBe(rank(check.outcome))
    expect(reversed.outcome === 'void').toBe(check.outcome === 'void')

    // A place that begins to fail makes no failure a pass; a place that falls silent makes nothing fail.
    const index = random.int(0, outcomes.length - 1)
    const worse = decide(many(outcomes.with(index, 'failed')), quorum)
    if (rank(check.outcome) === 1 && check.outcome !== 'void') expect(rank(worse.outcome)).toBe(1)
    const quieter = decide(many(outcomes.with(index, 'void')), quorum)
    if (rank(check.outcome) === 0)
      expect([0, 'void']).toContain(quieter.outcome === 'void' ? 'void' : rank(quieter.outcome))
  }
})
