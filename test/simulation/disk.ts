import { Database } from 'bun:sqlite'
import { appendFileSync, copyFileSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Retention } from '../../src/core/model/config.ts'
import type { Mutes } from '../../src/core/model/mute.ts'
import { type DatabaseFile, openDatabaseFile } from '../../src/store/file/database-file.ts'
import type { Write } from '../../src/store/tables/apply-writes.ts'
import type { Applied, DatabaseAccess, Opening, Replaced } from '../../src/store/thread/database-thread.ts'
import { tryApply } from '../../src/store/thread/serve-database.ts'
import type { Random } from '../support/random.ts'
import { never } from './life-runner.ts'
import type { Life, Timeline } from './timeline.ts'
import type { Accuse, Witness } from './witness.ts'

export type DiskMood = 'works' | 'is slow' | 'is busy' | 'is full' | 'cannot be replaced'

/** A moment at which a process may be killed. */
export type DiskMoment = 'before it is kept' | 'when it is kept'

/** The disk of a world, with one database file that one process at a time has open. */
export interface Disk {
  mood: DiskMood
  /** Where the file is now; it moves with every crash. */
  readonly path: string
  readonly isOpen: boolean
  access(life: Life): DatabaseAccess
  /** The file stops being a database, or disappears. */
  damage(how: 'garbage' | 'gone'): void
  /** What a person does to the file while a daemon has it open. */
  change(work: (database: Database) => void): void
  /** Ends the process. If it had the file open, what was committed stays and the rest is lost. */
  crash(): void
}

interface Options {
  readonly directory: string
  readonly timeline: Timeline
  readonly random: Random
  readonly witness: Required<Witness>
  readonly accuse: Accuse
  /** May kill the process that writes. */
  readonly onMoment: (moment: DiskMoment) => void
}

const LOOK_EVERY_MS = 250
const RETAIN_EVERY_MS = 120_000
const BUSY_MS = 2000
/** A thread that does not close is abandoned after this time. */
const CLOSE_LIMIT_MS = 3000

