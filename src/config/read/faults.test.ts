import { expect, test } from 'bun:test'
import { configOf, loadFiles, mistakesIn } from '../../../test/support/load-text.ts'

const MONITOR = 'monitors:\n  - name: a\n    command: [true]\n'

function hints(text: string): readonly (string | null)[] {
  const loaded = loadFiles({ 'config.yml': text })
  return loaded.ok ? [] : loaded.mistakes.map(({ hint }) => hint)
}

test.each([
  { name: 'at the top', text: `check_intervall: 5\n${MONITOR}`, at: '1:1', hint: 'did you mean "check_interval"?' },
  { name: 'for monitors', text: MONITOR.replace('monitors', 'monitor'), at: '1:1', hint: 'did you mean "monitors"?' },
  { name: 'of a monitor', text: `${MONITOR}    alret_after: 5\n`, at: '4:5', hint: 'did you mean "alert_after"?' },
  {
    name: 'of an old spelling',
    text: `${MONITOR}    command_shell: x\n`,
    at: '4:5',
    hint: 'did you mean "shell_command"?',
  },
])('E1: unknown key $name', ({ text, at, hint }) => {
  expect(mistakesIn(text)[0]).toStartWith(`${at} `)
  expect(hints(text)).toEqual([hint])
})

test('E1: an unknown key that is near nothing lists what is known', () => {
  expect(hints(`${MONITOR}zzzzzz: 1\n`)[0]).toStartWith('known keys: check_interval, ')
})

test('E2: a key given twice', () => {
  const text = `${MONITOR}    command: [false]\n`
  expect(mistakesIn(text)).toEqual(['4:5 the key "command" is given twice'])
  expect(hints(text)[0]).toBe('first given at config.yml:3')
})

test('E2: two monitors of one name', () => {
  const text = `${MONITOR}  - name: a\n    command: [true]\n`
  expect(mistakesIn(text)).toEqual(['4:11 there are two monitors named "a"'])
  expect(hints(text)).toEqual(['the other one is at config.yml:2'])
})

test('E2: an alert in two files names both places', () => {
  const alert = 'alerts:\n  mail:\n    command: [true]\n'
  const loaded = loadFiles({ '1.yml': MONITOR + alert, '2.yaml': alert })
  expect(loaded).toMatchObject({
    ok: false,
    mistakes: [
      { file: '2.yaml', line: 2, column: 3, message: '"mail" is given twice', hint: 'first given at 1.yml:5' },
    ],
  })
})

test('E2: monitors of one name in two files', () => {
  const loaded = loadFiles({ '1.yml': MONITOR, '2.yml': MONITOR })
  expect(loaded).toMatchObject({
    ok: false,
    mistakes: [{ file: '2.yml', line: 2, hint: 'the other one is at 1.yml:2' }],
  })
})

function bomb(levels: number): string {
  const row = (level: number) =>
    `  - &l${level} [${Array(10)
      .fill(level === 0 ? 'x' : `*l${level - 1}`)
      .join(', ')}]\n`
  return `x-bomb:\n${Array.from({ length: levels }, (_, level) => row(level)).join('')}${MONITOR}    tags: *l${levels - 1}\n`
}

test.each([
  { name: 'alias bomb', text: bomb(20), message: 'the aliases up to here stand for more than a million values' },
  {
    name: 'cyclic alias',
    text: `${MONITOR}    tags: &t [*t]\n`,
    message: 'the alias "*t" is inside its own anchor',
  },
  {
    name: 'merges of merges',
    text: `x-a: &a {${Array.from({ length: 2000 }, (_, i) => `k${i}: 1`).join(', ')}}\nx-b: [${Array(1000).fill('{<<: *a}').join(', ')}]\n${MONITOR}`,
    message: 'the aliases up to here stand for more than a million values',
  },
  { name: '3,000 brackets', text: `tags: ${'['.repeat(3000)}`, message: 'brackets or lists are nested too deep' },
  {
    name: '3,000 levels of indentation',
    text: Array.from({ length: 3000 }, (_, level) => `${' '.repeat(level)}a:\n`).join(''),
    message: 'brackets or lists are nested too deep',
  },
  { name: '50 MB', text: '#'.repeat(50_000_000), message: 'the file is larger than 8 MiB' },
])('E3: $name is told with little memory', ({ text, message }) => {
  const bytes = Buffer.from(text)
  const before = process.memoryUsage().rss
  expect(mistakesIn(bytes)).toEqual([expect.stringContaining(message)])
  expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000)
})

