import { afterAll, describe, expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { createScratch, HOLDER, openFile, startDatabase } from '../../../test/support/database.ts'
import { aChange } from '../../../test/support/samples.ts'
import { PENDING } from '../../core/model/state.ts'
import type { MonitorState } from '../../core/model/types.ts'
import type { Write } from '../tables/apply-writes.ts'
import { openDatabaseFile } from './database-file.ts'
import { loadSnapshot } from './load-snapshot.ts'
import { takeLock } from './open-for-writing.ts'

const scratch = createScratch()
afterAll(scratch.remove)

const FULL: MonitorState = {
  status: 'down',
  failureCount: 7,
  alertCount: 3,
  passCount: 1,
  window: [null, 17, 23.5],
  outageStartedAtMs: 17,
  incidentId: 'i',
  notificationCount: 4,
  firstToldAtFailure: 2,
  lastToldAtMs: 23.5,
  stepsTold: ['sms', 'über "x"'],
  lastSuccessAtMs: 3,
  lastCheckAtMs: 23.5,
  recent: 'SFFS',
  flapping: { startedAtMs: 5.5, incidentId: 'f', notificationCount: 2, isTold: true, isAnnounced: false },
  fineSinceMs: 4,
}

test('a state comes back as it was, in every part', () => {
  expect(Object.keys(FULL).sort()).toEqual(Object.keys(PENDING).sort())
  const stage = startDatabase(scratch.newPath())
  stage.apply([{ kind: 'state', monitor: 'web', state: FULL, slotAtMs: 40 }], 50)
  const { monitors, lastAliveAtMs } = loadSnapshot(stage.database, 0)
  expect(monitors).toEqual(new Map([['web', { state: FULL, slotAtMs: 40 }]]))
  expect(lastAliveAtMs).toBe(50)
})

test('a state of an older Minitor has what came since as it is at first', () => {
  const stage = startDatabase(scratch.newPath())
  stage.apply([{ kind: 'state', monitor: 'web', state: FULL, slotAtMs: null }], 0)
  stage.database.run("UPDATE monitors SET state = json_remove(state, '$.flapping', '$.recent')")
  expect(loadSnapshot(stage.database, 0).monitors.get('web')).toEqual({
    state: { ...FULL, flapping: null, recent: '' },
    slotAtMs: null,
  })
})

test('what the thread is given survives the way there and back', () => {
  const path = scratch.newPath()
  const file = openFile(path)
  const change = aChange('web', 1.25, { alerts: ['mail'], slotAtMs: 8.4, state: FULL })
  file.apply(JSON.parse(JSON.stringify([{ kind: 'check', change }])) as Write[], 5)
  file.close()
  const again = openFile(path)
  const { monitors, deliveries } = structuredClone(again.snapshot)
  expect(monitors.get('web')).toEqual({ state: { ...change.state }, slotAtMs: 8 })
  expect(deliveries).toEqual(change.deliveries.map((one) => ({ ...one, createdAtMs: 1, nextAttemptAtMs: 1 })))
  again.close()
})

describe('a file that another process has is refused', () => {
  test('by the name of that process', () => {
    const path = scratch.newPath()
    const file = openFile(path)
    expect(openDatabaseFile(path, HOLDER, 0)).toMatchObject({
      kind: 'refused',
      reason: `another Minitor (pid ${process.pid}) already keeps its state in ${path}`,
    })
    file.close()
  })

  test.each([
    { name: 'there is no file', make: () => scratch.newPath() },
    {
      name: 'it is no database',
      make() {
        const path = scratch.newPath()
        writeFileSync(path, 'x'.repeat(2000))
        return path
      },
    },
    {
      name: 'it is empty',
      make() {
        const path = scratch.newPath()
        writeFileSync(path, '')
        return path
      },
    },
  ])('without its name where $name', ({ make }) => {
    const path = make()
    const lock = takeLock(`${path}.lock`)
    expect(openDatabaseFile(path, HOLDER, 0)).toMatchObject({
      kind: 'refused',
      reason: `another Minitor already keeps its state in ${path}`,
    })
    lock?.release()
  })
})
