import { expect, setDefaultTimeout, test } from 'bun:test'
import { TEST_LIMIT_MS } from '../../test/support/pace.ts'
import { until } from '../../test/support/shell-check.ts'
import { processesWith } from '../../test/support/site.ts'
import { endLeftovers } from './end-leftovers.ts'
import { readProcessStat } from './scan-processes.ts'

setDefaultTimeout(TEST_LIMIT_MS)

/** A process that carries a run id, as everything does that Minitor starts. */
function start(runId: string, script = 'exec sleep 600'): Bun.Subprocess {
  return Bun.spawn(['sh', '-c', script], {
    env: { MINITOR_RUN_ID: runId, PATH: process.env.PATH ?? '' },
    detached: true,
  })
}

/** Whether a process of this run has become a `sleep`. */
function isAsleep(runId: string): boolean {
  const sleepers = new Set(Bun.spawnSync(['pgrep', '-x', 'sleep']).stdout.toString().split('\n').map(Number))
  return processesWith(`MINITOR_RUN_ID=${runId}`).some((pid) => sleepers.has(pid))
}

test('H4: ends what a dead daemon has left, in whatever group, and nobody else', async () => {
  const prefix = `test${process.pid}`
  const left = [start(`${prefix}-1`), start(`${prefix}-2`, 'trap "" TERM; while :; do sleep 600; done')]
  const others = [start(`${prefix}x-1`), start(`other${prefix}-1`)]
  // A process that is becoming another program has the environment of the one before, or none.
  await until(() => [prefix, `${prefix}x`, `other${prefix}`].every((each) => isAsleep(`${each}-1`)))
  await until(() => isAsleep(`${prefix}-2`))
  expect(await endLeftovers(['older', prefix])).toBe(3)
  await Promise.all(left.map(({ exited }) => exited))
  expect(others.map(({ pid, exitCode }) => exitCode === null && readProcessStat(pid) !== null)).toEqual([true, true])
  for (const other of others) other.kill('SIGKILL')
})

test('with nothing left there is nothing to do', async () => {
  expect(await endLeftovers([`none${process.pid}`])).toBe(0)
})
