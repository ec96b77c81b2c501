import { expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from '../support/eventually.ts'
import { createWorkspace } from '../support/executable.ts'

const CONFIG = `monitors:
  - name: good
    command: echo fine
  - name: careful
    command: echo look; exit 1
    warning_exit_codes: [1]
  - name: bad
    command: echo out; echo err >&2; exit 3
    alerts: [mark]
    alert_after: 1
  - name: slow
    command: echo begun; exec sleep 60
    timeout: 300ms
  - name: gone
    command: [no-such-program]
  - name: gone in the shell
    command: no-such-program
  - name: killed
    command: kill -9 $$
  - name: lost
    command: [pwd]
    working_directory: /no/such/directory
  - name: 'off'
    command: touch off-ran
    enabled: false
alerts:
  mark: {command: touch alert-ran}
`

interface Checked {
  readonly monitor: string
  readonly outcome: string
  readonly output: string
  readonly duration_ms: number
}

/** Durations are what they are. */
const timeless = (text: string) => text.replace(/ +\d+ms +/g, ' … ')

const everyCheck: readonly (Omit<Checked, 'duration_ms'> & Record<string, unknown>)[] = [
  { monitor: 'good', outcome: 'passed', exit_code: 0, signal: null, output: 'fine\n', reason: 'exit code 0' },
  { monitor: 'careful', outcome: 'warned', exit_code: 1, signal: null, output: 'look\n', reason: 'exit code 1' },
  { monitor: 'bad', outcome: 'failed', exit_code: 3, signal: null, output: 'out\nerr\n', reason: 'exit code 3' },
  {
    monitor: 'slow',
    outcome: 'timed_out',
    exit_code: null,
    signal: null,
    output: 'begun\n',
    reason: 'timed out after 300ms',
  },
  {
    monitor: 'gone',
    outcome: 'not_started',
    exit_code: null,
    signal: null,
    output: '',
    reason: expect.stringMatching(/^command not found: "no-such-program"/),
  },
  {
    monitor: 'gone in the shell',
    outcome: 'failed',
    exit_code: 127,
    signal: null,
    output: expect.stringContaining('no-such-program'),
    reason: expect.stringMatching(/^exit code 127 \(.+\)$/),
  },
  { monitor: 'killed', outcome: 'failed', exit_code: null, signal: 'SIGKILL', output: '', reason: 'killed by SIGKILL' },
  {
    monitor: 'lost',
    outcome: 'not_started',
    exit_code: null,
    signal: null,
    output: '',
    reason: 'the working directory "/no/such/directory" does not exist',
  },
]

test('every outcome, for machines', async () => {
  using place = createWorkspace({ 'config.yml': CONFIG })
  const { exitCode, stdout, stderr } = await place.minitor('check', '--json')
  const checked = JSON.parse(stdout) as Checked[]
  const keys = ['monitor', 'outcome', 'exit_code', 'signal', 'duration_ms', 'output', 'reason']
  for (const check of checked) expect(Object.keys(check)).toEqual(keys)
  expect(checked).toEqual(everyCheck.map((check) => ({ ...check, duration_ms: expect.any(Number) }) as Checked))
  expect(checked.find(({ monitor }) => monitor === 'slow')?.duration_ms).toBeGreaterThanOrEqual(300)
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' })
})

test('every outcome, for people; no alert runs, nothing is kept, and what is not enabled is left out', async () => {
  using place = createWorkspace({ 'config.yml': CONFIG })
  const { exitCode, stdout, stderr } = await place.minitor('check')
  expect(timeless(stdout).split('\n')).toEqual([
    'passed       good … fine',
    'warned       careful … look (exit code 1)',
    'failed       bad … out (exit code 3)',
    '  | out',
    '  | err',
    'timed_out    slow … timed out after 300ms: begun',
    expect.stringMatching(/^not_started {2}gone … command not found: "no-such-program"/),
    expect.stringMatching(/^failed {7}gone in the shell … sh: .*no-such-program.* \(exit code 127\)$/),
    'failed       killed … killed by SIGKILL',
    'not_started  lost … the working directory "/no/such/directory" does not exist',
    '',
  ])
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' })
  expect(place.files()).toEqual(['config.yml'])
})

test.each([
  { names: ['good'], exitCode: 0 },
  { names: ['careful', 'good'], exitCode: 0 },
  { names: ['good', 'bad'], exitCode: 1 },
  { names: ['slow'], exitCode: 1 },
  { names: ['gone'], exitCode: 1 },
])('exit code $exitCode after $names', async ({ names, exitCode }) => {
  using place = createWorkspace({ 'config.yml': CONFIG })
  expect((await place.minitor('check', ...names)).exitCode).toBe(exitCode)
})

test('the named ones only, in the order they were named, each once', async () => {
  using place = createWorkspace({ 'config.yml': CONFIG })
  const { stdout } = await place.minitor('check', '--json', 'careful', 'good', 'careful')
  expect(JSON.parse(stdout).map(({ monitor }: Checked) => monitor)).toEqual(['careful', 'good'])
})

test('one that is not enabled runs when it is named', async () => {
  using place = createWorkspace({ 'config.yml': CONFIG })
  expect(await place.minitor('check', 'off')).toMatchObject({ exitCode: 0, stderr: '' })
  expect(place.files()).toContain('off-ran')
})

test('an unknown name: nothing runs, and a near one is suggested', async () => {
  using place = createWorkspace({ 'config.yml': CONFIG })
  expect(await place.minitor('check', 'off', 'god')).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr: 'error: there is no monitor "god"\n  = help: did you mean "good"?\n',
  })
  expect(place.files()).toEqual(['config.yml'])
})

