import { type DatabaseFile, Unavailable } from '../file/database-file.ts'
import { isDamage } from '../file/open-database.ts'
import { DISK_FULL } from '../file/trouble.ts'
import type { Write } from '../tables/write.ts'
import type { Applied } from './messages.ts'

/** Codes of errors that speak of what was asked for, not of the disk: trying again cannot help. Bugs have none at all. */
const OUR_FAULT = /^$|^ERR_|^SQLITE_(?:CONSTRAINT|MISMATCH|ERROR|MISUSE|RANGE|TOOBIG)/

/** Keeps the writes, or says why not. Never throws. */
export function tryApply(file: DatabaseFile, writes: readonly Write[], nowMs: number): Applied {
  try {
    const damage = file.damage()
    if (damage !== null) return { kind: 'failed', reason: damage, isDamaged: true }
    file.apply(writes, nowMs)
    return { kind: 'kept', refused: [] }
  } catch (error) {
    if (error instanceof Unavailable) return { kind: 'failed', reason: error.message, isDamaged: false }
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (!OUR_FAULT.test(code)) {
      return { kind: 'failed', reason: reasonOf(error as Error), isDamaged: isDamage(error) }
    }
    return applyOneByOne(file, writes, { nowMs, error })
  }
}

/** One write that can never be kept must not hold up all that come after it. */
function applyOneByOne(
  file: DatabaseFile,
  writes: readonly Write[],
  { nowMs, error }: { nowMs: number; error: unknown },
): Applied {
  if (writes.length <= 1)
    return { kind: 'kept', refused: [error instanceof Error ? (error.stack ?? error.message) : String(error)] }
  const refused: string[] = []
  for (const write of writes) {
    const applied = tryApply(file, [write], nowMs)
    if (applied.kind === 'failed') return applied
    refused.push(...applied.refused)
  }
  return { kind: 'kept', refused }
}

const REASONS: Readonly<Record<string, string>> = {
  SQLITE_FULL: DISK_FULL,
  SQLITE_IOERR_SHMSIZE: DISK_FULL,
  SQLITE_READONLY: 'the disk or the file is read-only',
  SQLITE_BUSY: 'another process holds the database',
}

function reasonOf(error: Error): string {
  const code = 'code' in error ? String(error.code) : ''
  const known = Object.entries(REASONS).find(([name]) => code.startsWith(name))?.[1]
  return known ?? `${error.message}${code === '' ? '' : ` (${code})`}`
}
