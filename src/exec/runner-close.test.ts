import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { leftOf, shellCheck, until } from './fixtures/shell-check.ts'
import { createRunner } from './runner.ts'

setDefaultTimeout(30_000)

const directory = mkdtempSync(join(tmpdir(), 'runner-close-'))
afterAll(() => rmSync(directory, { recursive: true }))

const shutDown = { kind: 'void', reason: 'Minitor is shutting down', isExhausted: false } as const
/** Less than the grace that a timeout gives. */
const GRACE_MS = 300
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
  await runner.close(GRACE_MS)
  for (const run of await Promise.all(running)) {
    expect(run.ending).toEqual(shutDown)
    expect(leftOf(run.output)).toEqual([])
  }
})

test('close leaves no descriptor open and ends only its own commands', async () => {
  const other = newRunner()
  const otherRun = other.run(shellCheck('sleep 1; echo done'))
  const before = readdirSync('/proc/self/fd').length
  const runner = newRunner()
  await runner
    .run(shellCheck('sleep 60 & echo $!'))
    .then(({ output }) => leftOf(output).map((pid) => process.kill(pid)))
  const running = runner.run(shellCheck('sleep 60'))
  await runner.close(GRACE_MS)
  expect((await running).ending).toEqual(shutDown)
  expect(readdirSync('/proc/self/fd').length).toBe(before)
  expect(await otherRun).toMatchObject({ ending: { kind: 'exited', exitCode: 0 }, output: 'done\n' })
  await other.close()
})

test('after close nothing is started', async () => {
  const runner = newRunner()
  await runner.close(GRACE_MS)
  expect((await runner.run(shellCheck('echo started'))).ending).toEqual(shutDown)
  await runner.close(GRACE_MS)
})

test('what had timed out before stays timed out, but does not get the whole grace', async () => {
  const runner = newRunner()
  const told = join(directory, 'told')
  const script = 'trap "touch $TOLD" TERM; while :; do sleep 0.1; done'
  const running = runner.run(shellCheck(script, { timeoutMs: 300, env: { TOLD: told } }))
  await until(() => existsSync(told))
  await runner.close(GRACE_MS)
  const { ending, durationMs } = await running
  expect(ending).toEqual({ kind: 'timed_out', timeoutMs: 300 })
  expect(durationMs).toBeLessThan(5000)
})

test('A5: close ends escapees that have not had their SIGKILL yet', async () => {
  const runner = newRunner()
  const script = 'setsid sh -c "trap : TERM; while :; do sleep 9; done" & echo $!; sleep 60'
  const { output } = await runner.run(shellCheck(script, { timeoutMs: 200 }))
  expect(leftOf(output)).toHaveLength(1)
  await runner.close(GRACE_MS)
  await until(() => leftOf(output).length === 0)
})