test('a name that looks like a flag stands after --', async () => {
  using place = createWorkspace({ 'config.yml': 'monitors: [{name: --json, command: [true]}]\n' })
  const { exitCode, stdout } = await place.minitor('check', '--', '--json')
  expect({ exitCode, stdout: timeless(stdout) }).toEqual({ exitCode: 0, stdout: 'passed  --json … exit code 0\n' })
})

test('with no monitor enabled it says so', async () => {
  using place = createWorkspace({ 'config.yml': 'monitors: [{name: a, command: [true], enabled: false}]\n' })
  const { exitCode, stdout } = await place.minitor('check')
  expect(exitCode).toBe(0)
  expect(stdout).toMatch(/no monitor.*enabled/)
  expect((await place.minitor('check', '--json')).stdout).toBe('[]\n')
})

// Each waits for the others: one after the other they would time out.
const MEET = `
    command: touch here-$MINITOR_MONITOR_NAME; until [ $(ls | grep -c here-) -eq 3 ]; do sleep 0.02; done
    timeout: 20s`

test('checks run side by side', async () => {
  using place = createWorkspace({
    'config.yml': `monitors:\n${['a', 'b', 'c'].map((name) => `  - name: ${name}${MEET}\n`).join('')}`,
  })
  expect(await place.minitor('check')).toMatchObject({ exitCode: 0, stderr: '' })
})

test('but never more than max_concurrent_checks at once', async () => {
  const alone = 'mkdir lock && sleep 0.05 && rmdir lock'
  const monitors = ['a', 'b', 'c', 'd'].map((name) => `  - {name: ${name}, command: ${alone}}\n`)
  using place = createWorkspace({ 'config.yml': `max_concurrent_checks: 1\nmonitors:\n${monitors.join('')}` })
  expect(await place.minitor('check')).toMatchObject({ exitCode: 0, stderr: '' })
})

test('a check gets its environment, its directory and an empty standard input', async () => {
  using place = createWorkspace({
    'sub/config.yml': `monitors:
  - name: nosy
    command: echo "$MINITOR_MONITOR_NAME,$GIVEN,$INHERITED,\${MINITOR_RUN_ID:+run}"; pwd; cat; test -t 0 && echo terminal
    env: {GIVEN: from the file}
    working_directory: sub
`,
  })
  const { stdout } = await place.minitorWith({ INHERITED: 'outer' }, 'check', '--json', '-c', 'sub/config.yml')
  const [{ output }] = JSON.parse(stdout)
  expect(output).toBe(`nosy,from the file,outer,run\n${join(place.directory, 'sub')}\n`)
})

