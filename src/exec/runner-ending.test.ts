import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { limitMs, TEST_LIMIT_MS } from '../../test/support/pace.ts'
import { leftOf, shellCheck, until } from '../../test/support/shell-check.ts'
import type { Run } from '../core/model/types.ts'
import { isOver } from '../core/text/process-stat.ts'
import { createRunner } from './runner.ts'
import { readProcessStat } from './scan-processes.ts'

// Time enough for a shell to get ready, and to clean up.
const TIMEOUT_MS = limitMs(1000)
const GRACE_MS = 5000
setDefaultTimeout(TEST_LIMIT_MS)

// How long a command runs that nobody ends.
const LONG_MS = 600_000

const runner = createRunner({ environment: process.env })
const directory = mkdtempSync(join(tmpdir(), 'runner-ending-'))
afterAll(async () => {
  await runner.close()
  rmSync(directory, { recursive: true })
})

const timedOut = { kind: 'timed_out', timeoutMs: TIMEOUT_MS } as const

/** Runs a script that prints the number of each of its processes first. */
async function runToTimeout(script: string): Promise<Run & { readonly left: number[] }> {
  const run = await runner.run(shellCheck(`echo $$; ${script}`, { timeoutMs: TIMEOUT_MS }))
  return { ...run, left: leftOf(run.output) }
}

test.each([
  { name: 'an exit code', script: 'exit 7', ending: { kind: 'exited', exitCode: 7 } },
  { name: 'A10: 126 stays an exit code', script: '/etc/passwd', ending: { kind: 'exited', exitCode: 126 } },
  { name: 'A10: 127 stays an exit code', script: 'no-such-command', ending: { kind: 'exited', exitCode: 127 } },
  { name: 'A18: SIGKILL from elsewhere', script: 'kill -9 $$', ending: { kind: 'signaled', signal: 'SIGKILL' } },
  { name: 'A18: SIGTERM from elsewhere', script: 'kill $$', ending: { kind: 'signaled', signal: 'SIGTERM' } },
  { name: 'a real-time signal', script: 'kill -40 $$', ending: { kind: 'signaled', signal: 'SIG40' } },
])('tells $name', async ({ script, ending }) => {
  const run = await runner.run(shellCheck(script))
  expect(run.ending).toEqual(ending as Run['ending'])
  expect(run).toMatchObject({ escapeeCount: 0, isUnkillable: false })
})

test.concurrent('A1: a timeout ends one command, and the others go on', async () => {
  const slow = runner.run(shellCheck('sleep 600', { timeoutMs: TIMEOUT_MS }))
  const others = await Promise.all(Array.from({ length: 20 }, () => runner.run(shellCheck('echo ok'))))
  for (const other of others) expect(other).toMatchObject({ ending: { kind: 'exited', exitCode: 0 }, output: 'ok\n' })
  const { ending, durationMs } = await slow
  expect(ending).toEqual(timedOut)
  expect(durationMs).toBeWithin(TIMEOUT_MS, LONG_MS)
})

test.concurrent('A2: a command that ignores SIGTERM is killed after the grace', async () => {
  const { ending, durationMs, left } = await runToTimeout('trap "" TERM; sleep 600; sleep 600')
  expect(ending).toEqual(timedOut)
  expect(left).toEqual([])
  expect(durationMs).toBeWithin(TIMEOUT_MS + GRACE_MS, LONG_MS)
})

test.concurrent('A3: nobody of the group survives a timeout', async () => {
  const { ending, durationMs, left } = await runToTimeout('sleep 600 & echo $!; sleep 600')
  expect(ending).toEqual(timedOut)
  expect(left).toEqual([])
  expect(durationMs).toBeWithin(TIMEOUT_MS, LONG_MS)
})

test.concurrent('A3: whoever outlives the leader gets the rest of the ladder', async () => {
  const { ending, durationMs, left } = await runToTimeout('sh -c "trap : TERM; while :; do sleep 9; done" & sleep 600')
  expect(ending).toEqual(timedOut)
  expect(left).toEqual([])
  expect(durationMs).toBeWithin(TIMEOUT_MS + GRACE_MS, LONG_MS)
})

test.concurrent('a command that cleans up at SIGTERM has the grace for it', async () => {
  const { ending, output } = await runToTimeout('trap "echo cleaned; exit 0" TERM; sleep 600 & wait')
  expect(ending).toEqual(timedOut)
  expect(output).toEndWith('\ncleaned\n')
})

