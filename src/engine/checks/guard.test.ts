import { describe, expect, test } from 'bun:test'
import { createFakeClock } from '../../../test/support/fake-clock.ts'
import { createFakeRunner, EXITED_0, EXITED_1 } from '../../../test/support/fake-runner.ts'
import { collectLog } from '../../../test/support/samples.ts'
import { SECOND } from '../../../test/support/time.ts'
import type { Guard } from '../../core/model/config.ts'
import type { CheckResult, Ending } from '../../core/model/types.ts'
import { createGuardWatch } from './guard.ts'

const GUARD: Guard = { command: ['ping'], intervalMs: 30 * SECOND, timeoutMs: 10 * SECOND }
const MISSING: Ending = { kind: 'not_started', reason: 'there is no command "ping"' }
const FAILED: CheckResult = {
  monitor: 'web',
  outcome: 'failed',
  exitCode: 1,
  reason: 'exit code 1',
  output: '',
  durationMs: 0,
  startedAtMs: 0,
  runId: 'run',
}
const SHORT: Ending = { kind: 'void', reason: 'no more processes', isExhausted: true }

function start(endings: readonly Ending[], takesMs = SECOND) {
  const clock = createFakeClock()
  const runner = createFakeRunner(clock, (_, count) => ({ takesMs, ending: endings[count] ?? EXITED_0 }))
  const log = collectLog()
  const watch = createGuardWatch({ clock, runner, log, nextRunId: () => 'run' })
  watch.apply(GUARD)
  /** Why the guard makes a failure that begins now count for nothing; null when it does not. */
  const failure = async () => {
    const { reason } = await watch.doubt(FAILED, null)
    return /^the guard fails \((.*)\), so/.exec(reason)?.[1] ?? null
  }
  const ask = async () => {
    const answer = failure()
    await clock.advance(3 * takesMs)
    return answer
  }
  return { clock, runner, log, watch, failure, ask }
}

describe('the guard', () => {
  test('is run at once, and then at its interval', async () => {
    const { clock, runner } = start([])
    await clock.advance(95 * SECOND)
    expect(runner.started.map(({ atMs }) => atMs / SECOND)).toEqual([0, 30, 60, 90])
    expect(runner.started[0]?.run).toMatchObject({ command: ['ping'], timeoutMs: 10 * SECOND })
  })

  test.each([
    { name: 'passes', ending: EXITED_0, failure: null, troubleCount: 0 },
    { name: 'fails', ending: EXITED_1, failure: 'exit code 1', troubleCount: 1 },
    {
      name: 'hangs',
      ending: { kind: 'timed_out', timeoutMs: 10_000 } as const,
      failure: 'timed out after 10s',
      troubleCount: 1,
    },
    {
      name: 'is killed',
      ending: { kind: 'signaled', signal: 'SIGKILL' } as const,
      failure: 'killed by SIGKILL',
      troubleCount: 1,
    },
    { name: 'cannot be started: that silences nobody', ending: MISSING, failure: null, troubleCount: 1 },
    { name: 'found no room: nothing is known', ending: SHORT, failure: null, troubleCount: 0 },
  ])('$name', async ({ ending, failure, troubleCount }) => {
    const { ask, watch } = start([ending, ending, ending])
    expect(await ask()).toBe(failure)
    expect(watch.troubles()).toHaveLength(troubleCount)
  })

  test('is asked anew: a run that began before the question is no answer', async () => {
    const { clock, failure, runner } = start([EXITED_0, EXITED_1])
    await clock.advance(SECOND / 2)
    const answer = failure()
    await clock.advance(2 * SECOND)
    expect(await answer).toBe('exit code 1')
    expect(runner.started).toHaveLength(2)
  })

  test('all that ask while one run is under way share the next; never two at once', async () => {
    const { clock, failure, runner } = start([])
    const answers = Array.from({ length: 500 }, () => failure())
    await clock.advance(5 * SECOND)
    expect(new Set(await Promise.all(answers))).toEqual(new Set([null]))
    expect(runner.started).toHaveLength(2)
    expect(runner.mostRunning).toBe(1)
  })

  test('says once that it fails, and once that it passes again', async () => {
    const { clock, log } = start([EXITED_1, EXITED_1, EXITED_1, EXITED_0, EXITED_0])
    await clock.advance(150 * SECOND)
    expect(log.lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
      'warn the guard fails, so failures count for nothing until it passes: exit code 1',
      'info the guard passes again',
    ])
  })

  test('stays what it was while Minitor has no room to ask', async () => {
    const { ask, clock } = start([EXITED_1, SHORT, SHORT, SHORT])
    await clock.advance(2 * SECOND)
    expect(await ask()).toBe('exit code 1')
  })

  test('is no more once the configuration has none', async () => {
    const { watch, failure, clock, runner } = start([EXITED_1])
    await clock.advance(2 * SECOND)
    watch.apply(null)
    expect(await failure()).toBeNull()
    expect(watch.troubles()).toEqual([])
    await clock.advance(100 * SECOND)
    expect(runner.started).toHaveLength(1)
  })

  test('a reload that does not change it does not run it anew', async () => {
    const { watch, clock, runner } = start([])
    await clock.advance(20 * SECOND)
    watch.apply({ ...GUARD })
    await clock.advance(15 * SECOND)
    expect(runner.started.map(({ atMs }) => atMs / SECOND)).toEqual([0, 30])
    watch.stop()
    await clock.advance(100 * SECOND)
    expect(runner.started).toHaveLength(2)
  })
})
