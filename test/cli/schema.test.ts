import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { YAML } from 'bun'
import { createWorkspace } from '../support/executable.ts'
import { checkBySchema, type JsonSchema } from './json-schema-check.ts'
import { ORIGINAL_CONFIGS } from './original-configs.ts'

/** What an editor would underline in a configuration. */
async function underlined(text: string): Promise<readonly string[]> {
  using place = createWorkspace()
  const { stdout } = await place.minitor('schema')
  return checkBySchema(JSON.parse(stdout) as JsonSchema, YAML.parse(text))
}

async function validateAccepts(text: string): Promise<boolean> {
  using place = createWorkspace({ 'config.yml': text })
  return (await place.minitor('validate')).exitCode === 0
}

const MONITOR = 'monitors:\n  - name: a\n    command: [true]\n'

const ALL_KEYS = `x-common: &common
  check_interval: 1m30s
check_interval: 30
default_alert_after: 2 of 3
default_alert_every: 4h
default_alert_down: [log, {alert: mail, after: 3}]
default_alert_up: [log]
max_concurrent_checks: 10
database: ':memory:'
retention: {checks: 7d, hourly: 90d, daily: 5y}
alert_restart: [log]
guard: {command: [ping, -c1, router], check_interval: 10, timeout: 5s}
watchdog: {shell_command: curl -sf https://example.org/ping, interval: 5m}
maintenance:
  - {schedule: '0 3 * * 0', duration: 2h, timezone: Europe/Berlin}
  - {schedule: '0 4 1 * *', duration: '\${LONG:-45m}', monitors: [by cron], tags: [a], x-why: updates}
defaults: {timeout: 20s, tags: [home], env: {LANG: C}}
monitors:
  - <<: *common
    name: all keys
    command: [test, -d, /]
    timeout: 2m
    retry_interval: 5
    alert_after: 3
    alert_every: -1
    recover_after: 2
    alerts: [log, {alert: mail, after: 30m}]
    alert_up: [mail]
    warning_exit_codes: [1, 2]
    flap_detection: {high: 40.5, low: 20}
    depends_on: [by cron]
    env: {PORT: 80, NAME: '\${USER:-nobody}'}
    working_directory: /tmp
    description: Watches
    runbook: Call Kim
    tags: [a, b]
    group: Disks
    enabled: false
    x-note: {free: [for, all]}
  - name: by cron
    shell_command: exit 0
    schedule: '*/5 8-18 * * 1-5'
    timezone: Europe/Berlin
    alert_after: 5m
    alert_every: 0
    alert_down: [mail]
    flap_detection: true
  - {name: 012, command: true, check_interval: '\${INTERVAL:-5s}', alert_after: '\${AFTER:-2}'}
alerts:
  mail: {command: [mail, '{monitor_name}'], input: {a: [1, null, {b: '{summary}'}]}, timeout: 10, env: {A: b}, retry_for: 2h, fallback: text, digest: 30s}
  text: {shell_command: 'echo {alert_message}', input: '{last_output}'}
  list: {command: [cat], input: [1, '{summary}']}
  log: {command: [logger, '{alert_message}']}
`

const QUICKSTART = readFileSync(join(import.meta.dir, '../../examples/quickstart/config.yml'), 'utf8')

test.each([
  { name: 'the smallest', text: MONITOR },
  { name: 'every key', text: ALL_KEYS },
  { name: 'examples/quickstart', text: QUICKSTART },
  ...ORIGINAL_CONFIGS,
])('a configuration that validate takes is right for the schema too: $name', async ({ text }) => {
  expect(await Promise.all([validateAccepts(text), underlined(text)])).toEqual([true, []])
})

test('what init writes is right for the schema', async () => {
  using place = createWorkspace()
  await place.minitor('init')
  expect(await underlined(place.read('config.yml'))).toEqual([])
})

