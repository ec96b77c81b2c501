import { describe, expect, test } from 'bun:test'
import { aMonitor } from '../../../test/support/samples.ts'
import { PENDING } from '../../core/model/state.ts'
import type { CheckResult, MonitorState, Mute } from '../../core/model/types.ts'
import { describeChange, describeCheck } from './describe.ts'

const CURL = 'curl: (22) The requested URL returned error: 503'
const MAINTENANCE: Mute = { by: 'maintenance', untilMs: 0 }
const SILENCE: Mute = { by: 'silence', untilMs: 0, reason: '' }

function aCheck(changes: Partial<CheckResult>): CheckResult {
  return {
    ...{ monitor: 'A', runId: 'run', outcome: 'failed', exitCode: 22, reason: 'exit code 22', output: '' },
    ...{ startedAtMs: 0, durationMs: 12 },
    ...changes,
  }
}

describe('a change of status', () => {
  const rows: {
    says: string
    level?: string
    name?: string
    state?: Partial<MonitorState>
    check?: Partial<CheckResult>
    mute?: Mute
  }[] = [
    { says: '"A" is down: exit code 22' },
    { says: `"A" is down: ${CURL} (exit code 22)`, check: { output: `${CURL}\n` } },
    {
      says: `"A" is down: ${CURL} (exit code 22); 4 failures`,
      check: { output: `\n${CURL}\nmore\n` },
      state: { failureCount: 4 },
    },
    {
      says: '"A" is failing: timed out after 30s: connecting',
      check: { outcome: 'timed_out', reason: 'timed out after 30s', output: 'connecting' },
      state: { status: 'failing' },
    },
    { says: 'Site "A" is down: exit code 22', name: 'Site "A"' },
    { says: '"A" is up', level: 'info', check: { outcome: 'passed' }, state: { status: 'up', failureCount: 0 } },
    { says: '"A" is down in maintenance: exit code 22', level: 'info', mute: MAINTENANCE },
    {
      says: '"A" is failing in maintenance: exit code 22',
      level: 'info',
      mute: MAINTENANCE,
      state: { status: 'failing' },
    },
    { says: '"A" is down: exit code 22', mute: SILENCE },
  ]
  test.each(rows)('$says', ({ says, level = 'warn', name = 'A', state, check, mute = null }) => {
    const watched = {
      monitor: aMonitor({ name }),
      state: { ...PENDING, status: 'down', failureCount: 1, ...state },
    } as const
    const line = describeChange(watched, aCheck(check ?? {}), mute)
    expect(line.slice(0, 2)).toEqual([level, says])
  })

  test('a long line of output shows both of its ends, and the exit code', () => {
    const watched = { monitor: aMonitor({ name: 'A' }), state: { ...PENDING, status: 'down' } } as const
    const [, text] = describeChange(watched, aCheck({ output: `first ${'x'.repeat(100_000)} last` }), null)
    expect(text).toMatch(/^"A" is down: first x+ … x+ last \(exit code 22\)$/)
    expect(text.length).toBeLessThan(400)
  })
})

test.each([
  { says: `"A" failed: ${CURL} (exit code 22)`, check: { output: CURL } },
  { says: '"A" passed: DISK OK', check: { outcome: 'passed', reason: 'exit code 0', output: 'DISK OK' } },
  { says: '"A" passed', check: { outcome: 'passed', reason: 'exit code 0' } },
  { says: '"A" timed out: after 30s', check: { outcome: 'timed_out', reason: 'timed out after 30s' } },
] as const)('a check that changes nothing: $says', ({ says, check }) => {
  expect(describeCheck(aCheck(check)).slice(0, 2)).toEqual(['debug', says])
})
