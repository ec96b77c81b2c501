import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { version } from '../../package.json'
import { LATEST_VERSION } from '../../src/store/file/migrate.ts'
import { createWorkspace } from '../support/executable.ts'

const CONFIG = `monitors:
  - name: website
    command: [true]
    alerts: [log]
`

test('minitor --version --json prints what it was built from', async () => {
  using place = createWorkspace()
  const { exitCode, stdout } = await place.minitor('--version', '--json')
  expect(exitCode).toBe(0)
  const { commit, ...rest } = JSON.parse(stdout)
  expect(rest).toEqual({ version, runtime: `bun ${Bun.version}`, schema: LATEST_VERSION })
  // Null outside of a clone.
  expect(commit ?? '0'.repeat(40)).toMatch(/^[\da-f]{40}(?:-dirty)?$/)
  expect((await place.minitor('--json', '--version')).stdout).toBe(stdout)
})

test('what was not built has no commit', async () => {
  const source = Bun.spawn(['bun', join(import.meta.dir, '../../src/main.ts'), '--version', '--json'])
  expect(JSON.parse(await source.stdout.text())).toMatchObject({ version, commit: null })
})

test.each([['--version'], ['-version'], ['-version=true']])('minitor %s prints the version', async (flag) => {
  using place = createWorkspace()
  expect(await place.minitor(flag)).toMatchObject({ exitCode: 0, stdout: `${version}\n`, stderr: '' })
})

test.each([
  { name: 'a command with a typing error', args: ['chek'], says: ['chek', 'did you mean "check"'] },
  { name: 'a command cut short', args: ['validat'], says: ['validat', 'did you mean "validate"'] },
  { name: 'a command that is none', args: ['frobnicate'], says: ['frobnicate', 'minitor --help'] },
  { name: 'a command that is none, with its help', args: ['frobnicate', '--help'], says: ['frobnicate'] },
  { name: 'the help of a command that is none', args: ['help', 'frobnicate'], says: ['frobnicate'] },
  { name: 'a flag before the command', args: ['--config', 'config.yml', 'validate'], says: ['validate'] },
  { name: 'a flag with a typing error', args: ['--confg', 'x'], says: ['--confg', '--config'] },
  { name: 'a flag of a command', args: ['validate', '--jsn'], says: ['--jsn', '--json'] },
  { name: 'a flag that is none', args: ['check', '--frobnicate'], says: ['--frobnicate'] },
  { name: 'a flag without its value', args: ['check', '--config'], says: ['--config'] },
  { name: 'no name of a monitor', args: ['simulate'], says: ['name'] },
  { name: 'one name too many', args: ['alert', 'log', 'mail'], says: ['alert'] },
  { name: 'a port that is none', args: ['--metrics-port', '99999'], says: ['99999', '65535'] },
  { name: 'a port that is no number', args: ['-p', 'http'], says: ['http', 'number'] },
  { name: 'an address that is none', args: ['--listen', 'localhost'], says: ['localhost', '127.0.0.1:8080'] },
  { name: 'startup alerts that are not defined', args: ['--startup-alerts', 'lgo'], says: ['lgo', '"log"'] },
])('$name is wrong usage: exit code 2, told on standard error', async ({ args, says }) => {
  using place = createWorkspace({ 'config.yml': CONFIG })
  const { exitCode, stdout, stderr } = await place.minitor(...args)
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
  expect(stderr).toStartWith('error: ')
  for (const text of says) expect(stderr).toContain(text)
})

test.each([
  { command: 'run' },
  { command: 'validate' },
  { command: 'check' },
  { command: 'alert', args: ['log'] },
  { command: 'simulate', args: ['website'] },
])('$command without a configuration says which file it looked for, and what to do', async ({ command, args = [] }) => {
  using place = createWorkspace()
  const { exitCode, stdout, stderr } = await place.minitor(command, ...args)
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
  expect(stderr).toStartWith('error: cannot read config.yml: there is no such file\n')
  expect(stderr).toContain('--config')
  expect(stderr).toContain('minitor init')
})

test.each([
  { command: 'run' },
  { command: 'check' },
  { command: 'alert', args: ['log'] },
  { command: 'simulate', args: ['website'] },
])('$command refuses a wrong configuration as validate does', async ({ command, args = [] }) => {
  using place = createWorkspace({ 'config.yml': `${CONFIG}    alert_down: [lgo]\n` })
  const { exitCode, stdout, stderr } = await place.minitor(command, ...args)
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
  expect(stderr).toBe((await place.minitor('validate')).stderr)
})

test('reload without a daemon says so', async () => {
  using place = createWorkspace({ 'config.yml': CONFIG })
  expect(await place.minitor('reload')).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr: `error: no daemon was found that uses config.yml
  = help: name its configuration with --config or its database with --database, run this as its user, or send it SIGHUP
`,
  })
})

// The program starts when the other end of its pipe is closed for certain.
const READER_GONE = '(until [ -e gone ]; do sleep 0.01; done; "$MINITOR" ARGS; true) | (exec <&-; touch gone)'

test.each([
  { args: 'schema' },
  { args: 'validate' },
  { args: 'validate --json' },
  { args: 'check' },
  { args: 'simulate website --json' },
  { args: 'run --help' },
])('H6: a reader that goes away before $args prints is no bug of Minitor', async ({ args }) => {
  using place = createWorkspace({ 'config.yml': CONFIG })
  const { stderr } = await place.shell(READER_GONE.replace('ARGS', args))
  expect(stderr).toBe('')
})