test('values from the environment are shown to nobody', async () => {
  using place = createWorkspace({
    'config.yml': `monitors:
  - name: chatty
    command: echo "token is $TOKEN"; exit 1
    env: {TOKEN: '\${SECRET}'}
`,
  })
  const [text, json] = await Promise.all([
    place.minitorWith({ SECRET: 'hunter2-hunter2' }, 'check'),
    place.minitorWith({ SECRET: 'hunter2-hunter2' }, 'check', '--json'),
  ])
  expect(text.stdout).toContain('token is *** (exit code 1)\n')
  expect(JSON.parse(json.stdout)[0].output).toBe('token is ***\n')
})

test('A7: of much output the first and the last part are shown', async () => {
  using place = createWorkspace({
    'config.yml':
      'monitors: [{name: a, command: "echo first; head -c 1000000 /dev/zero | tr \'\\\\0\' x; echo last"}]\n',
  })
  const [{ output }] = JSON.parse((await place.minitor('check', '--json')).stdout)
  expect(output).toStartWith('first\nxxx')
  expect(output).toEndWith('xxxlast\n')
  expect(output.length).toBeLessThan(66_000)
  expect(output).toMatch(/9\d{5} bytes left out/)
})

// ANSI colour and title, carriage return, C1 control, direction and invisible characters.
const HOSTILE = String.raw`printf '\033[31mred\033[0m \033]0;title\007 a\rb \302\233K \342\200\256 \342\200\213 end\n'; exit 1`

const SHOWN = String.raw`  | \x1b[31mred\x1b[0m \x1b]0;title\x07 a\rb \x9bK \u202e \u200b end`

test('of many lines at most twenty are shown, the last one among them; of a pass the first that says something', async () => {
  using place = createWorkspace({
    'config.yml': `monitors:
  - name: long
    command: 'seq 1 100000; echo "ERROR: the reason"; exit 1'
  - name: fine
    command: "echo; echo 'DISK OK - free: 77155 MiB|/=17GB;80;90'; seq 1 100"
`,
  })
  const lines = timeless((await place.minitor('check')).stdout)
    .trimEnd()
    .split('\n')
  expect(lines[0]).toBe('failed  long … ERROR: the reason (exit code 1)')
  expect(lines.slice(1, -1).length).toBeLessThanOrEqual(20)
  expect(lines).toContain('  | 1')
  expect(lines.at(-2)).toBe('  | ERROR: the reason')
  expect(lines.at(-1)).toBe('passed  fine … DISK OK - free: 77155 MiB')
})

test('F6: output cannot steer the terminal; for machines it is as it was', async () => {
  using place = createWorkspace({ 'config.yml': `monitors:\n  - name: a\n    command: ${HOSTILE}\n` })
  const { stdout } = await place.minitor('check')
  expect(stdout).toContain(`${SHOWN}\n`)
  expect(stdout).not.toMatch(/[[\p{Cc}\u202e\u200b]--\n]/v)
  const [{ output }] = JSON.parse((await place.minitor('check', '--json')).stdout)
  expect(output).toBe('\u001b[31mred\u001b[0m \u001b]0;title\u0007 a\rb \u009bK \u202e \u200b end\n')
})

test('F6: a name cannot steer the terminal', async () => {
  using place = createWorkspace({ 'config.yml': 'monitors: [{name: "a\u202eb", command: [true]}]\n' })
  const { stdout } = await place.minitor('check')
  expect(timeless(stdout)).toBe('passed  a\\u202eb … exit code 0\n')
})

test.each(['SIGINT', 'SIGTERM'] as const)('%s ends the checks that run, with their children', async (signal) => {
  using place = createWorkspace({
    'config.yml': 'monitors: [{name: a, command: "sleep 60 & echo $$ $! > pids; wait"}]\n',
  })
  const child = place.start('check')
  const read = () => existsSync(join(place.directory, 'pids')) && place.read('pids').trim()
  const pids = (await eventually('the check runs', read)).split(' ').map(Number)
  child.kill(signal)
  expect(await child.exited).not.toBe(0)
  const isThere = (pid: number) => existsSync(`/proc/${pid}`)
  await eventually('its processes have ended', () => !pids.some(isThere))
})
