import { describe, expect, test } from 'bun:test'
import { configOf, loadFiles, mistakesIn } from '../../../test/support/load-text.ts'
import { renderInput } from '../../core/tell/input.ts'
import type { VariableValues } from '../../core/tell/render.ts'

const MONITOR = 'monitors: [{name: a, command: ["true"]}]\n'
const config = (input: string, command = '[cat]') =>
  `${MONITOR}alerts:\n  x:\n    command: ${command}\n    input: ${input}\n`
const VALUES = { alert_message: 'a "b"', last_output: 'c\n.\n' } as VariableValues

function read(input: string, environment: Record<string, string> = {}): string | null {
  const alert = configOf(config(input), environment).alerts.get('x')
  return alert?.input ? renderInput(alert.input, VALUES) : null
}

test.each<{ name: string; input: string; text: string }>([
  { name: 'a map', input: '{text: "{alert_message}"}', text: '{"text":"a \\"b\\""}\n' },
  {
    name: 'a map over several lines',
    input: '\n      text: >-\n        {alert_message}\n      n: 1',
    text: '{"text":"a \\"b\\"","n":1}\n',
  },
  {
    name: 'what a map may hold',
    input: '{a: [1, -2.5, true, null, ~, [], {}], b: {c: "{alert_message}"}}',
    text: '{"a":[1,-2.5,true,null,null,[],{}],"b":{"c":"a \\"b\\""}}\n',
  },
  {
    name: 'keys that begin with x-',
    input: '{x-priority: "1", {alert_message}: 2}'.replace('{alert_message}: 2', '"{kind}": 2'),
    text: '{"x-priority":"1","{kind}":2}\n',
  },
  { name: 'a list', input: '["{last_output}", 2]', text: '["c\\n.\\n",2]\n' },
  { name: 'text', input: '"{alert_message}!"', text: 'a "b"!' },
  {
    name: 'text over several lines',
    input: '|\n      {alert_message}\n\n      {last_output}',
    text: 'a "b"\n\nc\n.\n\n',
  },
  { name: 'a number is text', input: '012', text: '012' },
  { name: 'literal braces', input: '"{{alert_message}} {x}"', text: '{alert_message} {x}' },
  { name: "minitor-go's variables", input: '"{{.LastCheckOutput}}"', text: 'c\n.\n' },
  {
    name: 'values from outside, which are not read as variables',
    input: `["\${A}", "$$"]`,
    text: `["{alert_message} \${B}","$"]\n`,
  },
])('$name', ({ input, text }) => {
  expect(read(input, { A: `{alert_message} \${B}` })).toBe(text)
})

test('without it, the command reads the document', () => {
  expect(configOf(`${MONITOR}alerts: {x: {command: [cat]}}\n`).alerts.get('x')?.input).toBeNull()
})

describe('mistakes', () => {
  test.each([
    { input: '"{alert_mesage}"', mistake: '5:13 alert "x": {alert_mesage} is not a variable of Minitor' },
    {
      input: '{a: {b: ["", "{last_outputs}"]}}',
      mistake: '5:26 alert "x": {last_outputs} is not a variable of Minitor',
    },
    {
      input: '{last_output}',
      mistake: '5:12 alert "x": input has {last_output} without quotes, which is a map in YAML',
    },
    {
      input: '{text: {last_output}}',
      mistake: '5:19 alert "x": input has {last_output} without quotes, which is a map in YAML',
    },
    { input: '', mistake: '5:10 alert "x": input has no value' },
    {
      input: '{chat: 123456789012345678}',
      mistake: '5:19 alert "x": the number 123456789012345678 would be another one in JSON',
    },
    { input: '{n: .inf}', mistake: '5:16 alert "x": the number .inf would be another one in JSON' },
    { input: `["\${NOT_SET}"]`, mistake: '5:14 alert "x": the environment variable NOT_SET is not set' },
  ])('$input', ({ input, mistake }) => {
    expect(mistakesIn(config(input))).toEqual([mistake])
  })

  test.each([
    '[sh]',
    '[bash, -s]',
    '[ssh, host]',
    '[psql, -U, me]',
    'cat | sh',
    'sudo -i',
    '"python3 -"',
    'while true; do sh; done',
  ])('J15: text from elsewhere into a program that would run it: %s', (command) => {
    const mistakes = mistakesIn(config('"{last_output}"', command))
    expect(mistakes).toEqual([
      expect.stringContaining('would run its standard input as code, and {last_output} is in it'),
    ])
    expect(mistakesIn(config('"{kind} {attempt}"', command))).toEqual([])
  })

  test.each([
    '[python3, notify.py]',
    'jq .text | mail -s x me',
    '[ssh, host, cat]',
    '[sendmail, -i, me]',
    'logger -t minitor',
    'cat > "$HOME/last"',
  ])('a program that only reads it is fine: %s', (command) =>
    expect(mistakesIn(config('"{last_output}"', command))).toEqual([]),
  )
})

describe('warnings', () => {
  const warnings = (command: string) => {
    const loaded = loadFiles({ 'config.yml': config('{text: "{summary}"}', command) })
    return loaded.ok ? loaded.warnings.map(({ message, hint }) => `${message}; ${hint}`) : ['refused']
  }
  const CURL = ['alert "x": without --fail, curl takes an error of the server for success; write curl --fail, or -f']
  const SENDMAIL = ['alert "x": without -i, sendmail ends the mail at a line that is a lone dot; write sendmail -i']

  test.each<{ command: string; expected: string[] }>([
    { command: "[curl, --json, '@-', 'https://example.org']", expected: CURL },
    { command: 'curl -sS --json @- https://example.org', expected: CURL },
    { command: 'sudo -u me curl https://example.org || echo no', expected: CURL },
    { command: '[sh, -c, "curl -d {{}} https://example.org/{kind}"]', expected: CURL },
    { command: "[curl, -fsS, --json, '@-', 'https://example.org']", expected: [] },
    { command: 'curl --fail-with-body --json @- https://example.org', expected: [] },
    { command: 'curl -sSo /dev/null -w "%{{http_code}}" https://example.org', expected: [] },
    { command: 'curl -s https://example.org | grep -q ok', expected: [] },
    { command: 'curl $OPTIONS https://example.org', expected: [] },
    { command: '[sendmail, me]', expected: SENDMAIL },
    { command: '/usr/sbin/sendmail -t', expected: SENDMAIL },
    { command: '[sendmail, -i, me]', expected: [] },
    { command: 'sendmail -ti', expected: [] },
    { command: 'sendmail -oi me', expected: [] },
    { command: '[msmtp, me]', expected: [] },
  ])('$command', ({ command, expected }) => {
    expect(warnings(command)).toEqual(expected)
  })

  test.each([
    { input: `'{"text": "{summary}"}'`, expected: 1 },
    { input: `'{"n": {exit_code}, "text": {summary}}'`, expected: 1 },
    { input: `'{"n": {exit_code}}'`, expected: 0 },
    { input: '"text: {summary}"', expected: 0 },
  ])('JSON by hand: $input', ({ input, expected }) => {
    const loaded = loadFiles({ 'config.yml': config(input) })
    const found = loaded.ok ? loaded.warnings.filter(({ message }) => message.includes('breaks the JSON')) : []
    expect(found).toHaveLength(expected)
  })
})