test.concurrent('A5: a process that left the group is found, counted and ended', async () => {
  const run = await runner.run(shellCheck('setsid sleep 600 & echo $!; sleep 600', { timeoutMs: TIMEOUT_MS }))
  expect(run).toMatchObject({ ending: timedOut, escapeeCount: 1, isUnkillable: false })
  expect(run.durationMs).toBeWithin(TIMEOUT_MS, LONG_MS)
  await until(() => leftOf(run.output).length === 0)
})

test.concurrent('A5: an escapee that ignores SIGTERM is killed after the grace', async () => {
  const script = 'setsid sh -c "trap : TERM; while :; do sleep 9; done" & echo $!; sleep 600'
  const run = await runner.run(shellCheck(script, { timeoutMs: TIMEOUT_MS }))
  expect(run.escapeeCount).toBeGreaterThanOrEqual(1)
  expect(leftOf(run.output)).toHaveLength(1)
  await until(() => leftOf(run.output).length === 0)
})

test.concurrent('A5: many that time out together are searched for together', async () => {
  const script = 'setsid sleep 600 & echo $!; sleep 600'
  const checks = Array.from({ length: 20 }, () => shellCheck(script, { timeoutMs: TIMEOUT_MS }))
  const patient = createRunner({ environment: process.env })
  const runs = await Promise.all(checks.map((check) => patient.run(check)))
  await patient.close()
  expect(runs.map((run) => run.escapeeCount)).toEqual(checks.map(() => 1))
  await until(() => runs.every((run) => leftOf(run.output).length === 0))
})

test.concurrent('A6: a stopped command is continued, so that it can end in peace', async () => {
  const { ending, output } = await runToTimeout('trap "echo continued; exit" TERM; kill -STOP $$')
  expect(ending).toEqual(timedOut)
  expect(output).toEndWith('\ncontinued\n')
})

test.concurrent('A6: a command that stops itself for good is killed', async () => {
  const { ending, left } = await runToTimeout('trap "" TERM; while :; do kill -STOP $$; done')
  expect(ending).toEqual(timedOut)
  expect(left).toEqual([])
})

test('a command that ended while Minitor was held up is not called timed out', async () => {
  const pidFile = join(directory, 'pid')
  const timeoutMs = limitMs(600)
  const startMs = performance.now()
  const run = runner.run(shellCheck(`echo $$ >${pidFile}; sleep 0.3; echo in time`, { timeoutMs }))
  const hasEnded = () => {
    const stat = readProcessStat(Number(readFileSync(pidFile, 'utf8')))
    return stat === null || isOver(stat)
  }
  // Holds this process up past the timeout, as if it were stopped. Both this timer and the runner's own are due when
  // this one begins, so the runner looks at the clock before it can hear of the exit.
  setTimeout(() => {
    while (performance.now() - startMs < timeoutMs || !hasEnded()) Bun.sleepSync(10)
  }, 1)
  while (!existsSync(pidFile) || performance.now() - startMs < 100) Bun.sleepSync(10)
  expect(await run).toMatchObject({ ending: { kind: 'exited', exitCode: 0 }, output: 'in time\n' })
})

const freezer = '/sys/fs/cgroup/freezer'
const canFreeze = process.getuid?.() === 0 && existsSync(freezer)

test.skipIf(!canFreeze)(
  'A19: a process that cannot be killed does not keep the slot (needs root and cgroup v1 freezer)',
  async () => {
    const cgroup = `${freezer}/minitor-test-${process.pid}`
    mkdirSync(cgroup)
    try {
      const script = `echo $$ > ${cgroup}/cgroup.procs; echo FROZEN > ${cgroup}/freezer.state; sleep 600`
      const run = await runner.run(shellCheck(script, { timeoutMs: TIMEOUT_MS }))
      expect(run).toMatchObject({ ending: timedOut, isUnkillable: true, escapeeCount: 0 })
      expect((await runner.run(shellCheck('echo fine'))).output).toBe('fine\n')
    } finally {
      writeFileSync(`${cgroup}/freezer.state`, 'THAWED')
      await until(() => {
        try {
          rmdirSync(cgroup)
          return true
        } catch {
          return false
        }
      })
    }
  },
)
