import { describe, expect, test } from 'bun:test'
import { requireDebianPackage } from '../support/debian.ts'
import { createWorkspace } from '../support/executable.ts'

const CONFIG = `database: kept.db
monitors:
  - {name: good, command: sleep 0.3}
  - {name: careful, command: exit 1, warning_exit_codes: [1]}
  - {name: bad, command: echo sorry; exit 3}
alerts:
  works: {command: sleep 0.3}
  breaks: {command: exit 1}
`

const ESCAPE = '\u001b'
// Select Graphic Rendition: the sequences that colour, and those that make dim or bold.
const STYLE = /\u001b\[[\d;]*m/g

const ANSWERS = [
  { args: ['validate'] },
  { args: ['validate', '--config', 'wrong.yml'] },
  { args: ['check'] },
  { args: ['check', 'god'] },
  { args: ['alert', 'works'] },
  { args: ['alert', 'breaks'] },
  { args: ['simulate', 'bad'] },
  { args: ['reload'] },
  { args: ['--help'] },
]

const files = { 'config.yml': CONFIG, 'wrong.yml': 'monitors: [{name: a, chekc: 1}]\n' }

describe.each(ANSWERS)('$args', ({ args }) => {
  test('writes plain text to a pipe, whatever the environment says', async () => {
    using place = createWorkspace(files)
    const env = { TERM: 'xterm-256color', COLORTERM: 'truecolor' }
    const { stdout, stderr } = await place.minitorWith(env, ...args)
    expect(stdout + stderr).not.toContain(ESCAPE)
    expect(stdout + stderr).not.toContain('\r')
  })
})

test.each<{ env: Record<string, string>; hasColour: boolean }>([
  { env: { FORCE_COLOR: '1' }, hasColour: true },
  { env: { FORCE_COLOR: '0' }, hasColour: false },
  { env: { CLICOLOR_FORCE: '1' }, hasColour: true },
  { env: { CLICOLOR_FORCE: '0' }, hasColour: false },
  { env: { CLICOLOR_FORCE: '1', FORCE_COLOR: 'false' }, hasColour: false },
  { env: { FORCE_COLOR: '1', NO_COLOR: '1' }, hasColour: false },
  { env: { FORCE_COLOR: '1', NO_COLOR: '', TERM: 'dumb' }, hasColour: true },
])('through a pipe, $env has colour: $hasColour', async ({ env, hasColour }) => {
  using place = createWorkspace(files)
  const { stdout } = await place.minitorWith(env, 'check')
  expect(stdout.includes(ESCAPE)).toBe(hasColour)
})

const hasScript = requireDebianPackage('bsdutils', 'script')

describe.skipIf(!hasScript)('on a terminal', () => {
  test.each([
    { args: ['validate'], coloured: ['fine'] },
    { args: ['validate', '--config', 'wrong.yml'], coloured: ['error'] },
    { args: ['check'], coloured: ['passed', 'warned', 'failed'] },
    { args: ['check', 'god'], coloured: ['error'] },
    { args: ['chek'], coloured: ['error'] },
    { args: ['alert', 'works'], coloured: ['delivered'] },
    { args: ['alert', 'breaks'], coloured: ['failed'] },
    { args: ['simulate', 'bad'], coloured: ['down', 'reminder'] },
    { args: ['reload'], coloured: ['error'] },
  ])('$args has colours, and with NO_COLOR it has none', async ({ args, coloured }) => {
    using place = createWorkspace(files)
    const [bright, plain] = await Promise.all([
      place.onTerminal({}, ...args),
      place.onTerminal({ NO_COLOR: '1' }, ...args),
    ])
    for (const word of coloured) expect(bright.stdout).toMatch(new RegExp(`\u001b\\[[\\d;]+m${word}\u001b\\[`))
    expect(plain.stdout).not.toMatch(STYLE)
    for (const word of coloured) expect(plain.stdout).toContain(word)
    expect(plain.exitCode).toBe(bright.exitCode)
  })

  test.each([
    { name: 'passes', colour: '\u001b[32m', word: 'passed' },
    { name: 'failures', colour: '\u001b[31m', word: 'failed' },
    { name: 'warnings', colour: '\u001b[33m', word: 'warned' },
  ])('the colour of $name is the one that people expect', async ({ colour, word }) => {
    using place = createWorkspace(files)
    expect((await place.onTerminal({}, 'check')).stdout).toContain(colour + word)
  })

  test('an empty NO_COLOR is none', async () => {
    using place = createWorkspace(files)
    expect((await place.onTerminal({ NO_COLOR: '' }, 'check')).stdout).toMatch(STYLE)
  })

  test('a dumb terminal gets plain text', async () => {
    using place = createWorkspace(files)
    expect((await place.onTerminal({ TERM: 'dumb' }, 'check')).stdout).not.toContain(ESCAPE)
  })

  test.each([
    { args: ['check'], text: 'running 3 checks' },
    { args: ['alert', 'works'], text: 'running works' },
  ])('$args spins while it works, and cleans up behind it', async ({ args, text }) => {
    using place = createWorkspace(files)
    const { stdout } = await place.onTerminal({}, ...args)
    expect(stdout).toContain(text)
    // Hides the cursor, shows it again, and takes the spinner's line away before the answer.
    const [spinning = '', answer = ''] = stdout.split('\u001b[?25h')
    expect(spinning).toContain('\u001b[?25l')
    expect(answer).toContain('\u001b[0K')
    expect(answer).not.toContain(text)
  })

  test('--json is the same as through a pipe, but for the spinner', async () => {
    using place = createWorkspace(files)
    const { stdout } = await place.onTerminal({}, 'validate', '--json')
    expect(JSON.parse(stdout)).toMatchObject({ ok: true })
  })

  test('an answer that goes to a file is plain, although a terminal is there', async () => {
    using place = createWorkspace(files)
    const { exitCode } = await place.shell(`script -qec '"$MINITOR" check > answer' /dev/null < /dev/null`)
    expect(exitCode).toBe(1)
    expect(place.read('answer')).toStartWith('passed  good ')
    expect(place.read('answer')).not.toContain(ESCAPE)
  })
})
