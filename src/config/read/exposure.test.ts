import { afterAll, describe, expect, test } from 'bun:test'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { loadConfig } from './load.ts'
import { sketchConfig } from './sketch.ts'

const scratch = mkdtempSync(join(tmpdir(), 'minitor-exposure-'))
afterAll(() => rmSync(scratch, { recursive: true }))

let count = 0

/** A configuration in a directory of its own. */
function place({ file = 0o644, directory = 0o755 } = {}) {
  const path = join(scratch, String(++count))
  mkdirSync(path)
  const config = join(path, 'config.yml')
  writeFileSync(config, 'monitors: [{name: a, command: x}]\n')
  chmodSync(config, file)
  chmodSync(path, directory)
  return { directory: path, config }
}

/** What is said of a configuration, without its directory. */
function said(path: string) {
  const loaded = loadConfig({ path, environment: {} })
  const findings = loaded.ok ? loaded.warnings : loaded.mistakes
  return [
    loaded.ok,
    ...findings.map(({ message, hint }) => `${message}; ${hint}`.replaceAll(scratch, '').replace(/\/\d+/g, '')),
  ]
}

describe('a configuration that all users can write', () => {
  test.each([
    { name: 'for its owner only', modes: { file: 0o600, directory: 0o700 }, ok: true },
    { name: 'for its group', modes: { file: 0o664, directory: 0o775 }, ok: true },
    { name: 'in a directory like /tmp', modes: { directory: 0o1777 }, ok: true },
    { name: 'the file', modes: { file: 0o666 }, ok: false },
    { name: 'the file, by others only', modes: { file: 0o602 }, ok: false },
    { name: 'its directory', modes: { directory: 0o777 }, ok: false },
  ])('$name', ({ modes, ok }) => {
    const { config } = place(modes)
    const open = 'file' in modes && modes.file !== undefined && (modes.file & 2) !== 0 ? '/config.yml' : ''
    const refusal = `${open} can be written by all users of this machine; chmod o-w ${open}`
    expect(said(config)).toEqual(ok ? [true] : [false, refusal])
  })

  test('a directory of files, where anybody can add one', () => {
    expect(said(place({ directory: 0o1777 }).directory)[0]).toBe(false)
    expect(said(place().directory)).toEqual([true])
  })

  test('is said once of a directory with several names', () => {
    const { directory, config } = place({ directory: 0o777 })
    const link = join(scratch, `${++count}`)
    symlinkSync(directory, link)
    expect(said(join(link, 'config.yml'))).toHaveLength(2)
    expect(said(relative(process.cwd(), config))).toHaveLength(2)
  })

  test('behind a symbolic link', () => {
    const link = join(place().directory, 'link.yml')
    symlinkSync(place({ directory: 0o777 }).config, link)
    expect(said(link)[0]).toBe(false)
  })

  test('is still of use to those on call', () => {
    const { config, mistakes } = sketchConfig({ path: place({ file: 0o666 }).config, environment: {} })
    expect([config.monitors.map(({ name }) => name), mistakes.length]).toEqual([['a'], 1])
  })
})

test.skipIf(process.getuid?.() !== 0)('one of another user is a warning', () => {
  const { config } = place()
  chownSync(config, 1234, 1234)
  expect(said(config)).toEqual([
    true,
    '/config.yml belongs to another user (1234), who decides what is run here; let it belong to root, or to the user that Minitor runs as',
  ])
})
