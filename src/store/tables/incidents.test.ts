import { afterAll, describe, expect, test } from 'bun:test'
import { createScratch, opened } from '../../../test/support/database.ts'
import { failed, keepHistory, passed } from '../../../test/support/history-file.ts'
import { readDatabase } from '../file/open-for-reading.ts'
import type { Write } from './apply-writes.ts'
import { readIncidents, readOpenIncidents } from './incidents.ts'

const scratch = createScratch()
afterAll(scratch.remove)

function read<Result>(writes: readonly Write[], nowMs: number, work: Parameters<typeof readDatabase<Result>>[1]) {
  const path = scratch.newPath()
  keepHistory(path, writes, { aliveAtMs: nowMs })
  return opened(readDatabase(path, work)).result
}

describe('incidents', () => {
  const writes: readonly Write[] = [
    failed('web', 1000, { alerts: ['mail'] }),
    failed('web', 2000, {
      state: { incidentId: 'web-1000', outageStartedAtMs: 1000, failureCount: 2 },
      check: { reason: 'exit code 9', output: 'worse\n' },
    }),
    passed('web', 3000),
    failed('api', 4000),
    { kind: 'departure', departure: { monitor: 'api', atMs: 6000, ending: 'removed' } },
    failed('web', 5000),
  ]
  const incidents = (sinceMs: number, monitor: string | null = null) =>
    read(writes, 9000, (database) => readIncidents(database, { sinceMs, monitor, beforeMs: null, limit: null }))

  test('newest first, with the first and the last that was said', () => {
    expect(incidents(0).map(({ id, endedAtMs, ending }) => [id, endedAtMs, ending])).toEqual([
      ['web-5000', null, null],
      ['api-4000', 6000, 'removed'],
      ['web-1000', 3000, 'recovered'],
    ])
    expect(incidents(0)[2]).toEqual({
      id: 'web-1000',
      monitor: 'web',
      startedAtMs: 1000,
      openedAtMs: 1000,
      endedAtMs: 3000,
      ending: 'recovered',
      failureCount: 2,
      firstReason: 'exit code 7',
      firstOutput: 'refused\n',
      lastReason: 'exit code 9',
      lastOutput: 'worse\n',
      acknowledged: null,
      plannedUntilMs: null,
      notificationCount: 1,
    })
  })

  test('one that another server has seen begin says nothing of a check that passed here at that time', () => {
    const { state } = (failed('web', 1000) as Extract<Write, { kind: 'check' }>).change
    const [incident] = read(
      [passed('web', 1000), { kind: 'state', monitor: 'web', state, slotAtMs: null }],
      9000,
      (database) => readIncidents(database, { sinceMs: 0, monitor: null, beforeMs: null, limit: null }),
    )
    expect(incident).toMatchObject({ id: 'web-1000', startedAtMs: 1000, firstReason: '', firstOutput: '' })
  })

  test('planned as it was when it was opened; longer where it was prolonged meanwhile, or another one followed', () => {
    const state = { incidentId: 'web-1000', outageStartedAtMs: 1000 }
    const until = (...ends: (number | null)[]) =>
      read(
        ends.map((maintenanceUntilMs, index) => failed('web', 1000 * (index + 1), { state, maintenanceUntilMs })),
        9000,
        (database) => readIncidents(database, { sinceMs: 0, monitor: null, beforeMs: null, limit: null })[0],
      )?.plannedUntilMs
    expect(until(null, 5000)).toBeNull()
    expect(until(5000, null)).toBe(5000)
    expect(until(5000, 2500)).toBe(5000)
    expect(until(5000, 8000, null)).toBe(8000)
    // It was over before the next one began.
    expect(until(1500, 8000)).toBe(1500)
  })

  test('of a time are those that were open in it', () => {
    expect(incidents(6000).map(({ id }) => id)).toEqual(['web-5000', 'api-4000'])
    expect(incidents(8000).map(({ id }) => id)).toEqual(['web-5000'])
  })

  test('of one monitor', () => {
    expect(incidents(0, 'api').map(({ id }) => id)).toEqual(['api-4000'])
  })

  test('that are open, by monitor', () => {
    const open = read(writes, 9000, readOpenIncidents)
    expect([...open].map(([name, { id }]) => [name, id])).toEqual([['web', 'web-5000']])
  })
})
