import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs'
import type { Run } from '../core/model/types.ts'
import { leftOf, shellCheck, until } from './fixtures/shell-check.ts'
import { createRunner } from './runner.ts'

/** Between SIGTERM and SIGKILL. */
const GRACE_MS = 5000
setDefaultTimeout(30_000)

// What a busy machine may add.
const SLACK_MS = 5000

const runner = createRunner({ environment: process.env })
afterAll(() => runner.close())

const timedOut = { kind: 'timed_out', timeoutMs: 200 } as const

/** Runs a script that prints the number of each of its processes first. */
async function runToTimeout(script: string): Promise<Run & { readonly left: number[] }> {
  const run = await runner.run(shellCheck(`echo $$; ${script}`, { timeoutMs: 200 }))
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

test('A1: a timeout ends one command, and the others go on', async () => {
  const slow = runner.run(shellCheck('sleep 600', { timeoutMs: 400 }))
  const others = await Promise.all(Array.from({ length: 20 }, () => runner.run(shellCheck('echo ok'))))
  for (const other of others) expect(other).toMatchObject({ ending: { kind: 'exited', exitCode: 0 }, output: 'ok\n' })
  const { ending, durationMs } = await slow
  expect(ending).toEqual({ kind: 'timed_out', timeoutMs: 400 })
  expect(durationMs).toBeGreaterThanOrEqual(400)
  expect(durationMs).toBeLessThan(400 + SLACK_MS)
})

test('A3: nobody of the group survives a timeout', async () => {
  const { ending, durationMs, left } = await runToTimeout('sleep 60 & echo $!; sleep 60')
  expect(ending).toEqual(timedOut)
  expect(left).toEqual([])
  expect(durationMs).toBeLessThan(200 + SLACK_MS)
})

test('a command that cleans up at SIGTERM has the grace for it', async () => {
  const { ending, output } = await runToTimeout('trap "echo cleaned; exit 0" TERM; sleep 60 & wait')
  expect(ending).toEqual(timedOut)
  expect(output).toEndWith('\ncleaned\n')
})

test('A5: a process that left the group is found, counted and ended', async () => {
  const run = await runner.run(shellCheck('setsid sleep 60 & echo $!; sleep 60', { timeoutMs: 200 }))
  expect(run).toMatchObject({ ending: timedOut, escapeeCount: 1, isUnkillable: false })
  expect(run.durationMs).toBeLessThan(200 + GRACE_MS + SLACK_MS)
  await until(() => leftOf(run.output).length === 0)
})

test('A5: many that time out together are searched for together', async () => {
  const script = 'setsid sleep 60 & echo $!; sleep 60'
  const checks = Array.from({ length: 20 }, () => shellCheck(script, { timeoutMs: 300 }))
  const patient = createRunner({ environment: process.env })
  const runs = await Promise.all(checks.map((check) => patient.run(check)))
  await patient.close()
  expect(runs.map((run) => run.escapeeCount)).toEqual(checks.map(() => 1))
  await until(() => runs.every((run) => leftOf(run.output).length === 0))
})

test('A6: a stopped command is continued, so that it can end in peace', async () => {
  const { ending, output } = await runToTimeout('trap "echo continued; exit" TERM; kill -STOP $$')
  expect(ending).toEqual(timedOut)
  expect(output).toEndWith('\ncontinued\n')
})

test('a command that ended while Minitor was held up is not called timed out', async () => {
  const run = runner.run(shellCheck('sleep 0.3; echo in time', { timeoutMs: 600 }))
  // Holds this process up past the timeout, as if it were stopped. Both this timer and the runner's own are due when
  // this one begins, so the runner looks at the clock before it can hear of the exit.
  setTimeout(() => Bun.sleepSync(1500), 1)
  Bun.sleepSync(100)
  expect(await run).toMatchObject({ ending: { kind: 'exited', exitCode: 0 }, output: 'in time\n' })
})

const freezer = '/sys/fs/cgroup/freezer'
const canFreeze = process.getuid?.() === 0 && existsSync(freezer)

// Each takes the whole grace.
describe.concurrent('what does not end at SIGTERM', () => {
  test('A2: a command that ignores SIGTERM is killed after the grace', async () => {
    const { ending, durationMs, left } = await runToTimeout('trap "" TERM; sleep 60; sleep 60')
    expect(ending).toEqual(timedOut)
    expect(left).toEqual([])
    expect(durationMs).toBeGreaterThanOrEqual(200 + GRACE_MS)
    expect(durationMs).toBeLessThan(200 + GRACE_MS + SLACK_MS)
  })

  test('A3: whoever outlives the leader gets the rest of the ladder', async () => {
    const { ending, durationMs, left } = await runToTimeout('sh -c "trap : TERM; while :; do sleep 9; done" & sleep 60')
    expect(ending).toEqual(timedOut)
    expect(left).toEqual([])
    expect(durationMs).toBeGreaterThanOrEqual(200 + GRACE_MS)
  })

  test('A5: an escapee that ignores SIGTERM is killed after the grace', async () => {
    const script = 'setsid sh -c "trap : TERM; while :; do sleep 9; done" & echo $!; sleep 60'
    const run = await runner.run(shellCheck(script, { timeoutMs: 200 }))
    expect(run.escapeeCount).toBeGreaterThanOrEqual(1)
    expect(leftOf(run.output)).toHaveLength(1)
    await until(() => leftOf(run.output).length === 0)
  })

  test('A6: a command that stops itself for good is killed', async () => {
    const { ending, left } = await runToTimeout('trap "" TERM; while :; do kill -STOP $$; done')
    expect(ending).toEqual(timedOut)
    expect(left).toEqual([])
  })

  test.skipIf(!canFreeze)(
    'A19: a process that cannot be killed does not keep the slot (needs root and cgroup v1 freezer)',
    async () => {
      const cgroup = `${freezer}/minitor-test-${process.pid}`
      mkdirSync(cgroup)
      try {
        const script = `echo $$ > ${cgroup}/cgroup.procs; echo FROZEN > ${cgroup}/freezer.state; sleep 60`
        const run = await runner.run(shellCheck(script, { timeoutMs: 200 }))
        expect(run).toMatchObject({ ending: timedOut, isUnkillable: true, escapeeCount: 0 })
        expect(run.durationMs).toBeLessThan(200 + GRACE_MS + 1000 + SLACK_MS)
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
})