test.each([
  { name: 'a tab', bytes: 'monitors:\n\t- name: a\n', mistake: '2:1 a tab cannot indent a line' },
  {
    name: 'Latin-1',
    bytes: Buffer.from('monitors:\n  - name: caf\u00e9\n', 'latin1'),
    mistake: '2:14 the file is not UTF-8: the byte 0xE9 is not valid here',
  },
  { name: 'UTF-16', bytes: Buffer.from(`\ufeff${MONITOR}`, 'utf16le'), mistake: '1:1 the file is UTF-16, not UTF-8' },
  { name: 'UTF-16 without mark', bytes: Buffer.from(MONITOR, 'utf16le'), mistake: '1:1 the file is UTF-16, not UTF-8' },
  { name: 'a NUL byte', bytes: 'monitors: \0\n', mistake: '1:11 a control character is not allowed here' },
])('E4: $name', ({ bytes, mistake }) => {
  expect(mistakesIn(bytes)).toEqual([mistake])
})

test.each([
  { name: 'CRLF', text: MONITOR.replaceAll('\n', '\r\n') },
  { name: 'a byte order mark', text: `\ufeff${MONITOR}` },
])('E4: $name is fine', ({ text }) => {
  expect(configOf(text).monitors[0]?.name).toBe('a')
})

test('E4: in a file with CRLF and a byte order mark places are right', () => {
  const text = `\ufeff${MONITOR}    timeout: x\n`.replaceAll('\n', '\r\n')
  expect(mistakesIn(text)).toEqual(
    ['4:14 timeout must be a duration, not the text "x"'].map((m) => m.replace('timeout', 'monitor "a": timeout')),
  )
})

test.each([
  {
    name: 'a tag that makes code',
    line: '    description: !!js/function "x"\n',
    mistake: '4:18 the tag !!js/function has no meaning here',
  },
  { name: 'a tag of a collection', line: '    tags: !!set {a}\n', mistake: '4:11 the tag !!set has no meaning here' },
  {
    name: '__proto__ in a monitor',
    line: '    __proto__: {enabled: false}\n',
    mistake: '4:5 "__proto__" cannot be a key',
  },
  { name: '__proto__ in env', line: '    env: {__proto__: x}\n', mistake: '4:11 "__proto__" cannot be a key' },
  {
    name: 'constructor as key',
    line: '    constructor: x\n',
    mistake: '4:5 monitor "a": the key "constructor" is not known',
  },
])('E5: $name is refused', ({ line, mistake }) => {
  expect(mistakesIn(MONITOR + line)).toEqual([mistake])
})

test.each([
  { line: 'enabled: no', found: 'enabled must be true or false, not the text "no"' },
  { line: 'enabled: on', found: 'enabled must be true or false, not the text "on"' },
  { line: 'enabled: 1', found: 'enabled must be true or false, not the number 1' },
  { line: 'recover_after: 1_000', found: 'recover_after must be a whole number from 1 to 1000, not the text "1_000"' },
  { line: 'recover_after: 1.5', found: 'recover_after must be a whole number from 1 to 1000, not the number 1.5' },
  { line: 'timeout: .inf', found: 'timeout must be a duration, not the number .inf' },
  { line: 'timeout: .nan', found: 'timeout must be a duration, not the number .nan' },
  { line: 'timeout: 1:30', found: 'timeout must be a duration, not the text "1:30"' },
  { line: 'timeout: 2024-01-01', found: 'timeout must be a duration, not the text "2024-01-01"' },
  { line: 'tags: no', found: 'tags must be a list of names, not the text "no"' },
  {
    line: 'warning_exit_codes: [0x1F, 012, 0o400]',
    found: 'warning_exit_codes must be a whole number from 1 to 255, not the number 0o400',
  },
])('E6: $line', ({ line, found }) => {
  expect(mistakesIn(`${MONITOR}    ${line}\n`).map((mistake) => mistake.replace(/^\S+ monitor "a": /, ''))).toEqual([
    found,
  ])
})

test('E6: where text is wanted, a scalar is taken as it is written', () => {
  const { monitors } = configOf(
    'monitors:\n  - name: 012\n    command: [no, 1.10, true, 1_000, 0x1F]\n    group: .inf\n    env: {A: 010, B: yes, C: true}\n',
  )
  expect(monitors[0]).toMatchObject({
    name: '012',
    command: ['no', '1.10', 'true', '1_000', '0x1F'],
    group: '.inf',
    env: { A: '010', B: 'yes', C: 'true' },
  })
})

