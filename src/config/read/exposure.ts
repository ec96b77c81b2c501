import { accessSync, constants, realpathSync, type Stats } from 'node:fs'
import { dirname } from 'node:path'
import { statsOf } from '../yaml/read-source.ts'
import { type Mistake, mistakeOfFile } from '../yaml/source.ts'

const WRITABLE_BY_OTHERS = 0o002
/** In such a directory, only the owner of a file may replace it. */
const STICKY = 0o1000

export interface Exposure {
  readonly mistakes: readonly Mistake[]
  readonly warnings: readonly Mistake[]
}

/**
 * Whether others could change what Minitor runs, as the configuration is made of commands: files that all users of the machine
 * can write or replace are mistakes; one that belongs to another user is a warning, as in a container that is usual.
 * `path` is what `files` were found at. What cannot be looked at is left to those that read it.
 */
export function exposureOf(path: string, files: readonly string[]): Exposure {
  const exposed = new Map<string, string>()
  const owned: Mistake[] = []
  for (const file of files) {
    const stats = statsOf(file)
    if (stats === null || !stats.isFile()) continue
    if (isOpen(file, stats)) exposed.set(realpathSync(file), file)
    if (stats.uid !== 0 && stats.uid !== process.getuid?.()) owned.push(mistakeOfFile(file, foreign(file, stats), OWN))
    for (const directory of [dirname(realpathSync(file)), dirname(file)]) {
      const around = statsOf(directory)
      const isPath = directory === path.replace(/\/+$/, '')
      if (around === null || (!isPath && (around.mode & STICKY) !== 0)) continue
      if (isOpen(directory, around)) exposed.set(realpathSync(directory), directory)
    }
  }
  const mistakes = [...exposed.values()].map((open) =>
    mistakeOfFile(open, `${open} can be written by all users of this machine`, `chmod o-w ${open}`),
  )
  return { mistakes, warnings: owned }
}

const OWN = 'let it belong to root, or to the user that Minitor runs as'

function foreign(file: string, { uid }: Stats): string {
  return `${file} belongs to another user (${uid}), who decides what is run here`
}

/** A file system that is mounted read-only may have any modes. */
function isOpen(path: string, { mode }: Stats): boolean {
  return (mode & WRITABLE_BY_OTHERS) !== 0 && !isReadOnly(path)
}

function isReadOnly(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return false
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EROFS'
  }
}
