import { describe, expect, test } from 'bun:test'
import { createWorkspace } from '../support/executable.ts'
import { ANNOUNCEMENT, GO_COMMANDS, GO_DEFAULTS, ORIGINAL_CONFIGS, PYTHON_FORMATS } from './original-configs.ts'

describe.each([...ORIGINAL_CONFIGS])('the configuration of $name', ({ text, monitors, alerts }) => {
  test('validates as it is', async () => {
    using place = createWorkspace({ 'config.yml': text })
    const { exitCode, stdout, stderr } = await place.minitor('validate', '--json')
    expect(JSON.parse(stdout)).toEqual({ ok: true, monitors, alerts, errors: [], warnings: expect.any(Array) })
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  })
})

test.each([
  { name: 'unset', env: {} },
  { name: 'empty', env: { MAILGUN_API_KEY: '' } },
  { name: 'set', env: { MAILGUN_API_KEY: 'key-0123456789' } },
])('the configuration of the announcement is fine with its key $name', async ({ env }) => {
  using place = createWorkspace({ 'config.yml': ANNOUNCEMENT })
  expect(await place.minitorWith(env, 'validate')).toMatchObject({
    exitCode: 0,
    stderr: expect.stringMatching(/^warning: alert "mailgun": without --fail/),
    stdout: `fine: config.yml has 1 monitor and 2 alerts (log, mailgun)

MONITOR  CHECKED    DOWN AFTER  REMINDERS  WHEN DOWN     WHEN UP
My Blog  every 30s  3 failures  back off   log, mailgun  -
`,
  })
})

test('the alert of the announcement calls curl with what it always did, and shows the key to nobody', async () => {
  const curl = `#!/bin/sh\nfor argument; do printf '%s\\n' "$argument"; done\n`
  using place = createWorkspace({ 'config.yml': ANNOUNCEMENT, 'bin/curl': curl })
  const env = { MAILGUN_API_KEY: 'key-0123456789' }
  const { exitCode, stdout } = await place.minitorWith(env, 'alert', 'mailgun', '--monitor', 'My Blog')
  expect(stdout.split('\n')).toEqual([
    ...['-s', '-X', 'POST'],
    ...['-F', 'subject=Alert! My Blog failed'],
    ...['-F', 'from=Minitor <minitor@minitor.mon>'],
    ...['-F', 'to=me@minitor.mon'],
    ...['-F', 'text=Our monitor failed'],
    'https://api.mailgun.net/v3/minitor.mon/messages',
    ...['-u', 'api:***'],
    'delivered: mailgun, exit code 0',
    '',
  ])
  expect(exitCode).toBe(0)
})

test("Python's variables are filled in, and its doubled braces are single ones", async () => {
  const curl = `#!/bin/sh\nprintf '%s\\n' "$2"\n`
  using place = createWorkspace({ 'config.yml': PYTHON_FORMATS, 'bin/curl': curl })
  const { stdout } = await place.minitor('alert', 'braces', '--monitor', 'Every variable', '--kind', 'down')
  expect(stdout).toMatch(/^\{"text": "Every variable check has failed (\d+) times", "count": \1\}\n/)
})

test("minitor-go's commands run as they did: lists as they are, texts in a shell", async () => {
  using place = createWorkspace({ 'config.yml': GO_COMMANDS })
  const { stdout } = await place.minitor('check', '--json')
  const outputs = JSON.parse(stdout).map(({ exit_code, output }: { exit_code: number; output: string }) => [
    exit_code,
    output.replace(/^\/.*\n/m, ''),
  ])
  expect(outputs).toEqual([
    [0, '$PATH\n'],
    [1, 'One line with words\n<in angles>\n'],
    [1, 'One line\n'],
  ])
})

test("minitor-go's variables are those of Minitor", async () => {
  using place = createWorkspace({ 'config.yml': GO_DEFAULTS })
  const { stdout } = await place.minitor('alert', 'tell', '--monitor', 'List', '--kind', 'down')
  expect(stdout).toMatch(/^List 1 1 [\s\S]*\s\d{4}-\d\d-\d\dT[\d:.]+Z false\n/)
})

test("minitor-go's alert_after: 0 is like none", async () => {
  const text = GO_DEFAULTS.replace('name: List\n', 'name: List\n    alert_after: 0\n')
  using place = createWorkspace({ 'config.yml': text })
  const { exitCode, stdout } = await place.minitor('validate')
  expect(exitCode).toBe(0)
  expect(stdout).toContain('\nList     every 1m30s  1 failure ')
})

test.each([
  { action: '{{if .IsUp}}up{{end}}' },
  { action: '{{ .LastSuccess | UnixDate }}' },
  { action: '{{RFC3339 .LastSuccess}}' },
  { action: '{{InTZ .LastSuccess "UTC"}}' },
])('a template action that only minitor-go can run is refused by name: $action', async ({ action }) => {
  using place = createWorkspace({
    'config.yml': `monitors: [{name: a, command: [true], alerts: [tell]}]
alerts:
  tell:
    command: ['echo', '${action}']
`,
  })
  const { exitCode, stderr } = await place.minitor('validate')
  expect(exitCode).toBe(2)
  expect(stderr).toContain('is a Go template action, which Minitor does not run\n --> config.yml:4:24\n')
})
