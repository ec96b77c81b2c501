import type { Database } from 'bun:sqlite'
import { statSync } from 'node:fs'
import { PastUnavailable } from '../../core/past/past.ts'
import { connectForReading, readAtOnce } from './read-database.ts'

/** A database of the daemon's own process, to read from for as long as it lives. Everything here blocks its caller. */
export interface PastFile {
  /** As it is at one moment. Throws PastUnavailable where it cannot be read for now. */
  read<Result>(work: (database: Database) => Result): Result
  close(): void
}

/** It need not be there yet, and may be replaced: a damaged one is moved aside, and another begun in its place. */
export function createPastFile(path: string): PastFile {
  let open: { readonly database: Database; readonly inode: number } | null = null

  const close = () => {
    open?.database.close()
    open = null
  }

  const connect = (): Database => {
    // Asked before it is opened: of two that change places meanwhile, the next question finds out.
    const inode = statSync(path, { throwIfNoEntry: false })?.ino
    if (inode === undefined) {
      close()
      throw new PastUnavailable(`there is no file ${path}`)
    }
    if (open?.inode === inode) return open.database
    close()
    const opened = connectForReading(path)
    if (opened.kind === 'refused') throw new PastUnavailable(opened.reason)
    open = { database: opened.database, inode }
    return opened.database
  }

  return {
    read(work) {
      const reading = readAtOnce(path, connect(), work)
      if (reading.kind === 'read') return reading.result
      // What it has in memory of a damaged file must not outlive it.
      close()
      throw new PastUnavailable(reading.reason)
    },
    close,
  }
}