test.each([
  { name: 'in a list', command: '[echo, {last_output}]', at: '5:21' },
  { name: 'alone', command: '{last_output}', at: '5:14' },
])('E7: an unquoted variable $name', ({ command, at }) => {
  const text = `${MONITOR}alerts:\n  x: {command: ${command}}\n`
    .replace('  x: {command: ', '  x:\n    command: ')
    .replace(/\}\n$/, '\n')
  const [first] = mistakesIn(text)
  expect(first?.split(' ')[0]).toBe(at.replace('5:', '6:'))
  expect(first).toEndWith('has {last_output} without quotes, which is a map in YAML')
  expect(hints(text)).toEqual(['quote it: "{last_output}"'])
})

test('E7: an unquoted variable in the spelling of minitor-go', () => {
  const text = `${MONITOR}alerts:\n  x:\n    command: [echo, {{.MonitorName}}]\n`
  expect(mistakesIn(text)).toEqual(['6:22 a key must be text'])
  expect(hints(text)[0]).toContain('quotes')
})

test('E8: a variable that is not set', () => {
  const text = `${MONITOR}    description: "see \${NOPE} and \${NOPE2:-x}"\n`
  expect(mistakesIn(text)).toEqual(['4:23 monitor "a": the environment variable NOPE is not set'])
})

test.each([
  { value: 'x: #y' },
  { value: 'a\n- b\nc: d' },
  { value: '[1, 2]' },
  { value: '*alias &x !!str' },
  { value: '\'"' },
])('E8: the value $value stays a value', ({ value }) => {
  const { monitors } = configOf(
    `monitors:\n  - name: a\n    command: [echo, '\${V}', "\${V}", '-\${V}-']\n    description: \${V}\n`,
    { V: value },
  )
  expect(monitors[0]).toMatchObject({ command: ['echo', value, value, `-${value}-`], description: value })
})

test.each([
  { name: 'empty file', text: '', mistake: '1:1 the configuration is empty' },
  { name: 'comments only', text: '# nothing\n', mistake: '1:1 the configuration is empty' },
  { name: 'empty document', text: '---\n', mistake: '1:1 the configuration is empty' },
  { name: 'two documents', text: `${MONITOR}---\n${MONITOR}`, mistake: '5:1 a second document begins here' },
  { name: 'a scalar', text: 'hello\n', mistake: '1:1 a configuration must be a map, not the text "hello"' },
  { name: 'a list', text: '- name: a\n', mistake: '1:1 a configuration must be a map, not a list' },
  { name: 'monitors that are a map', text: 'monitors: {}\n', mistake: '1:11 monitors must be a list, not a map' },
  { name: 'monitors without a monitor', text: 'monitors: []\n', mistake: '1:1 the configuration has no monitors' },
  { name: 'monitors without a value', text: 'monitors:\n', mistake: '1:9 monitors must be a list, not nothing' },
  { name: 'no monitors', text: 'check_interval: 5\n', mistake: '1:1 the configuration has no monitors' },
  { name: 'alerts as a list', text: `${MONITOR}alerts: [log]\n`, mistake: '4:9 alerts must be a map, not a list' },
])('E9: $name', ({ text, mistake }) => {
  expect(mistakesIn(text)).toEqual([mistake])
})

test.each([
  { value: '0', words: 'must be at least 100ms, not the number 0' },
  { value: '-5', words: 'must be at least 100ms, not the number -5' },
  { value: 'true', words: 'must be a duration, not true' },
  { value: '0.01', words: 'must be at least 100ms, not the number 0.01' },
  { value: '99ms', words: 'must be at least 100ms, not the text "99ms"' },
])('B10: an interval of $value', ({ value, words }) => {
  expect(mistakesIn(`check_interval: ${value}\n${MONITOR}    check_interval: ${value}\n`)).toEqual([
    `1:17 check_interval ${words}`,
    `5:21 monitor "a": check_interval ${words}`,
  ])
})

test('B10: the shortest interval', () => {
  const { monitors } = configOf(`${MONITOR}    check_interval: 0.1\n`)
  expect(monitors[0]?.schedule).toEqual({ kind: 'interval', intervalMs: 100 })
})
