import type { Database } from 'bun:sqlite'

/** A file keeps a part of its size in free pages, which the next rows take. */
const KEPT_SHARE = 1 / 8
/** Less is not worth the work. */
const LEAST_PAGES = 256
/** How many pages are moved at once: that takes a few milliseconds. */
const SLICE_PAGES = 64
/** What a file may still hold that is written anew, once: that takes as much memory, and a fraction of a second. */
const REWRITTEN_LIMIT_BYTES = 32 * 1024 * 1024
const INCREMENTAL = 2

/**
 * Makes the function that gives a slice of a file's free pages back to the file system, as after `retention` was made
 * shorter; it is to be called again while it returns true. A file of a Minitor that could not do that is written anew
 * first, if little is left in it.
 */
export function createGiveBack(database: Database): () => boolean {
  const read = (name: string): number =>
    Object.values(database.query<Record<string, number>, []>(`PRAGMA ${name}`).get() ?? {})[0] ?? 0
  let isGiving = false

  const begins = (usedPages: number, freePages: number) => freePages > LEAST_PAGES + 2 * KEPT_SHARE * usedPages

  return () => {
    const freePages = read('freelist_count')
    const usedPages = read('page_count') - freePages
    const surplusPages = Math.floor(freePages - KEPT_SHARE * usedPages)
    if (!isGiving && !begins(usedPages, freePages)) return false
    isGiving = surplusPages > 0
    if (read('auto_vacuum') !== INCREMENTAL) {
      isGiving = false
      if (usedPages * read('page_size') > REWRITTEN_LIMIT_BYTES) return false
      database.run('PRAGMA auto_vacuum = INCREMENTAL')
      database.run('VACUUM')
    } else if (isGiving) database.run(`PRAGMA incremental_vacuum(${Math.min(surplusPages, SLICE_PAGES)})`)
    // The file shrinks when its log is written back. Readers are not waited for: then a later write does that.
    if (!isGiving) database.query('PRAGMA wal_checkpoint(PASSIVE)').all()
    return isGiving
  }
}
