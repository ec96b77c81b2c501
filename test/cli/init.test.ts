import { describe, expect, test } from 'bun:test'
import { mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { startDaemon } from '../support/daemon-process.ts'
import { createWorkspace } from '../support/executable.ts'

/** As its comment says: without the # before the alert. */
const withMail = (text: string) => text.replace(/^# alerts:.*?\n\n/ms, (alerts) => alerts.replaceAll(/^# ?/gm, ''))
const SENDMAIL = '#!/bin/sh\necho "to: $*"\ncat\n'

test('init writes a configuration and says how to go on', async () => {
  using place = createWorkspace()
  expect(await place.minitor('init')).toMatchObject({
    exitCode: 0,
    stderr: '',
    stdout: `config.yml is written. Next:
  minitor validate   check it for mistakes
  minitor check      run its checks once
  minitor run        start watching
`,
  })
  expect(place.files()).toEqual(['config.yml'])
})

describe('what init wrote', () => {
  test('is commented, and valid', async () => {
    using place = createWorkspace()
    await place.minitor('init')
    expect(place.read('config.yml').match(/^ *#/gm)?.length).toBeGreaterThan(5)
    const { exitCode, stdout, stderr } = await place.minitor('validate')
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout).toStartWith('fine: config.yml has ')
  })

  test('checks this machine: each check runs and judges by its exit code', async () => {
    using place = createWorkspace()
    await place.minitor('init')
    const { stdout, stderr } = await place.minitor('check', '--json')
    expect(stderr).toBe('')
    const checked = JSON.parse(stdout) as { outcome: string; exit_code: number; output: string }[]
    expect(checked.length).toBeGreaterThan(0)
    // A machine under test may be busy or full, so that 1 is as good an answer as 0.
    for (const { exit_code, output } of checked) expect([0, 1], output).toContain(exit_code)
  })

  test.each(['Root disk', '100% of $(touch PWNED) \\n %s'])(
    'has an alert that works, for a monitor named %p',
    async (name) => {
      using place = createWorkspace({ 'bin/sendmail': SENDMAIL })
      await place.minitor('init')
      place.write(
        'config.yml',
        withMail(place.read('config.yml')).replace('name: Root disk', () => `name: ${JSON.stringify(name)}`),
      )
      const { exitCode, stdout, stderr } = await place.minitor('alert', 'mail', '--monitor', name, '--kind', 'up')
      expect(stderr).toBe('')
      expect(stdout).toStartWith(`to: -i root\nTo: root\nSubject: ${name} check is up again!\nMIME-Version: 1.0\n`)
      expect(exitCode).toBe(0)
      expect(place.files()).not.toContain('PWNED')
    },
  )

  test('runs', async () => {
    using place = createWorkspace()
    await place.minitor('init')
    await using daemon = startDaemon({ config: place.read('config.yml') })
    await daemon.line({ monitor: 'Root disk' })
    daemon.signal('SIGTERM')
    expect(await daemon.exitCode()).toBe(0)
  })
})

test.each(['-c', '--config', '-config'])('%s names another file, also in what is printed', async (flag) => {
  using place = createWorkspace()
  const { exitCode, stdout } = await place.minitor('init', flag, 'other.yml')
  expect(exitCode).toBe(0)
  expect(stdout).toStartWith('other.yml is written. ')
  expect(stdout).toContain('  minitor validate --config other.yml ')
  expect(place.files()).toEqual(['other.yml'])
})

test('a name that a shell would split is printed so that it can be copied', async () => {
  using place = createWorkspace()
  const { stdout } = await place.minitor('init', '--config', 'my own.yml')
  const line = stdout.split('\n').find((text) => text.includes('minitor validate')) ?? ''
  const command = line.replace(/ {2,}check it for mistakes$/, '').replace('minitor', '"$MINITOR"')
  expect(await place.shell(command)).toMatchObject({ exitCode: 0, stderr: '' })
})

describe('init never overwrites', () => {
  test('a file', async () => {
    using place = createWorkspace({ 'config.yml': 'mine' })
    const before = statSync(join(place.directory, 'config.yml'), { bigint: true })
    expect(await place.minitor('init')).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: 'error: config.yml already exists\n  = help: choose another name with --config\n',
    })
    expect(place.read('config.yml')).toBe('mine')
    expect(statSync(join(place.directory, 'config.yml'), { bigint: true }).mtimeNs).toBe(before.mtimeNs)
  })

  test('a link, wherever it leads', async () => {
    using place = createWorkspace({ 'real.yml': 'mine' })
    symlinkSync('real.yml', join(place.directory, 'config.yml'))
    symlinkSync('nowhere.yml', join(place.directory, 'dangling.yml'))
    expect((await place.minitor('init')).exitCode).toBe(2)
    expect((await place.minitor('init', '-c', 'dangling.yml')).exitCode).toBe(2)
    expect(readFileSync(join(place.directory, 'real.yml'), 'utf8')).toBe('mine')
    expect(place.files()).toEqual(['config.yml', 'dangling.yml', 'real.yml'])
  })

  test('a directory', async () => {
    using place = createWorkspace()
    mkdirSync(join(place.directory, 'conf'))
    expect(await place.minitor('init', '--config', 'conf')).toMatchObject({ exitCode: 2, stdout: '' })
  })
})

test('a file that cannot be written is refused, with the reason', async () => {
  using place = createWorkspace()
  const { exitCode, stdout, stderr } = await place.minitor('init', '--config', 'missing/config.yml')
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
  expect(stderr).toStartWith('error: missing/config.yml cannot be written: ')
})

test('a schema beside the file is named for editors', async () => {
  using place = createWorkspace()
  await place.shell('"$MINITOR" schema >minitor.schema.json')
  await place.minitor('init')
  expect(place.read('config.yml')).toStartWith('# yaml-language-server: $schema=./minitor.schema.json\n# Minitor')
  expect((await place.minitor('validate')).exitCode).toBe(0)
})
