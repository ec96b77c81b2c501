import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../../packaging/run.ts'
import { buildExecutable, ROOT, targetNamed } from '../../packaging/targets.ts'
import { EXECUTABLE } from '../support/executable.ts'
import { limitMs } from '../support/pace.ts'

setDefaultTimeout(limitMs(300_000))

const directory = mkdtempSync(join(tmpdir(), 'minitor-built-'))
afterAll(() => rmSync(directory, { recursive: true }))

const sha256 = (path: string) => new Bun.CryptoHasher('sha256').update(readFileSync(path)).digest('hex')

test('an executable built elsewhere, by another user at another time, has the same bytes', async () => {
  const elsewhere = join(directory, 'a clone somewhere else')
  mkdirSync(elsewhere)
  const lock: { packages: Record<string, { dev?: boolean }> } = await Bun.file(join(ROOT, 'package-lock.json')).json()
  const shipped = Object.entries(lock.packages).flatMap(([place, { dev }]) => (place === '' || dev ? [] : [place]))
  for (const place of ['src', 'package.json', 'tsconfig.json', ...shipped])
    cpSync(join(ROOT, place), join(elsewhere, place), { recursive: true })
  const { commit } = JSON.parse(await run([EXECUTABLE, '--version', '--json']))
  const env = {
    HOME: directory,
    MINITOR_COMMIT: commit ?? '',
    TZ: 'Asia/Tokyo',
    LC_ALL: 'C',
    SOURCE_DATE_EPOCH: '1',
    PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH}`,
  }
  const built = join(directory, 'output', 'minitor')
  await run(['npm', 'run', '--silent', 'build', '--', `--outfile=${built}`], { cwd: elsewhere, env })
  expect(sha256(built)).toBe(sha256(EXECUTABLE))
  const bytes = readFileSync(built)
  expect([ROOT, elsewhere].filter((path) => bytes.includes(path))).toEqual([])
})

test('an executable for another processor is built here, on the runtime that the lock file names', async () => {
  const path = await buildExecutable(targetNamed('linux-arm64'), directory, join(ROOT, 'dist/runtimes'))
  const header = readFileSync(path).subarray(0, 20)
  const AARCH64 = 183
  expect([header.toString('latin1', 1, 4), header.readUInt16LE(18)]).toEqual(['ELF', AARCH64])
})
