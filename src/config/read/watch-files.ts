import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** How often the files are looked at. Looking costs a system call a file, and sees what notifications miss. */
const LOOK_EVERY_MS = 250

/**
 * Calls `onChange` when the content of the configuration's files has changed and stood still for one look, so that a
 * file written in two halves is read once. Renames, swapped symbolic links, and files that go and come are all seen.
 * Returns how to stop.
 */
export function watchFiles(path: string, onChange: () => void): () => void {
  let content = contentOf(path)
  let seen = signatureOf(path)
  let isSettling = false

  const look = () => {
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

  const timer = setInterval(look, LOOK_EVERY_MS)
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
  return describe(path, (file) => createHash('sha256').update(readFileSync(file)).digest('hex'))
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
 * The files that a path stands for: itself, or of a directory every `*.yml` and `*.yaml` in name order. Hidden files
 * are left out: editors keep their temporary ones there. Throws what the system says when it cannot look.
 */
export function configFiles(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path)
    .filter((name) => /^[^.].*\.ya?ml$/.test(name))
    .sort()
    .map((name) => join(path, name))
}