export function createDisk({ directory, timeline, random, witness, accuse, onMoment }: Options): Disk {
  let file: DatabaseFile | null = null
  let copyCount = 0
  let path = join(directory, '0.db')
  let isGarbage = false
  /** The file was moved aside, and nothing has been written since. */
  let isReplaced = false
  let holder: Life | null = null
  let freeAtMs = 0
  let onMutes = (_: Mutes) => {}
  let onDamage = (_: string) => {}

  const open = (life: Life): Opening => {
    const isKept = existsSync(path) && !isGarbage
    if (isGarbage && existsSync(path)) spoil(path)
    const opened = openDatabaseFile(path, { pid: 1, startTicks: '' }, timeline.wallMs())
    if (opened.kind === 'refused') {
      accuse('a file that was kept can be opened', opened.reason)
      return opened
    }
    if (!isKept) witness.lostFile()
    isGarbage = false
    isReplaced = false
    file = opened
    holder = life
    witness.opened(opened, path)
    return {
      kind: 'opened',
      snapshot: opened.snapshot,
      journaled: opened.journaled,
      setAside: opened.setAside,
      logSetAside: opened.logSetAside,
      trouble: opened.trouble,
    }
  }

  const failed = (reason: string, isDamaged = false): Applied => ({ kind: 'failed', reason, isDamaged })

  const apply = (writes: readonly Write[], nowMs: number): Applied => {
    if (file === null) throw new Error('the database is not open')
    if (isGarbage) return failed('database disk image is malformed', true)
    if (disk.mood === 'is busy') return failed('another process holds the database')
    const cut = disk.mood === 'is full' ? cutShort(writes, random) : writes
    const applied = tryApply(file, cut, nowMs)
    if (applied.kind === 'kept') {
      if (cut !== writes) accuse('what fails half-way is not kept', 'a full disk went unnoticed')
      for (const reason of applied.refused) accuse('nothing is refused', reason)
      if (isReplaced) witness.opened(file, path)
      isReplaced = false
      witness.applied(writes, nowMs)
    }
    return applied
  }

  const replace = (nowMs: number): Replaced => {
    if (disk.mood === 'cannot be replaced') {
      return { kind: 'failed', reason: 'the disk is read-only', isDamaged: true }
    }
    if (file === null) throw new Error('the database is not open')
    const setAside = file.replace(nowMs)
    isGarbage = false
    isReplaced = true
    witness.lostFile()
    return { kind: 'replaced', setAside }
  }

  /** The delay of a request to the thread, or of its answer. */
  const delayMs = () => {
    if (disk.mood === 'is slow') return random.int(500, 12_000)
    return random.chance(0.95) ? random.fraction() * 6 : random.int(10, 400)
  }

  /** A request to the thread that has the file open, and its answer; the process may be killed at every step. */
  const ask = <Answer>(life: Life, answer: () => Answer): Promise<Answer> => {
    if (!life.isAlive) return never()
    // One after another, in order.
    freeAtMs = Math.max(freeAtMs, timeline.nowMs) + (disk.mood === 'is busy' ? BUSY_MS : delayMs())
    return new Promise((resolve) => {
      timeline.after(freeAtMs - timeline.nowMs, life, () => {
        onMoment('before it is kept')
        if (!life.isAlive) return
        const result = answer()
        onMoment('when it is kept')
        if (life.isAlive) timeline.after(delayMs(), life, () => resolve(result))
      })
    })
  }

  const lookSoon = () => {
    const life = holder
    if (life === null || !life.isAlive) return
    timeline.after(random.fraction() * LOOK_EVERY_MS, life, () => {
      const mutes = isGarbage ? null : (file?.changedMutes(timeline.wallMs()) ?? null)
      if (mutes === null) return
      witness.mutesHeard(mutes)
      onMutes(mutes)
    })
  }

  const retainFrom = (life: Life, retention: () => Retention | null) => {
    timeline.after(RETAIN_EVERY_MS, life, () => {
      const known = retention()
      while (
        known !== null &&
        !isGarbage &&
        disk.mood === 'works' &&
        file?.retain(known, timeline.wallMs(), timeline.nowMs)
      );
      retainFrom(life, retention)
    })
  }

  const disk: Disk = {
    mood: 'works',
    get path() {
      return path
    },
    get isOpen() {
      return file !== null
    },
    access(life) {
      let retention: Retention | null = null
      return {
        async open() {
          const opening = await ask(life, () => open(life))
          retainFrom(life, () => retention)
          return opening
        },
        apply: (writes, nowMs) => ask(life, () => apply(writes, nowMs)),
        replace: (nowMs) => ask(life, () => replace(nowMs)),
        setRetention(next) {
          retention = next
        },
        onSecret() {},
        onMutes(listener) {
          onMutes = (mutes) => life.isAlive && listener(mutes)
        },
        onDoubt() {},
        onDamage(listener) {
          onDamage = (reason) => life.isAlive && listener(reason)
        },
        close() {
          const closed = ask(life, () => {
            file?.close()
            file = null
          })
          const { promise: late, resolve } = Promise.withResolvers<void>()
          timeline.after(CLOSE_LIMIT_MS, life, resolve)
          return Promise.race([closed, late])
        },
      }
    },
    damage(how) {
      witness.spoiled()
      if (how === 'gone') {
        for (const suffix of random.pick([[''], ['', '-wal', '-shm']])) rmSync(path + suffix, { force: true })
      } else isGarbage = true
      // The thread that reads the history may be the first to find the damage.
      if (how === 'garbage' && holder !== null && random.chance(0.3)) {
        timeline.after(0.01, holder, () => onDamage('checks: row missing from index'))
      }
    },
    change(work) {
      if (!existsSync(path) || isGarbage) return
      const database = new Database(path, { readwrite: true })
      try {
        work(database)
      } finally {
        database.close()
      }
      lookSoon()
    },
    crash() {
      freeAtMs = 0
      if (file === null) return
      const copy = join(directory, `${++copyCount}.db`)
      const log = `${path}-wal`
      if (existsSync(path)) copyFileSync(path, copy)
      if (existsSync(log)) copyFileSync(log, `${copy}-wal`)
      // The beginning of a transaction that was cut off.
      if (existsSync(log) && random.chance(0.3)) appendFileSync(`${copy}-wal`, new Uint8Array(random.int(1, 5000)))
      file.close()
      file = null
      for (const suffix of ['', '-wal', '-shm', '.lock']) rmSync(path + suffix, { force: true })
      path = copy
    },
  }
  return disk
}

function spoil(path: string): void {
  writeFileSync(path, '\0'.repeat(5000))
  for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true })
}

/** Writes, of which the disk stores only the first few. */
function cutShort(writes: readonly Write[], random: Random): readonly Write[] {
  const count = random.int(0, Math.max(0, writes.length - 1))
  const iterate = function* (): ArrayIterator<Write> {
    yield* writes.slice(0, count)
    throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' })
  }
  return Object.assign([...writes], { [Symbol.iterator]: iterate })
}
