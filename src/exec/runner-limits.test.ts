import { expect, setDefaultTimeout, test } from 'bun:test'
import { chmodSync, mkdtempSync, readdirSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Scenario, ScenarioReport } from '../../test/fixtures/scenario.ts'
import { EVENT_LIMIT_MS, limitMs, TEST_LIMIT_MS } from '../../test/support/pace.ts'

setDefaultTimeout(TEST_LIMIT_MS)

/** Runs a scenario in a process of its own, started through the words of `wrapper`, with a temporary directory of its own. */
async function play(scenario: Scenario, wrapper: readonly string[] = []): Promise<ScenarioReport> {
  const temporary = mkdtempSync(join(tmpdir(), 'scenario-'))
  chmodSync(temporary, 0o777)
  const file = join(import.meta.dir, '../../test/fixtures/scenario.ts')
  const child = Bun.spawn([...wrapper, process.execPath, file, JSON.stringify(scenario)], {
    env: { ...process.env, TMPDIR: temporary },
    stdout: 'pipe',
    stderr: 'inherit',
  })
  const report: ScenarioReport = JSON.parse(await child.stdout.text())
  expect(await child.exited).toBe(0)
  expect(readdirSync(temporary)).toEqual([])
  rmdirSync(temporary)
  return report
}

const passed = { kind: 'exited', exitCode: 0 } as const
// Each lasts long enough for all of them to run at once.
const shortage = {
  script: `exec sleep ${limitMs(300) / 1000}`,
  timeoutMs: EVENT_LIMIT_MS,
  totalCount: 400,
  concurrency: 100,
}

/** Every check either passed or was Minitor's own trouble; both occurred; and in the end it works again. */
function expectVoidsAndRecovery({ endings, lastEnding, zombieCount }: ScenarioReport): void {
  const others = endings.filter(({ kind }) => kind !== 'void')
  for (const ending of others) expect(ending).toEqual(passed)
  expect(others.length).toBeWithin(1, endings.length)
  for (const ending of endings) if (ending.kind === 'void') expect(ending.isExhausted).toBe(true)
  expect(lastEnding).toEqual(passed)
  expect(zombieCount).toBe(0)
}

test('A11: without descriptors checks are void, and pass again later', async () => {
  expectVoidsAndRecovery(await play(shortage, ['prlimit', '--nofile=60']))
})

const canChangeUser = process.getuid?.() === 0 && Bun.which('setpriv') !== null

test.skipIf(!canChangeUser)('A12: without processes checks are void, and pass again later (needs root)', async () => {
  // A user of its own, so that nobody else's processes count, not even another run's.
  const id = 1_000_000 + process.pid
  const user = ['setpriv', `--reuid=${id}`, `--regid=${id}`, '--clear-groups']
  expectVoidsAndRecovery(await play({ ...shortage, limits: ['--nproc=50'] }, user))
})

test('A21: fifty commands that print without end need little memory', async () => {
  // The base are as many commands whose output fills the window in which its first and last part are kept.
  const baseScript = 'yes | head -c 200000'
  const report = await play({ script: 'yes', baseScript, timeoutMs: limitMs(1000), totalCount: 50, concurrency: 50 })
  expect(new Set(report.endings.map(({ kind }) => kind))).toEqual(new Set(['timed_out']))
  expect(report.peakKib - report.baseKib).toBeLessThan(20 * 1024)
})

test('A22: thousands of checks leave nothing behind', async () => {
  const report = await play({ script: 'echo hello', timeoutMs: EVENT_LIMIT_MS, totalCount: 4000, concurrency: 20 })
  for (const ending of report.endings) expect(ending).toEqual(passed)
  expect(report.descriptorCounts[1]).toBe(report.descriptorCounts[0])
  expect(report.residentKib[1] - report.residentKib[0]).toBeLessThan(20 * 1024)
  expect(report.zombieCount).toBe(0)
})