test.each([
  { name: 'an unknown key', text: `${MONITOR}zzz: 1\n`, at: '$.zzz additionalProperties' },
  {
    name: 'an unknown key of a monitor',
    text: `${MONITOR}    chekc_interval: 1\n`,
    at: '$.monitors[0].chekc_interval additionalProperties',
  },
  {
    name: 'an unknown key of an alert',
    text: `${MONITOR}alerts: {mail: {command: [true], retry: 1h}}\n`,
    at: '$.alerts.mail.retry additionalProperties',
  },
  { name: 'no monitors', text: 'check_interval: 30\n', at: '$ required' },
  { name: 'an empty list of monitors', text: 'monitors: []\n', at: '$.monitors minItems' },
  { name: 'a map of monitors', text: 'monitors: {}\n', at: '$.monitors type' },
  { name: 'a monitor without a name', text: 'monitors: [{command: [true]}]\n', at: '$.monitors[0] required' },
  { name: 'an empty command', text: 'monitors: [{name: a, command: []}]\n', at: '$.monitors[0].command anyOf' },
  { name: 'a map as command', text: 'monitors: [{name: a, command: {a: b}}]\n', at: '$.monitors[0].command anyOf' },
  { name: 'an interval of 0', text: `${MONITOR}    check_interval: 0\n`, at: '$.monitors[0].check_interval anyOf' },
  {
    name: 'an interval in words',
    text: `${MONITOR}    check_interval: soon\n`,
    at: '$.monitors[0].check_interval anyOf',
  },
  { name: 'an empty interval', text: `${MONITOR}    check_interval: ''\n`, at: '$.monitors[0].check_interval anyOf' },
  { name: 'yes for true', text: `${MONITOR}    enabled: yes\n`, at: '$.monitors[0].enabled type' },
  { name: 'one name for a list', text: `${MONITOR}    alerts: log\n`, at: '$.monitors[0].alerts type' },
  {
    name: 'an exit code over 255',
    text: `${MONITOR}    warning_exit_codes: [256]\n`,
    at: '$.monitors[0].warning_exit_codes[0] maximum',
  },
  { name: 'a guard that is text', text: `${MONITOR}guard: ping\n`, at: '$.guard type' },
  {
    name: 'an unknown key of the guard',
    text: `${MONITOR}guard: {command: [true], alerts: [log]}\n`,
    at: '$.guard.alerts additionalProperties',
  },
  {
    name: 'a watchdog without pause',
    text: `${MONITOR}watchdog: {command: [true], interval: 0.5}\n`,
    at: '$.watchdog.interval anyOf',
  },
  {
    name: 'maintenance without duration',
    text: `${MONITOR}maintenance: [{schedule: '0 3 * * 0'}]\n`,
    at: '$.maintenance[0] required',
  },
  {
    name: 'maintenance of half a year',
    text: `${MONITOR}maintenance: [{schedule: '0 3 * * 0', duration: 15000000}]\n`,
    at: '$.maintenance[0].duration anyOf',
  },
  {
    name: 'maintenance of nobody',
    text: `${MONITOR}maintenance: [{schedule: '0 3 * * 0', duration: 1h, monitors: []}]\n`,
    at: '$.maintenance[0].monitors minItems',
  },
  {
    name: 'more than all of the states',
    text: `${MONITOR}    flap_detection: {high: 101}\n`,
    at: '$.monitors[0].flap_detection anyOf',
  },
  {
    name: 'a digest without time',
    text: `${MONITOR}alerts: {x: {command: [true], digest: 0}}\n`,
    at: '$.alerts.x.digest anyOf',
  },
])('the schema refuses what validate refuses: $name', async ({ text, at }) => {
  expect(await validateAccepts(text)).toBe(false)
  expect(await underlined(text)).toEqual([at])
})

test('the schema is one, with a meaning for every key', async () => {
  using place = createWorkspace()
  const { exitCode, stdout, stderr } = await place.minitor('schema')
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  const schema = JSON.parse(stdout) as JsonSchema
  expect(schema).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object' })
  const { monitors, alerts } = schema.properties ?? {}
  const maps = [schema, monitors?.items, alerts?.additionalProperties as JsonSchema | undefined]
  const { guard, watchdog, maintenance, retention } = schema.properties ?? {}
  const sections = [guard, watchdog, maintenance?.items, retention]
  const keys = [...maps, ...sections].flatMap((map) => Object.entries(map?.properties ?? {}))
  expect(keys.length).toBeGreaterThan(60)
  expect(keys.filter(([, { description }]) => !description).map(([key]) => key)).toEqual([])
  const patterns = [...stdout.matchAll(/"pattern": ("(?:[^"\\]|\\.)*")/g)].map(([, text]) => JSON.parse(text ?? ''))
  for (const pattern of patterns) expect(() => new RegExp(pattern, 'u')).not.toThrow()
})

test('the schema needs no configuration, and can be written to a file', async () => {
  using place = createWorkspace({ 'config.yml': 'broken: [' })
  const { exitCode } = await place.shell('"$MINITOR" schema > minitor.schema.json')
  expect(exitCode).toBe(0)
  expect(JSON.parse(place.read('minitor.schema.json'))).toHaveProperty('properties.monitors')
})
