import { expect, test } from 'bun:test'
import { aMonitor } from '../../test/samples.ts'
import { simulate } from './simulate.ts'

const POLICY = { ...aMonitor().policy, alertAfter: { kind: 'failures', count: 3 } as const }

function play(letters: string, retryIntervalMs: number | null) {
  const monitor = aMonitor({ policy: POLICY, retryIntervalMs })
  const outcomeAt = (_: number, index: number) =>
    letters[index] === undefined ? null : letters[index] === 'x' ? 'failed' : 'passed'
  return [...simulate({ monitor, nextSlotMs: (afterMs) => afterMs + 30_000, outcomeAt })]
}

// checks: . passed, x failed
test.each([
  { name: 'keeps the interval', checks: 'xxx.', retryMs: null, at: [0, 30, 60, 90], told: ['', '', 'down', 'up'] },
  {
    name: 'hurries while failing',
    checks: 'xxxx.',
    retryMs: 5000,
    at: [0, 5, 10, 30, 60],
    told: ['', '', 'down', '', 'up'],
  },
  { name: 'stays in its grid', checks: '.xx.x', retryMs: 20_000, at: [0, 30, 50, 60, 90], told: ['', '', '', '', ''] },
  { name: 'plays nothing', checks: '', retryMs: null, at: [], told: [] },
])('$name', ({ checks, retryMs, at, told }) => {
  const steps = play(checks, retryMs)
  expect(steps.map(({ atMs }) => atMs / 1000)).toEqual([...at])
  expect(steps.map(({ tellings }) => tellings[0]?.kind ?? '')).toEqual([...told] as ('' | 'down' | 'up')[])
})
