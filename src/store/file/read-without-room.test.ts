import { afterAll, describe, expect, test } from 'bun:test'
import { copyFileSync, existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { canMount, mountTmpfs } from '../../../test/crash-loop/tmpfs.ts'
import { changeFile, createScratch, HOLDER, openFile } from '../../../test/support/database.ts'
import { aChange } from '../../../test/support/samples.ts'
import { PENDING } from '../../core/model/state.ts'
import { tryApply } from '../thread/serve-database.ts'
import { openDatabaseFile } from './database-file.ts'
import { readDatabase } from './read-database.ts'
import { changeMutes, type MuteChanges } from './write-database.ts'

const scratch = createScratch()
afterAll(scratch.remove)

const isMounting = canMount()
if (!isMounting) console.error('skipped: a full disk needs root, to mount')

/** Of outages, mutes, and passes after passes, of which some are not summed up yet. */
function write(path: string, isClosed: boolean): string {
  const file = openFile(path)
  const changes = [
    aChange('web', 1000, { alerts: ['mail', 'sms'] }),
    ...[2000, 3000, 4000].map((atMs) => aPass('dns', atMs)),
  ]
  file.apply(
    changes.map((change) => ({ kind: 'check', change })),
    5,
  )
  const silence = { target: { tag: 'db' }, untilMs: 9e12, reason: 'why' }
  file.apply([{ kind: 'mutes', change: { kind: 'silence', silence, atMs: 1 } }], 6)
  file.apply([{ kind: 'check', change: aPass('dns', 5000) }], 7)
  const copy = scratch.newPath()
  if (isClosed) file.close()
  for (const suffix of ['', '-wal']) if (existsSync(path + suffix)) copyFileSync(path + suffix, copy + suffix)
  if (!isClosed) file.close()
  return copy
}

function aPass(monitor: string, atMs: number) {
  const state = { ...PENDING, status: 'up', lastSuccessAtMs: atMs, lastCheckAtMs: atMs } as const
  const change = aChange(monitor, atMs, { isRoutine: atMs > 2000, slotAtMs: atMs - 5 })
  return { ...change, check: { ...change.check, outcome: 'passed' }, state } as const
}

describe.skipIf(!isMounting)('on a full disk', () => {
  test.each([
    { name: 'that was closed', isClosed: true },
    { name: 'whose log was left behind', isClosed: false },
  ])('a file $name says the same as on any other', ({ isClosed }) => {
    const original = write(scratch.newPath(), isClosed)
    const directory = scratch.newPath()
    using disk = mountTmpfs(directory, 'size=1m')
    const path = join(directory, 'm.db')
    for (const suffix of ['', '-wal']) {
      if (existsSync(original + suffix)) copyFileSync(original + suffix, path + suffix)
    }
    expect(existsSync(`${path}-wal`)).toBe(!isClosed)
    disk.fill()
    const file = openDatabaseFile(path, HOLDER, 0)
    if (file.kind === 'refused') throw new Error(file.reason)
    const elsewhere = openFile(original)
    expect(file.trouble).toBe('the disk is full')
    expect(file.snapshot).toEqual(elsewhere.snapshot)
    expect(file.snapshot.monitors.get('dns')).toMatchObject({ state: { lastSuccessAtMs: 5000 }, slotAtMs: 4995 })
    expect(file.snapshot.mutes.silences).toHaveLength(1)
    elsewhere.close()

    const change = aChange('new', 9000)
    const full = { kind: 'failed', reason: 'the disk is full', isDamaged: false } as const
    expect(tryApply(file, [{ kind: 'check', change }], 9000)).toEqual(full)
    disk.free()
    expect(tryApply(file, [{ kind: 'check', change }], 9000)).toEqual({ kind: 'kept', refused: [] })
    // Who changed them while the file could not be opened, nobody has heard of.
    expect(file.changedMutes(0)).toEqual(file.snapshot.mutes)
    expect(file.changedMutes(0)).toBeNull()
    file.close()
    const again = openFile(path)
    expect([...again.snapshot.monitors.keys()].sort()).toEqual(['dns', 'new', 'web'])
    expect(again.snapshot.secret).toBe(file.snapshot.secret)
    again.close()
  })

  test('commands beside the daemon say what is the matter', () => {
    const directory = scratch.newPath()
    using disk = mountTmpfs(directory, 'size=1m')
    const path = join(directory, 'm.db')
    openFile(path).close()
    disk.fill()
    const refusal = (about: string) => ({ kind: 'refused', reason: about, hint: 'make room on the disk' })
    expect(readDatabase(path, () => 0)).toEqual(refusal(`cannot read ${path}: the disk is full`) as never)
    disk.free()
    const file = openFile(path)
    disk.fill()
    const work = (changes: MuteChanges) => {
      for (let count = 0; count < 10_000; count++) {
        changes.silence({ target: { tag: `${count}` }, untilMs: 9e12, reason: 'x'.repeat(900) }, 1)
      }
    }
    expect(changeMutes(path, work)).toEqual(refusal(`cannot write to ${path}: the disk is full`) as never)
    file.close()
  })

  test('one that must be brought up to date first is refused, and left as it is', () => {
    const directory = scratch.newPath()
    using disk = mountTmpfs(directory, 'size=1m')
    const path = join(directory, 'm.db')
    openFile(path).close()
    changeFile(path, (database) => database.run('PRAGMA user_version = 4'))
    disk.fill()
    expect(openDatabaseFile(path, HOLDER, 0)).toEqual({
      kind: 'refused',
      reason: `${path} was written by an older Minitor, and the disk is too full to bring it up to date`,
      hint: 'make room on the disk, or go without: --database :memory:',
    })
  })

  test('one that is taken away to make room is missed', () => {
    const directory = scratch.newPath()
    using disk = mountTmpfs(directory, 'size=1m')
    const path = join(directory, 'm.db')
    openFile(path).close()
    disk.fill()
    const file = openFile(path)
    expect(tryApply(file, [], 1)).toMatchObject({ kind: 'failed', isDamaged: false })
    Bun.spawnSync(['rm', path])
    expect(tryApply(file, [], 1)).toEqual({
      kind: 'failed',
      reason: 'the file is gone from its place',
      isDamaged: true,
    })
    disk.free()
    expect(file.replace(1)).toBe('')
    expect(tryApply(file, [], 1)).toEqual({ kind: 'kept', refused: [] })
    file.close()
    expect(statSync(path).size).toBeGreaterThan(0)
  })
})
