import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Status } from '../model/types.ts'
import { afterRun, type Cause, causeOf, isStale, mayExplain, type Span } from './cause.ts'

interface Row {
  readonly name: string
  readonly before?: Status
  /** Start, end, and how it ended. */
  readonly runs: readonly (readonly [startedMs: number, endedMs: number, ending: 'passes' | 'fails'])[]
  readonly check: readonly [startedMs: number, endedMs: number] | null
  readonly isExplained: boolean
}

const seen = ({ before = 'pending', runs }: Pick<Row, 'before' | 'runs'>): Cause =>
  runs.reduce(
    (cause, [startedMs, endedMs, ending]) => afterRun(cause, { startedMs, endedMs }, ending === 'passes'),
    causeOf(before),
  )

describe('mayExplain', () => {
  test.each<Row>([
    { name: 'nothing, before its first run', runs: [], check: [1, 2], isExplained: false },
    { name: 'nothing, if it only passes', runs: [[3, 4, 'passes']], check: [1, 2], isExplained: false },
    { name: 'what fails while it fails', runs: [[3, 4, 'fails']], check: [1, 2], isExplained: true },
    {
      name: 'what began before it passed again, however late it ends',
      runs: [
        [1, 2, 'fails'],
        [4, 5, 'passes'],
        [6, 7, 'passes'],
      ],
      check: [3, 100],
      isExplained: true,
    },
    {
      name: 'what began while it came to pass: it may have mended at the end of that run',
      runs: [
        [1, 2, 'fails'],
        [4, 6, 'passes'],
      ],
      check: [5, 9],
      isExplained: true,
    },
    {
      name: 'nothing that began after it has passed',
      runs: [
        [1, 2, 'fails'],
        [4, 6, 'passes'],
      ],
      check: [6, 9],
      isExplained: false,
    },
    {
      name: 'what ran while it failed and passed again',
      runs: [
        [1, 2, 'passes'],
        [4, 5, 'fails'],
        [6, 7, 'passes'],
      ],
      check: [3, 8],
      isExplained: true,
    },
    {
      name: 'what an earlier process saw fail, until it passes',
      before: 'down',
      runs: [[4, 5, 'passes']],
      check: [1, 6],
      isExplained: true,
    },
    {
      name: 'a ping, only while it fails',
      runs: [
        [1, 2, 'fails'],
        [4, 5, 'passes'],
      ],
      check: null,
      isExplained: false,
    },
    { name: 'a ping that comes while it fails', runs: [[1, 2, 'fails']], check: null, isExplained: true },
  ])('$name', ({ check, isExplained, ...row }) => {
    const span = check === null ? null : { startedMs: check[0], endedMs: check[1] }
    expect(mayExplain(seen(row), span)).toBe(isExplained)
  })

  /** The times between the pass before a failure and the pass after it, both whole, from the list of all runs. */
  const troubles = (runs: Row['runs']): readonly Span[] =>
    runs.flatMap(([, , ending], index) => {
      if (ending === 'passes') return []
      const before = runs.slice(0, index).findLast(([, , one]) => one === 'passes')
      const after = runs.slice(index).find(([, , one]) => one === 'passes')
      return [{ startedMs: before?.[0] ?? -Infinity, endedMs: after?.[1] ?? Infinity }]
    })

  test('is what overlaps with the time from the pass before a failure to the pass after it', () => {
    const aRun = fc.tuple(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      fc.constantFrom('passes' as const, 'fails' as const),
    )
    fc.assert(
      fc.property(fc.array(aRun, { maxLength: 8 }), fc.nat(80), fc.nat(40), (steps, startedMs, tookMs) => {
        let atMs = 0
        const all = steps.map(([pauseMs, takesMs, ending]) => {
          const runAtMs = atMs + pauseMs
          atMs = runAtMs + takesMs
          return [runAtMs, atMs, ending] as const
        })
        // What is asked ends the list: the first run that began after the check had ended.
        const span = { startedMs, endedMs: startedMs + tookMs }
        const asked = all.findIndex(([runAtMs]) => runAtMs > span.endedMs)
        const runs = asked === -1 ? all : all.slice(0, asked + 1)
        const isOverlapping = troubles(runs).some(
          (one) => span.startedMs < one.endedMs && (span.endedMs > one.startedMs || one.endedMs === Infinity),
        )
        expect(mayExplain(seen({ runs }), span)).toBe(isOverlapping)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('isStale', () => {
  const child = { endedMs: 20, outageStartedMs: 10 }
  test.each([
    { name: 'never checked', status: 'pending', askedMs: -Infinity, expected: true },
    { name: 'passed while the check of its child ran', status: 'up', askedMs: 19, expected: true },
    { name: 'passed since', status: 'up', askedMs: 20, expected: false },
    { name: 'failed before the outage of its child', status: 'down', askedMs: 9, expected: true },
    { name: 'has failed since that began', status: 'failing', askedMs: 10, expected: false },
    { name: 'switched off', status: 'paused', askedMs: -Infinity, expected: false },
  ] as const)('$name', ({ status, askedMs, expected }) => {
    expect(isStale({ status, cause: { askedMs, troubleUntilMs: 0 } }, child)).toBe(expected)
  })
})
