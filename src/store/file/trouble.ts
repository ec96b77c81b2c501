import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'

export const DISK_FULL = 'the disk is full'

/** Of the system and of SQLite, which says the third where it cannot make the index of its log as long as it needs it. */
const NO_ROOM = /^(?:ENOSPC|EDQUOT|SQLITE_FULL|SQLITE_IOERR_SHMSIZE)/

/** Whether an error that came of opening or writing `path` says that its disk has no room, for content or for another file. */
export function isDiskFull(error: unknown, path: string): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return NO_ROOM.test(code) || (code.startsWith('SQLITE_CANTOPEN') && isWithoutInodes(dirname(path)))
}

/** SQLite says only that a file cannot be opened. */
function isWithoutInodes(directory: string): boolean {
  try {
    const { files, ffree } = statfsSync(directory)
    // Some file systems do not count them.
    return files > 0 && ffree === 0
  } catch {
    return false
  }
}
