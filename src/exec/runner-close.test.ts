import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { limitMs, TEST_LIMIT_MS } from '../../test/support/pace.ts'
import { leftOf, shellCheck, until } from '../../test/support/shell-check.ts'
import { createRunner } from './runner.ts'

setDefaultTimeout(TEST_LIMIT_MS)

const directory = mkdtempSync(join(tmpdir(), 'runner-close-'))
afterAll(() => rmSync(directory, { recursive: true }))

// Time enough for a shell to get ready.
const timeoutMs = limitMs(1000)

const shutDown = { kind: 'void', reason: 'Minitor is shutting down', isExhausted: false } as const
// What a timeout gives. Nothing that is closed may wait for its end.
const GRACE_MS = 5000
const CLOSE_GRACE_MS = 300

const newRunner = () => createRunner({ environment: process.env })

test('close ends what runs, and calls it nobody’s failure', async () => {
  const runner = newRunner()
  const ready = (index: number) => join(directory, `ready-${index}`)
  const scripts = [
    `echo $$; touch ${ready(0)}; sleep 60`,
    `echo $$; sleep 60 & echo $!; touch ${ready(1)}; wait`,
    `echo $$; trap "" TERM; touch ${ready(2)}; sleep 60; sleep 60`,
  ]
  const running = scripts.map((script) => runner.run(shellCheck(script)))
  await until(() => scripts.every((_, index) => existsSync(ready(index))))
  await runner.close(CLOSE_GRACE_MS)
  for (const run of await Promise.all(running)) {
    expect(run.ending).toEqual(shutDown)
    expect(leftOf(run.output)).toEqual([])
  }
})

test('close leaves no descriptor open and ends only its own commands', async () => {
  const other = newRunner()
  const go = join(directory, 'go')
  const otherRun = other.run(shellCheck(`while test ! -e ${go}; do sleep 0.02; done; echo done`))
  const before = readdirSync('/proc/self/fd').length
  const runner = newRunner()
  await runner
    .run(shellCheck('sleep 60 & echo $!'))
    .then(({ output }) => leftOf(output).map((pid) => process.kill(pid)))
  const running = runner.run(shellCheck('sleep 60'))
  await runner.close(CLOSE_GRACE_MS)
  expect((await running).ending).toEqual(shutDown)
  expect(readdirSync('/proc/self/fd').length).toBe(before)
  writeFileSync(go, '')
  expect(await otherRun).toMatchObject({ ending: { kind: 'exited', exitCode: 0 }, output: 'done\n' })
  await other.close()
})

test('after close nothing is started', async () => {
  const runner = newRunner()
  await runner.close(CLOSE_GRACE_MS)
  expect((await runner.run(shellCheck('echo started'))).ending).toEqual(shutDown)
  await runner.close(CLOSE_GRACE_MS)
})

test('what had timed out before stays timed out, but does not get the whole grace', async () => {
  const runner = newRunner()
  const told = join(directory, 'told')
  const script = 'trap "touch $TOLD" TERM; while :; do sleep 0.1; done'
  const running = runner.run(shellCheck(script, { timeoutMs, env: { TOLD: told } }))
  await until(() => existsSync(told))
  await runner.close(CLOSE_GRACE_MS)
  const { ending, durationMs } = await running
  expect(ending).toEqual({ kind: 'timed_out', timeoutMs })
  expect(durationMs).toBeLessThan(timeoutMs + GRACE_MS)
})

test('A5: close ends escapees that have not had their SIGKILL yet', async () => {
  const runner = newRunner()
  const script = 'setsid sh -c "trap : TERM; while :; do sleep 9; done" & echo $!; sleep 60'
  const { output } = await runner.run(shellCheck(script, { timeoutMs }))
  const endedMs = performance.now()
  expect(leftOf(output)).toHaveLength(1)
  await runner.close(CLOSE_GRACE_MS)
  expect(performance.now() - endedMs).toBeLessThan(GRACE_MS)
  await until(() => leftOf(output).length === 0)
})
