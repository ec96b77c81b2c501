import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createScratch } from '../../../test/support/database.ts'
import { TEST_LIMIT_MS } from '../../../test/support/pace.ts'
import { takeLock } from './open-for-writing.ts'

setDefaultTimeout(TEST_LIMIT_MS)

const scratch = createScratch()
afterAll(scratch.remove)

const newPath = () => `${scratch.newPath()}.lock`

/** Another process, which takes the lock, says whether it has it, and stays. */
async function startHolder(path: string) {
  const script = `
    import { takeLock } from ${JSON.stringify(join(import.meta.dir, 'open-for-writing.ts'))}
    const lock = takeLock(${JSON.stringify(path)})
    console.log(lock === null ? 'refused' : 'held')
    if (lock === null) process.exit()
    for await (const line of console) {
      lock.release()
      console.log('released')
    }`
  const child = Bun.spawn([process.execPath, '-e', script], { stdin: 'pipe', stdout: 'pipe', stderr: 'inherit' })
  const reader = child.stdout.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  const line = async (): Promise<string> => {
    while (!rest.includes('\n')) {
      const { value, done } = await reader.read()
      if (done) return rest
      rest += decoder.decode(value, { stream: true })
    }
    const [first = '', ...others] = rest.split('\n')
    rest = others.join('\n')
    return first
  }
  return { child, said: await line(), line }
}

test('is had by one process, until it releases it', async () => {
  const path = newPath()
  const other = await startHolder(path)
  expect(other.said).toBe('held')
  expect(takeLock(path)).toBeNull()
  expect((await startHolder(path)).said).toBe('refused')
  other.child.stdin.write('\n')
  other.child.stdin.flush()
  expect(await other.line()).toBe('released')
  const lock = takeLock(path)
  expect(lock).not.toBeNull()
  expect((await startHolder(path)).said).toBe('refused')
  lock?.release()
  other.child.kill('SIGKILL')
  await other.child.exited
})

test('ends with the process that has it, however that ends', async () => {
  const path = newPath()
  const other = await startHolder(path)
  expect(other.said).toBe('held')
  other.child.kill('SIGSTOP')
  expect(takeLock(path)).toBeNull()
  other.child.kill('SIGKILL')
  await other.child.exited
  const lock = takeLock(path)
  expect(lock).not.toBeNull()
  lock?.release()
})

test('is refused within the same process, too, and nobody loses it by that', async () => {
  const path = newPath()
  const lock = takeLock(path)
  expect(takeLock(path)).toBeNull()
  expect(takeLock(path)).toBeNull()
  expect((await startHolder(path)).said).toBe('refused')
  lock?.release()
})

test('leaves an empty file that is the owner’s alone, whatever the umask', () => {
  const path = newPath()
  const old = process.umask(0)
  try {
    takeLock(path)?.release()
  } finally {
    process.umask(old)
  }
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(readFileSync(path).length).toBe(0)
  takeLock(path)?.release()
  rmSync(path)
})

test.each([
  { name: 'its directory is missing', path: () => join(scratch.directory, 'missing', 'x.lock') },
  {
    name: 'the file is something else',
    path() {
      const path = newPath()
      writeFileSync(path, 'something else, and more than a hundred bytes of it'.repeat(30))
      return path
    },
  },
])('throws when $name', ({ path }) => {
  expect(() => takeLock(path())).toThrow()
})
