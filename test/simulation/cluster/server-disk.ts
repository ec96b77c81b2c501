import { copyFileSync, existsSync, renameSync, rmSync } from 'node:fs'
import { copyForServers } from '../../../src/store/file/copy-database.ts'
import { type DatabaseFile, openDatabaseFile } from '../../../src/store/file/database-file.ts'
import type { Applied, Opening, ServerAccess } from '../../../src/store/thread/database-thread.ts'
import { tryApply, tryReplace } from '../../../src/store/thread/serve-database.ts'
import type { Random } from '../../support/random.ts'
import { never } from '../life-runner.ts'
import type { Life, Timeline } from '../timeline.ts'
import type { Accuse } from '../witness.ts'

/** The disk of one server, with one database file that one process at a time has open. */
export interface ServerDisk {
  readonly path: string
  /** While it is, another process holds the database, and nothing can be written. */
  isBusy: boolean
  access(life: Life): ServerAccess
  /** Ends the process. What was committed stays. */
  crash(): void
}

interface Options {
  readonly path: string
  readonly timeline: Timeline
  readonly random: Random
  readonly accuse: Accuse
}

const BUSY_MS = 2000

export function createServerDisk({ path, timeline, random, accuse }: Options): ServerDisk {
  let file: DatabaseFile | null = null
  let freeAtMs = 0

  const opened = () => {
    if (file === null) throw new Error('the database is not open')
    return file
  }

  const open = (): Opening => {
    const opening = openDatabaseFile(path, { pid: 1, startTicks: '' }, timeline.wallMs())
    if (opening.kind === 'refused') {
      accuse('a file that was kept can be opened', opening.reason)
      return opening
    }
    file = opening
    const { snapshot, journaled, setAside, logSetAside, trouble } = opening
    if (setAside !== null || logSetAside !== null) accuse('a file that was kept is sound', path)
    return { kind: 'opened', snapshot, journaled, setAside, logSetAside, trouble }
  }

  const delayMs = () => (random.chance(0.97) ? random.fraction() * 4 : random.int(10, 300))

  /** A request to the thread that has the file open, and its answer. One after another, in order. */
  const ask = <Answer>(life: Life, answer: () => Answer): Promise<Answer> => {
    if (!life.isAlive) return never()
    freeAtMs = Math.max(freeAtMs, timeline.nowMs) + (disk.isBusy ? BUSY_MS : delayMs())
    return new Promise((resolve, reject) => {
      timeline.after(freeAtMs - timeline.nowMs, life, () => {
        // A thread that has ended answers nobody.
        if (file === null && answer !== open) return
        try {
          const result = answer()
          timeline.after(delayMs(), life, () => resolve(result))
        } catch (error) {
          reject(error)
        }
      })
    })
  }

  const apply = (life: Life, writes: string, nowMs: number) =>
    ask<Applied>(life, () => {
      if (disk.isBusy) return { kind: 'failed', reason: 'another process holds the database', isDamaged: false }
      const applied = tryApply(opened(), JSON.parse(writes), nowMs)
      if (applied.kind === 'kept') for (const reason of applied.refused) accuse('nothing is refused', reason)
      else accuse('what is whole can be written', applied.reason)
      return applied
    })

  const disk: ServerDisk = {
    path,
    isBusy: false,
    access: (life) => ({
      open: () => ask(life, open),
      apply: (writes, nowMs) => apply(life, JSON.stringify(writes), nowMs),
      applyJson: (writes, nowMs) => apply(life, writes, nowMs),
      replace: (nowMs) => ask(life, () => tryReplace(opened(), nowMs)),
      unpublished: (limit, behind) => ask(life, () => opened().unpublished(limit, behind)),
      copyTo: (to) => ask(life, () => copyForServers(path, to)),
      setRetention() {},
      onSecret() {},
      onMutes() {},
      onDoubt() {},
      onDamage() {},
      close: () =>
        ask(life, () => {
          file?.close()
          file = null
        }),
    }),
    crash() {
      freeAtMs = 0
      if (file === null) return
      const draft = `${path}.crash`
      const files = ['', '-wal'].filter((suffix) => existsSync(path + suffix))
      for (const suffix of files) copyFileSync(path + suffix, draft + suffix)
      file.close()
      file = null
      for (const suffix of ['', '-wal', '-shm', '.lock']) rmSync(path + suffix, { force: true })
      for (const suffix of files) renameSync(draft + suffix, path + suffix)
    },
  }
  return disk
}
