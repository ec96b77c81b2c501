import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs'
import { type Mistake, mistakeAt, mistakeOfFile, type Source } from './source.ts'

/** Ten thousand monitors take about a quarter of it; a larger file was not meant as a configuration. */
export const SIZE_LIMIT_BYTES = 8 * 1024 * 1024

const SAVE_AS_UTF8 = 'save the file as UTF-8'

/** Reads a file as UTF-8, with or without byte order mark. A file that is not readable text is a mistake. */
export function readSource(file: string, mayWait: boolean): Source | Mistake {
  let bytes: Uint8Array
  try {
    bytes = readUpTo(file, SIZE_LIMIT_BYTES + 1, mayWait)
  } catch (error) {
    return mistakeOfFile(file, `cannot read ${file}: ${failure(error)}`, null)
  }
  if (bytes.length > SIZE_LIMIT_BYTES) {
    return mistakeOfFile(file, 'the file is larger than 8 MiB', 'split it into a directory of files')
  }
  return decode(file, bytes)
}

/** Pipes that a shell has opened for a command: `validate --config <(…)`. They are read once, by who may wait. */
const OPENED_PIPE = /^\/(?:dev\/(?:stdin|fd\/\d+)|proc\/[^/]+\/fd\/\d+)$/

/**
 * At most `limitBytes` of a file. A FIFO or a device is refused, as reading one may take forever, and nothing else would
 * happen meanwhile. Throws the system's error, or `NotAFile`.
 */
export function readUpTo(file: string, limitBytes: number, mayWait: boolean): Uint8Array {
  const isPipe = mayWait && OPENED_PIPE.test(file)
  const descriptor = openSync(file, isPipe ? 'r' : constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    if (!isPipe && isSpecial(fstatSync(descriptor))) throw new NotAFile()
    const chunks: Uint8Array[] = []
    let length = 0
    while (length < limitBytes) {
      const chunk = new Uint8Array(Math.min(limitBytes - length, 256 * 1024))
      const count = readSync(descriptor, chunk)
      if (count === 0) break
      chunks.push(chunk.subarray(0, count))
      length += count
    }
    return Buffer.concat(chunks)
  } finally {
    closeSync(descriptor)
  }
}

class NotAFile extends Error {
  readonly code = 'NOT_A_FILE'
}

/** Null where there is nothing, or it is out of sight. */
export function statsOf(path: string): Stats | null {
  try {
    return statSync(path)
  } catch {
    return null
  }
}

function isSpecial(stats: Stats): boolean {
  return !stats.isFile() && !stats.isDirectory()
}

/** What a failed system call means, in a few words. */
export function failure(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  return FAILURES[code] ?? code
}

const FAILURES: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a directory',
  NOT_A_FILE: 'it is not a file',
  ENXIO: 'it is not a file',
  ENOTDIR: 'a part of its path is not a directory',
  ELOOP: 'its symbolic links go in a circle',
}

function decode(file: string, bytes: Uint8Array): Source | Mistake {
  if (looksLikeUtf16(bytes)) return mistakeOfFile(file, 'the file is UTF-16, not UTF-8', SAVE_AS_UTF8)
  try {
    return { file, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    return notUtf8(file, bytes)
  }
}

/** A byte order mark, or an ASCII character beside a NUL byte, which UTF-8 text never has. */
function looksLikeUtf16([first, second]: Uint8Array): boolean {
  if (first === undefined || second === undefined) return false
  return first + second === 0xff + 0xfe || (first === 0) !== (second === 0)
}

function notUtf8(file: string, bytes: Uint8Array): Mistake {
  const lenient = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  const start = lenient.indexOf('\ufffd')
  const valid = Buffer.from(lenient.slice(0, start))
  const text = valid.toString() + Buffer.from(bytes.subarray(valid.length)).toString('latin1')
  const byte = `0x${(bytes[valid.length] ?? 0).toString(16).toUpperCase()}`
  const place = { source: { file, text }, start, end: start + 1 }
  return mistakeAt(place, `the file is not UTF-8: the byte ${byte} is not valid here`, SAVE_AS_UTF8)
}
