import { accessSync, readlinkSync } from 'node:fs'
import { readUpTo, SIZE_LIMIT_BYTES } from '../../config/yaml/read-source.ts'

/** Null where it cannot be read, or is no file: this is run as root on files of others. */
export function textOf(file: string): string | null {
  try {
    return Buffer.from(readUpTo(file, SIZE_LIMIT_BYTES, false)).toString()
  } catch {
    return null
  }
}

/** Where a link leads; null where it cannot be read. */
export function linkOf(file: string): string | null {
  try {
    return readlinkSync(file)
  } catch {
    return null
  }
}

/** Whether this process may do with a file what `mode` says: `R_OK`, `W_OK`, `X_OK`. */
export function may(mode: number, file: string): boolean {
  try {
    accessSync(file, mode)
    return true
  } catch {
    return false
  }
}
