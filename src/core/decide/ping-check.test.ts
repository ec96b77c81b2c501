import { expect, test } from 'bun:test'
import { lateCheck } from './ping-check.ts'

const AT = Date.UTC(2026, 7, 2, 10)
const LATE = {
  monitor: 'job',
  runId: 'r',
  atMs: AT,
  dueAtMs: AT - 3_600_000 - 0.4,
  lastSuccessAtMs: null,
  startedAtMs: null,
}

test.each([
  { name: 'never pinged', known: {}, reason: 'no success yet, due 2026-08-02T09:00:00Z' },
  {
    name: 'pinged a day ago',
    known: { lastSuccessAtMs: AT - 93_610_000 },
    reason: 'no success for 1d2h, due 2026-08-02T09:00:00Z',
  },
  {
    name: 'pinged a moment ago, and started since',
    known: { lastSuccessAtMs: AT - 90_400, startedAtMs: AT - 3_700_000 },
    reason: 'no success for 1m30s, due 2026-08-02T09:00:00Z; it started 1h2m ago and has not ended',
  },
])('a late ping says why: $name', ({ known, reason }) => {
  expect(lateCheck({ ...LATE, ...known })).toEqual({
    monitor: 'job',
    runId: 'r',
    outcome: 'failed',
    exitCode: null,
    reason,
    output: '',
    startedAtMs: AT,
    durationMs: 0,
  })
})
