import { constants, promises, readdirSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
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
  let seen = ''
  let isSettling = false
  let isPolling = false

  const poll = async () => {
    const signature = await signatureOf(path)
    if (signature !== seen) {
      seen = signature
      isSettling = true
      return
    }
    if (!isSettling) return
    isSettling = false
    // The reader of the files reports one that hangs.
    if ((await findHungFile(path)) !== null) return onChange()
    const now = contentOf(path)
    if (now === content) return
    content = now
    onChange()
  }

  // A file that hangs, on a network file system say, holds up the watching, and nothing else.
  const pollOnce = async () => {
    if (isPolling) return
    isPolling = true
    await poll()
    isPolling = false
  }
  const timer = setInterval(pollOnce, POLL_MS)
  return () => clearInterval(timer)
}

/** Changes whenever a file may have changed. */
async function signatureOf(path: string): Promise<string> {
  const lines: string[] = []
  try {
    for (const file of await listFiles(path)) {
      const { dev, ino, size, mtimeMs, ctimeMs } = await promises.stat(file)
      lines.push([file, dev, ino, size, mtimeMs, ctimeMs].join(' '))
    }
  } catch (error) {
    lines.push(unreadable(error))
  }
  return lines.join('\n')
}

function contentOf(path: string): string {
  const hashOf = (file: string) =>
    new Bun.CryptoHasher('sha256').update(readUpTo(file, SIZE_LIMIT_BYTES, false)).digest('hex')
  try {
    return configFiles(path)
      .map((file) => `${file} ${hashOf(file)}`)
      .join('\n')
  } catch (error) {
    return unreadable(error)
  }
}

function unreadable(error: unknown): string {
  return `unreadable: ${(error as NodeJS.ErrnoException).code}`
}

/**
 * The files that a path stands for: itself, or every `*.yml` and `*.yaml` of a directory in name order. Hidden files are
 * left out, as editors use them for temporary copies. Throws the system's error if the path cannot be read.
 */
export function configFiles(path: string): readonly string[] {
  return statSync(path).isDirectory() ? configFilesIn(path, readdirSync(path)) : [path]
}

/** The same, by a thread of the runtime. */
export async function listFiles(path: string): Promise<readonly string[]> {
  return (await promises.stat(path)).isDirectory() ? configFilesIn(path, await promises.readdir(path)) : [path]
}

function configFilesIn(directory: string, names: readonly string[]): readonly string[] {
  return names
    .filter((name) => /^[^.].*\.ya?ml$/.test(name))
    .sort()
    .map((name) => join(directory, name))
}

/** A file system that takes longer does not answer. */
const ANSWER_LIMIT_MS = 5000
const SECRET = /\$\{file:([^}]*)\}/g

/**
 * The first file of a configuration, or secret named in it, that does not answer in time, as on a network file system that
 * hangs; null where all do. Threads of the runtime read them: reading a file that hangs would hold up everything else.
 * What is wrong with a file is not asked here.
 */
export async function findHungFile(path: string): Promise<string | null> {
  let file = path
  const readAll = async () => {
    const secrets = new Set<string>()
    for (file of await listFiles(path)) {
      for (const [, name = ''] of (await readText(file)).matchAll(SECRET)) secrets.add(resolve(dirname(file), name))
    }
    for (file of secrets) await readText(file)
  }
  const { promise: late, resolve: giveUp } = Promise.withResolvers<string>()
  const timer = setTimeout(() => giveUp(file), ANSWER_LIMIT_MS)
  const all = readAll().then(
    () => null,
    () => null,
  )
  const hung = await Promise.race([late, all])
  clearTimeout(timer)
  return hung
}

/** The secrets that these files of a configuration name by `${file:…}`. Throws the system's error if one cannot be read. */
export function secretFiles(files: readonly string[]): readonly string[] {
  const named = files.flatMap((file) =>
    [...readUpTo(file, SIZE_LIMIT_BYTES, false).toString().matchAll(SECRET)].map(([, name = '']) =>
      resolve(dirname(file), name),
    ),
  )
  return [...new Set(named)]
}

/** Empty where it cannot be read, or is no file. */
async function readText(file: string): Promise<string> {
  try {
    await using handle = await promises.open(file, constants.O_RDONLY | constants.O_NONBLOCK)
    const stats = await handle.stat()
    return stats.isFile() && stats.size <= SIZE_LIMIT_BYTES ? await handle.readFile('utf8') : ''
  } catch {
    return ''
  }
}
