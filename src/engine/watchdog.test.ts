import { describe, expect, test } from 'bun:test'
import { createFakeClock } from '../../test/support/fake-clock.ts'
import { createFakeRunner, EXITED_0, EXITED_1 } from '../../test/support/fake-runner.ts'
import { collectLog } from '../../test/support/samples.ts'
import { SECOND } from '../../test/support/time.ts'
import type { Ending } from '../core/model/types.ts'
import { createWatchdogLoop } from './watchdog.ts'

const WATCHDOG = { command: ['curl', 'https://hc.example/ping'], intervalMs: 60 * SECOND } as const

function start({ endings = [] as Ending[], takesMs = SECOND } = {}) {
  const clock = createFakeClock()
  const runner = createFakeRunner(clock, (_, count) => ({ takesMs, ending: endings[count] ?? EXITED_0 }))
  const log = collectLog()
  const troubles: string[] = []
  const loop = createWatchdogLoop({ clock, runner, log, nextRunId: () => 'run', troubles: () => troubles })
  loop.apply(WATCHDOG)
  const startsAt = () => runner.started.map(({ atMs }) => atMs / SECOND)
  const messages = () => log.lines.map(({ level, message }) => `${level} ${message}`)
  return { clock, runner, loop, troubles, startsAt, messages }
}

describe('the watchdog', () => {
  test('runs at once and at its interval', async () => {
    const { clock, startsAt, messages } = start()
    await clock.advance(130 * SECOND)
    expect(startsAt()).toEqual([0, 60, 120])
    expect(messages()).toEqual([])
  })

  test('C14: is held back while Minitor is not healthy, and goes on when it is', async () => {
    const { clock, startsAt, troubles, messages } = start()
    await clock.advance(30 * SECOND)
    troubles.push('alert mail has reached nobody: exit code 1')
    await clock.advance(150 * SECOND)
    troubles.pop()
    await clock.advance(70 * SECOND)
    expect(startsAt()).toEqual([0, 240])
    expect(messages()).toEqual([
      'error the watchdog is held back, as Minitor is not healthy: alert mail has reached nobody: exit code 1',
      'info the watchdog goes on, as Minitor is healthy again',
    ])
  })

  test('says once that its command fails, and that it works again', async () => {
    const { clock, messages } = start({ endings: [EXITED_1, EXITED_1, EXITED_0, EXITED_0] })
    await clock.advance(190 * SECOND)
    expect(messages()).toEqual([
      "warn the watchdog's command fails: exit code 1",
      "info the watchdog's command works again",
    ])
  })

  test('never runs twice at once', async () => {
    const { clock, runner } = start({ takesMs: 100 * SECOND })
    await clock.advance(300 * SECOND)
    expect(runner.mostRunning).toBe(1)
  })

  test('follows the configuration', async () => {
    const { clock, loop, startsAt } = start()
    await clock.advance(30 * SECOND)
    loop.apply({ ...WATCHDOG })
    loop.apply({ ...WATCHDOG, intervalMs: 20 * SECOND })
    await clock.advance(25 * SECOND)
    loop.apply(null)
    await clock.advance(100 * SECOND)
    expect(startsAt()).toEqual([0, 30, 50])
  })
})
