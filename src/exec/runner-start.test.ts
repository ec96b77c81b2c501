import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { chmodSync, closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TEST_LIMIT_MS } from '../../test/support/pace.ts'
import { shellCheck } from '../../test/support/shell-check.ts'
import type { Command } from '../core/model/types.ts'
import { createRunner } from './runner.ts'

setDefaultTimeout(TEST_LIMIT_MS)

const runner = createRunner({ environment: { ...process.env, INHERITED: 'from Minitor', NOT_SET: undefined } })
const directory = mkdtempSync(join(tmpdir(), 'runner-start-'))

afterAll(async () => {
  await runner.close()
  rmSync(directory, { recursive: true })
})

function file(name: string, content: string, mode: number): string {
  const path = join(directory, name)
  writeFileSync(path, content)
  chmodSync(path, mode)
  return path
}

const noInterpreter = file('no-interpreter', '#!/no/such/shell -e\n', 0o755)
const noFirstLine = file('no-first-line', 'echo hello\n', 0o755)
const notExecutable = file('not-executable', '#!/bin/sh\n', 0o644)

test.each<{ name: string; command: Command; workingDirectory?: string; reason: string }>([
  {
    name: 'A9: a command that is in no directory of PATH',
    command: ['no-such-command'],
    reason:
      'command not found: "no-such-command" is in none of the directories of PATH; install it or write its full path',
  },
  {
    name: 'A9: a file that is missing',
    command: ['/no/such/file'],
    reason: 'command not found: there is no file "/no/such/file"',
  },
  {
    name: 'A9: a file that is not executable',
    command: ['/etc/passwd'],
    reason: '"/etc/passwd" is not executable; make it so with chmod +x, or name the program that reads it',
  },
  {
    name: 'A9: a script that is not executable',
    command: [notExecutable],
    reason: `"${notExecutable}" is not executable; make it so with chmod +x, or name the program that reads it`,
  },
  { name: 'A9: a directory', command: ['/etc'], reason: '"/etc" is a directory, not a program' },
  {
    name: 'A9: a script whose interpreter is missing',
    command: [noInterpreter],
    reason: `"${noInterpreter}" cannot run: "/no/such/shell", named in its first line, does not exist`,
  },
  {
    name: 'A9: a script without a first line',
    command: [noFirstLine],
    reason: `"${noFirstLine}" is no program this system can run; a script needs a first line such as #!/bin/sh`,
  },
  {
    name: 'A13: a working directory that is missing',
    command: ['true'],
    workingDirectory: '/no/such/directory',
    reason: 'the working directory "/no/such/directory" does not exist',
  },
  {
    name: 'A13: a working directory that is a file',
    command: ['true'],
    workingDirectory: '/etc/passwd',
    reason: 'the working directory "/etc/passwd" is not a directory',
  },
  {
    name: 'A14: many arguments that are too long together',
    command: ['true', ...Array.from({ length: 60 }, () => 'x'.repeat(131_000))],
    reason: 'the arguments and the environment of "true" are too long together for this system',
  },
])('is not started: $name', async ({ command, workingDirectory = null, reason }) => {
  const { ending, output } = await runner.run(shellCheck('', { command, workingDirectory }))
  expect(ending).toEqual({ kind: 'not_started', reason })
  expect(output).toBe('')
})

test.each([
  { name: 'A14: an argument over 128 KiB is cut', text: 'x'.repeat(200_000), expected: `${131_071}\n` },
  { name: 'A15: NUL in an argument is removed', text: 'a\0b\0c', expected: '3\n' },
])('$name', async ({ text, expected }) => {
  const command: Command = ['bash', '-c', 'printf %s "$1" | wc -c', 'bash', text]
  expect((await runner.run(shellCheck('', { command }))).output).toBe(expected)
})

test.each([
  { name: 'A14: a variable over 128 KiB is cut', text: 'x'.repeat(200_000), expected: `${131_069}\n` },
  { name: 'A15: NUL in a variable is removed', text: 'a\0b\0c', expected: '3\n' },
])('$name', async ({ text, expected }) => {
  const command: Command = ['bash', '-c', 'printf %s "$V" | wc -c']
  expect((await runner.run(shellCheck('', { command, env: { V: text } }))).output).toBe(expected)
})

test('a command gets what Minitor inherited, its own variables and its run id', async () => {
  const check = shellCheck('echo "$INHERITED,$OWN,$PATH,$MINITOR_RUN_ID"; printenv NOT_SET', {
    env: { OWN: 'own', PATH: '/bin:/usr/bin:/own' },
  })
  const { output } = await runner.run(check)
  // Nothing follows, as NOT_SET is not there.
  expect(output).toBe(`from Minitor,own,/bin:/usr/bin:/own,${check.runId}\n`)
})

test('a command runs in its working directory', async () => {
  expect((await runner.run(shellCheck('pwd -P', { workingDirectory: '/usr/bin' }))).output).toBe('/usr/bin\n')
})

test('a command leads its own session and group', async () => {
  const { output } = await runner.run(shellCheck('cut -d" " -f1,5,6 /proc/$$/stat'))
  const [pid, group, session] = output.trim().split(' ')
  expect(group).toBe(pid)
  expect(session).toBe(pid)
})

test('a command inherits no descriptor of Minitor', async () => {
  const { output } = await runner.run(shellCheck('ls /proc/$$/fd'))
  expect(output).toBe('0\n1\n2\n')
})

test.each(['cat', 'read x || echo empty', 'wc -c; readlink /proc/$$/fd/0'])(
  'A17: "%s" finds an empty input',
  async (script) => {
    const { ending } = await runner.run(shellCheck(script))
    expect(ending).toEqual({ kind: 'exited', exitCode: 0 })
  },
)

const longText = '€'.repeat(70_000)

test.each([
  { name: 'read to its end', script: 'wc -c', input: longText, output: '210000\n' },
  { name: 'opened by its name', script: 'wc -c < /dev/stdin', input: longText, output: '210000\n' },
  { name: 'ignored', script: 'echo done', input: longText, output: 'done\n' },
  { name: 'read in part', script: 'head -c 3', input: longText, output: '€' },
  { name: 'closed at once', script: 'exec <&-; echo closed', input: longText, output: 'closed\n' },
  { name: 'an empty text', script: 'wc -c', input: '', output: '0\n' },
])('A17: a text on standard input can be $name', async ({ script, input, output }) => {
  const run = await runner.run(shellCheck(script, { input }))
  expect(run.ending).toEqual({ kind: 'exited', exitCode: 0 })
  expect(run.output).toBe(output)
})

test('A20: a program that is open for writing is tried once more, then the check is void', async () => {
  const script = file('busy', '#!/bin/sh\necho whole again\n', 0o755)
  const writer = openSync(script, 'r+')
  const rescued = runner.run(shellCheck('', { command: [script] }))
  closeSync(writer)
  expect(await rescued).toMatchObject({ ending: { kind: 'exited', exitCode: 0 }, output: 'whole again\n' })

  const stubborn = openSync(script, 'r+')
  const { ending } = await runner.run(shellCheck('', { command: [script] }))
  closeSync(stubborn)
  expect(ending).toMatchObject({ kind: 'void', isExhausted: true })
})
