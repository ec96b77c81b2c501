import { expect, test } from 'bun:test'
import { configOf, loadFiles, mistakesIn } from '../../../test/support/load-text.ts'

const MONITOR = 'monitors:\n  - name: a\n    command: [true]\n'

test.each([
  {
    name: 'only a command',
    text: 'guard: {command: [ping, -c1, 192.0.2.1]}\n',
    guard: { command: ['ping', '-c1', '192.0.2.1'], intervalMs: 30_000, timeoutMs: 30_000 },
  },
  {
    name: 'text for a shell',
    text: 'guard: {shell_command: ping -c1 router || exit 1}\n',
    guard: { command: ['sh', '-c', 'ping -c1 router || exit 1'], intervalMs: 30_000, timeoutMs: 30_000 },
  },
  {
    name: 'text as command',
    text: 'guard:\n  command: true\n',
    guard: { command: ['sh', '-c', 'true'], intervalMs: 30_000, timeoutMs: 30_000 },
  },
  {
    name: 'the global interval',
    text: 'check_interval: 5\nguard: {command: [x]}\n',
    guard: { command: ['x'], intervalMs: 5000, timeoutMs: 10_000 },
  },
  {
    name: 'an interval of its own',
    text: 'check_interval: 5\nguard: {command: [x], check_interval: 2m}\n',
    guard: { command: ['x'], intervalMs: 120_000, timeoutMs: 60_000 },
  },
  {
    name: 'a timeout of its own',
    text: 'guard: {command: [x], timeout: 2}\n',
    guard: { command: ['x'], intervalMs: 30_000, timeoutMs: 2000 },
  },
  {
    name: 'not the interval of defaults, which are for monitors',
    text: 'defaults: {check_interval: 1}\nguard: {command: [x]}\n',
    guard: { command: ['x'], intervalMs: 30_000, timeoutMs: 30_000 },
  },
  {
    name: 'a merge key and a free key',
    text: 'x-base: &base {timeout: 3}\nguard: {<<: *base, x-note: {a: b}, command: [x]}\n',
    guard: { command: ['x'], intervalMs: 30_000, timeoutMs: 3000 },
  },
])('a guard with $name', ({ text, guard }) => {
  expect(configOf(text + MONITOR).guard).toEqual(guard as never)
})

test.each([
  { name: 'nothing', guard: '', mistakes: ['1:6 guard has no value'] },
  { name: 'text', guard: 'ping', mistakes: ['1:8 guard must be a map, not the text "ping"'] },
  { name: 'a list', guard: '[ping]', mistakes: ['1:8 guard must be a map, not a list'] },
  { name: 'an empty map', guard: '{}', mistakes: ['1:1 guard: it has no command'] },
  { name: 'no command', guard: '{timeout: 5}', mistakes: ['1:1 guard: it has no command'] },
  { name: 'a misspelled command', guard: '{comand: [x]}', mistakes: ['1:9 guard: the key "comand" is not known'] },
  {
    name: 'two commands',
    guard: '{command: [x], shell_command: x}',
    mistakes: ['1:23 guard: it has both command and shell_command'],
  },
  {
    name: 'a key of monitors',
    guard: '{command: [x], alert_after: 3}',
    mistakes: ['1:23 guard: the key "alert_after" is not known'],
  },
  {
    name: 'mistakes in every value',
    guard: '{command: [], check_interval: 0, timeout: soon}',
    mistakes: [
      '1:18 guard: command must name a program, not a list',
      '1:38 guard: check_interval must be at least 100ms, not the number 0',
      '1:50 guard: timeout must be a duration, not the text "soon"',
    ],
  },
])('refuses a guard of $name', ({ guard, mistakes }) => {
  expect(mistakesIn(`${`guard: ${guard}`.trimEnd()}\n${MONITOR}`)).toEqual(mistakes)
})

test('an unknown key of the guard has a suggestion', () => {
  const loaded = loadFiles({ 'config.yml': `guard: {interval: 5, command: [x], tiemout: 1}\n${MONITOR}` })
  expect(loaded.ok ? [] : loaded.mistakes.map(({ hint }) => hint)).toEqual([
    'did you mean "check_interval"?',
    'did you mean "timeout"?',
  ])
})

test.each(['guard: {command: [x]}\n', 'watchdog: {command: [x]}\n', 'maintenance: []\n'])(
  'twice over two files: %s',
  (line) => {
    const key = line.split(':')[0] ?? ''
    const loaded = loadFiles({ '1.yml': line + MONITOR, '2.yml': line })
    expect(loaded).toMatchObject({
      ok: false,
      mistakes: [{ file: '2.yml', line: 1, message: `"${key}" is given twice`, hint: 'it is given before at 1.yml:1' }],
    })
  },
)

test.each(['guard', 'watchdog'])('values of the %s that came from outside are secrets', (key) => {
  const environment = { TOKEN: 'hunter22', OTHER: 'swordfish' }
  const list = configOf(`${key}: {command: [curl, "\${TOKEN}"]}\n${MONITOR}`, environment)
  expect(list).toMatchObject({ [key]: { command: ['curl', 'hunter22'] }, secrets: ['hunter22'] })
  const script = configOf(`${key}: {command: 'curl \${OTHER}'}\n${MONITOR}`, environment)
  expect(script).toMatchObject({ [key]: { command: ['sh', '-c', `curl \${OTHER}`] }, secrets: ['swordfish'] })
})
