import { createHash } from 'node:crypto'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { readUpTo, SIZE_LIMIT_BYTES } from '../yaml/read-source.ts'

/** How often to look at the files. It costs a system call a file, and sees what notifications miss. */
const POLL_MS = 250

/**
 * Calls `onChange` when the content of the configuration's files has changed and stood still for one interval, so that
 * a file written in two halves is read once. Renames, swapped symbolic links, and files that go and come are all seen.
 * Returns how to stop.
 */
export function watchFiles(path: string, onChange: () => void): () => void {
  let content = contentOf(path)
  let seen = signatureOf(path)
  let isSettling = false

  const poll = () => {
    const signature = signatureOf(path)
    if (signature !== seen) {
      seen = signature
      isSettling = true
      return
    }
    if (!isSettling) return
    isSettling = false
    const now = contentOf(path)
    if (now === content) return
    content = now
    onChange()
  }

  const timer = setInterval(poll, POLL_MS)
  return () => clearInterval(timer)
}

/** Changes whenever a file may have changed. */
function signatureOf(path: string): string {
  return describe(path, (file) => {
    const { dev, ino, size, mtimeMs, ctimeMs } = statSync(file)
    return [dev, ino, size, mtimeMs, ctimeMs].join(' ')
  })
}

function contentOf(path: string): string {
  return describe(path, (file) => createHash('sha256').update(readUpTo(file, SIZE_LIMIT_BYTES)).digest('hex'))
}

function describe(path: string, describeFile: (file: string) => string): string {
  try {
    return configFiles(path)
      .map((file) => `${file} ${describeFile(file)}`)
      .join('\n')
  } catch (error) {
    return `unreadable: ${(error as NodeJS.ErrnoException).code}`
  }
}

/**
 * The files that a path stands for: itself, or every `*.yml` and `*.yaml` of a directory in name order. Hidden files are
 * left out, as editors use them for temporary copies. Throws the system's error if the path cannot be read.
 */
export function configFiles(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path)
    .filter((name) => /^[^.].*\.ya?ml$/.test(name))
    .sort()
    .map((name) => join(path, name))
}
