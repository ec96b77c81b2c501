import { expect, test } from 'bun:test'
import { createWorkspace } from '../support/executable.ts'

// Help texts are the manual: a change of one is read in the snapshot like any other change of a document.
const COMMANDS = [
  'run',
  'agent',
  'validate',
  'doctor',
  'check',
  'alert',
  'simulate',
  'status',
  'history',
  'incidents',
  'silence',
  'unsilence',
  'ack',
  'unack',
  'sign-out',
  'pause',
  'resume',
  'announce',
  'nodes',
  'reload',
  'healthcheck',
  'backup',
  'restore',
  'init',
  'schema',
  'hash-password',
  'completion',
]

test('minitor --help', async () => {
  using place = createWorkspace()
  const { exitCode, stdout, stderr } = await place.minitor('--help')
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  expect(stdout).toMatchSnapshot()
})

test.each(COMMANDS)('minitor %s --help', async (command) => {
  using place = createWorkspace()
  const { exitCode, stdout, stderr } = await place.minitor(command, '--help')
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  expect(stdout).toMatchSnapshot()
  expect(stdout).toStartWith(`Usage: minitor ${command} [options]`)
  expect(stdout).toContain('\nOptions:\n')
  expect(stdout).toMatch(/\nExit codes: 0/)
  const tooWide = stdout.split('\n').filter((line) => Bun.stringWidth(line) > 80)
  expect(tooWide).toEqual([])
})

test('the general help lists every command', async () => {
  using place = createWorkspace()
  const { stdout } = await place.minitor('--help')
  const list = stdout.slice(stdout.indexOf('Commands:'))
  const listed = [...list.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name]) => name)
  expect(listed).toEqual([...COMMANDS, 'help'])
})

test.each([
  { args: ['-h'], like: ['--help'] },
  { args: ['help'], like: ['--help'] },
  { args: ['help', 'check'], like: ['check', '--help'] },
  { args: ['check', '-h'], like: ['check', '--help'] },
  { args: ['check', 'some', 'names', '--help'], like: ['check', '--help'] },
])('minitor $args is another way to write minitor $like', async ({ args, like }) => {
  using place = createWorkspace()
  const [one, other] = await Promise.all([place.minitor(...args), place.minitor(...like)])
  expect(one).toEqual(other)
})

test('help does not depend on the width that a pipe cannot have', async () => {
  using place = createWorkspace()
  const [plain, wide] = await Promise.all([
    place.minitor('run', '--help'),
    place.minitorWith({ COLUMNS: '200' }, 'run', '--help'),
  ])
  expect(wide.stdout).toBe(plain.stdout)
})
