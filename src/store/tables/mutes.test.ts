import { afterAll, describe, expect, test } from 'bun:test'
import { acknowledge, createScratch, openFile, startDatabase } from '../../../test/support/database.ts'
import { aChange } from '../../../test/support/samples.ts'
import { NO_MUTES, type Silence, type SilenceTarget } from '../../core/model/mute.ts'
import { addSilence, endSilences, readMutes } from './mutes.ts'

const scratch = createScratch()
afterAll(scratch.remove)

const start = () => startDatabase(scratch.newPath())

const silence = (target: SilenceTarget, untilMs: number, reason = ''): Silence => ({ target, untilMs, reason })

describe('silences', () => {
  const all = [
    silence({ monitor: 'web' }, 200, 'deploy'),
    silence({ tag: 'web' }, 300),
    silence('all', 100),
    silence({ monitor: 'all' }, 250, 'it\'s "odd"'),
    silence({ monitor: '' }, 260),
  ]

  test('are given back as they were added, until they have run out', () => {
    const { database } = start()
    for (const one of all) addSilence(database, one, 5)
    expect(readMutes(database, 99)).toEqual({ ...NO_MUTES, silences: all, acknowledgements: [] })
    expect(readMutes(database, 100).silences).toEqual(all.filter(({ untilMs }) => untilMs > 100))
    expect(readMutes(database, 300).silences).toEqual([])
  })

  const targets: { name: string; target: SilenceTarget; left: number[] }[] = [
    { name: 'a monitor', target: { monitor: 'web' }, left: [1, 2, 3, 4] },
    { name: 'a tag of the same name', target: { tag: 'web' }, left: [0, 2, 3, 4] },
    { name: 'all', target: 'all', left: [0, 1, 3, 4] },
    { name: 'a monitor whose name is "all"', target: { monitor: 'all' }, left: [0, 1, 2, 4] },
    { name: 'nothing', target: { tag: 'none' }, left: [0, 1, 2, 3, 4] },
  ]
  test.each(targets)('of $name are ended, no others', ({ target, left }) => {
    const { database } = start()
    for (const one of all) addSilence(database, one, 5)
    expect(endSilences(database, target, 50)).toHaveLength(all.length - left.length)
    expect(readMutes(database, 50).silences).toEqual(left.flatMap((index) => all[index] ?? []))
    expect(endSilences(database, target, 50)).toEqual([])
  })

  test('of one target are ended together, those that have run out stay as they were', () => {
    const { database, all: rows } = start()
    for (const untilMs of [40, 200, 300]) addSilence(database, silence('all', untilMs), 5)
    expect(endSilences(database, 'all', 50)).toEqual([200, 300])
    expect(rows('SELECT until_ms AS until FROM silences').map(({ until }) => until)).toEqual([40, 50, 50])
  })
})

describe('an acknowledgement', () => {
  test('is of the open incident of a monitor, and ends with it', () => {
    const { database, apply } = start()
    const down = aChange('web', 1)
    apply(
      [
        { kind: 'check', change: down },
        { kind: 'check', change: aChange('api', 2) },
      ],
      0,
    )
    expect(acknowledge(database, { monitor: 'web', atMs: 7, reason: 'on it' })).toBe(true)
    expect(readMutes(database, 9).acknowledgements).toEqual([{ incidentId: 'web-1', atMs: 7, reason: 'on it' }])
    expect(acknowledge(database, { monitor: 'web', atMs: 8, reason: '' })).toBe(true)
    expect(readMutes(database, 9).acknowledgements).toEqual([{ incidentId: 'web-1', atMs: 7, reason: 'on it' }])
    expect(acknowledge(database, { monitor: 'web', atMs: 8, reason: 'part ordered' })).toBe(true)
    expect(acknowledge(database, { monitor: 'web', atMs: 8, reason: 'on it' })).toBe(true)
    const reason = 'on it; part ordered'
    expect(readMutes(database, 9).acknowledgements).toEqual([{ incidentId: 'web-1', atMs: 7, reason }])
    apply(
      [{ kind: 'check', change: aChange('web', 3, { state: { ...down.state, status: 'up', incidentId: null } }) }],
      0,
    )
    expect(readMutes(database, 9).acknowledgements).toEqual([])
    expect(acknowledge(database, { monitor: 'web', atMs: 9, reason: '' })).toBe(false)
  })

  test('is of nothing where a monitor is fine, or unknown', () => {
    const { database, apply, all } = start()
    apply([{ kind: 'check', change: aChange('api', 2) }], 0)
    for (const monitor of ['web', '', 'api '])
      expect(acknowledge(database, { monitor, atMs: 7, reason: '' })).toBe(false)
    expect(all('SELECT acknowledged_at_ms AS at FROM incidents')).toEqual([{ at: null }])
  })
})

describe('a daemon', () => {
  test('hears of what others change, once, and not of what it writes itself', () => {
    const path = scratch.newPath()
    const file = openFile(path)
    expect(file.changedMutes(0)).toBeNull()
    file.apply([{ kind: 'check', change: aChange('web', 1) }], 1)
    expect(file.changedMutes(0)).toBeNull()
    const other = startDatabase(path)
    addSilence(other.database, silence('all', 100, 'why'), 5)
    acknowledge(other.database, { monitor: 'web', atMs: 7, reason: '' })
    expect(file.changedMutes(50)).toEqual({
      ...NO_MUTES,
      silences: [silence('all', 100, 'why')],
      acknowledgements: [{ incidentId: 'web-1', atMs: 7, reason: '' }],
    })
    expect(file.changedMutes(50)).toBeNull()
    endSilences(other.database, 'all', 60)
    expect(file.changedMutes(60)?.silences).toEqual([])
    file.apply([], 70)
    expect(file.changedMutes(70)).toBeNull()
    other.database.close()
    file.close()
  })

  test('knows at its start those that have not run out', () => {
    const path = scratch.newPath()
    const other = startDatabase(path)
    for (const untilMs of [100, 200]) addSilence(other.database, silence('all', untilMs), 5)
    other.database.close()
    const file = openFile(path, 150)
    expect(file.snapshot.mutes).toEqual({ ...NO_MUTES, silences: [silence('all', 200)], acknowledgements: [] })
    file.close()
  })
})
