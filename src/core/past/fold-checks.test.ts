import { expect, test } from 'bun:test'
import { foldChecks } from './fold-checks.ts'
import type { KeptCheck } from './kept.ts'

const PASSED = { outcome: 'passed', exitCode: 0, reason: '', output: '', quiet: '', durationMs: 1 } as const
const FAILED = { ...PASSED, outcome: 'failed', exitCode: 7, reason: 'exit code 7' } as const

/** A check a second: S passed, F failed with 7, G failed with 8, V counts for nothing. */
function tape(letters: string): KeptCheck[] {
  const kinds: Record<string, Omit<KeptCheck, 'startedAtMs'>> = {
    S: PASSED,
    F: FAILED,
    G: { ...FAILED, exitCode: 8, reason: 'exit code 8' },
    V: { ...FAILED, outcome: 'void', exitCode: null, reason: 'out of memory' },
  }
  return [...letters].map((letter, index) => ({ startedAtMs: index * 1000, ...(kinds[letter] ?? PASSED) }))
}

test.each<{ name: string; letters: string; gaps?: number[]; isEach?: boolean; expected: string[] }>([
  { name: 'nothing', letters: '', expected: [] },
  { name: 'passes', letters: 'SSS', expected: ['passed 3 0-2000'] },
  { name: 'an outage', letters: 'SFFFS', expected: ['passed 1 0-0', 'failed 3 1000-3000', 'passed 1 4000-4000'] },
  { name: 'another reason', letters: 'FFG', expected: ['failed 2 0-1000', 'failed 1 2000-2000'] },
  {
    name: 'checks that count for nothing',
    letters: 'SVVS',
    expected: ['passed 1 0-0', 'void 2 1000-2000', 'passed 1 3000-3000'],
  },
  {
    name: 'a time that nobody watched',
    letters: 'SSSS',
    gaps: [1500],
    expected: ['passed 2 0-1000', 'passed 2 2000-3000'],
  },
  {
    name: 'many of those, some before',
    letters: 'SSS',
    gaps: [-5, 0, 1200, 1700],
    expected: ['passed 2 0-1000', 'passed 1 2000-2000'],
  },
  { name: 'each, if that is wanted', letters: 'SS', isEach: true, expected: ['passed 1 0-0', 'passed 1 1000-1000'] },
])('folds $name', ({ letters, gaps = [], isEach = false, expected }) => {
  const runs = foldChecks(tape(letters), { isEach, gapEndsMs: gaps })
  expect(runs.map(({ outcome, count, fromMs, toMs }) => `${outcome} ${count} ${fromMs}-${toMs}`)).toEqual(expected)
})

test('a run has the first output, the longest duration, and each reason to be quiet with its count', () => {
  const checks = [
    { ...FAILED, startedAtMs: 0, quiet: 'not yet past alert_after', durationMs: 3 },
    { ...FAILED, startedAtMs: 1, output: 'refused', durationMs: 9 },
    { ...FAILED, startedAtMs: 2, output: 'worse', quiet: 'between reminders' },
    { ...FAILED, startedAtMs: 3, quiet: 'between reminders' },
  ]
  const [run, ...others] = foldChecks(checks, { isEach: false, gapEndsMs: [] })
  expect(others).toEqual([])
  expect(run).toMatchObject({ output: 'refused', longestMs: 9, exitCode: 7, reason: 'exit code 7' })
  expect([...(run?.quiet.values() ?? [])]).toEqual([
    { why: 'not yet past alert_after', fromMs: 0, count: 1 },
    { why: 'between reminders', fromMs: 2, count: 2 },
  ])
})
