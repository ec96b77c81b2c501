import { expect, setDefaultTimeout, test } from 'bun:test'
import { processesWith } from '../../test/support/daemon-process.ts'
import { TEST_LIMIT_MS } from '../../test/support/pace.ts'
import { endLeftovers } from './end-leftovers.ts'
import { until } from './fixtures/shell-check.ts'
import { readProcessStat } from './scan-processes.ts'

setDefaultTimeout(TEST_LIMIT_MS)

/** A process that carries a run id, as everything does that Minitor starts. */
function start(runId: string, script = 'exec sleep 600'): Bun.Subprocess {
  return Bun.spawn(['sh', '-c', script], {
    env: { MINITOR_RUN_ID: runId, PATH: process.env.PATH ?? '' },
    detached: true,
  })
}

test('H4: ends what a dead daemon has left, in whatever group, and nobody else', async () => {
  const prefix = `test${process.pid}`
  const left = [start(`${prefix}-1`), start(`${prefix}-2`, 'trap "" TERM; while :; do sleep 600; done')]
  const others = [start(`${prefix}x-1`), start(`other${prefix}-1`)]
  // Until it has become the shell or what that starts, a process has the environment of this one.
  const count = (runId: string) => processesWith(`MINITOR_RUN_ID=${runId}`).length
  await until(() => count(`${prefix}-1`) === 1 && count(`${prefix}-2`) === 2)
  await until(() => count(`${prefix}x-1`) === 1 && count(`other${prefix}-1`) === 1)
  expect(await endLeftovers(['older', prefix])).toBe(3)
  await Promise.all(left.map(({ exited }) => exited))
  expect(others.map(({ pid, exitCode }) => exitCode === null && readProcessStat(pid) !== null)).toEqual([true, true])
  for (const other of others) other.kill('SIGKILL')
})

test('with nothing left there is nothing to do', async () => {
  expect(await endLeftovers([`none${process.pid}`])).toBe(0)
})
