import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { aMonitor } from '../../../test/support/samples.ts'
import { MINUTE } from '../../../test/support/time.ts'
import { notificationSchema } from '../../config/schema/notification-schema.ts'
import { PENDING } from '../model/state.ts'
import { type CheckResult, type Delivery, type MonitorState, VARIABLE_NAMES } from '../model/types.ts'
import { environmentName } from '../shell/placeholder.ts'
import { compileList } from '../shell/template.ts'
import { cleanValue } from '../text/cut.ts'
import { messageFor } from './digest.ts'
import { deliveriesFor, notificationsFor, plainNotification } from './notification.ts'
import { documentOf, renderCommand, type VariableValues, variableEnvironment, variablesOf } from './render.ts'

function valuesOf(value: (name: string) => string): VariableValues {
  return Object.fromEntries(VARIABLE_NAMES.map((name) => [name, value(name)])) as VariableValues
}

function render(list: readonly string[], value: string): readonly string[] {
  const compiled = compileList(list)
  if (!compiled.ok) throw new Error('refused')
  return renderCommand(
    compiled.template,
    valuesOf(() => value),
  )
}

test.each([
  { name: 'F3: a value that looks like a variable', value: '{monitor_name} {{x}} $HOME' },
  { name: 'F4: a value that begins with a dash', value: '-rf --output=x' },
  { name: 'F5: a value that looks like a Python format', value: '{failure_count.__class__}' },
  { name: 'an empty value', value: '' },
  { name: 'quotes and lines', value: '\'"`\n\\' },
])('$name stays one argument, as it is', ({ value }) => {
  expect(render(['mail', '{last_output}', 'a {last_output}!'], value)).toEqual(['mail', value, `a ${value}!`])
})

test('every variable is an environment variable', () => {
  const environment = variableEnvironment(valuesOf((name) => `${name}\0`))
  expect(environment.MINITOR_MONITOR_NAME).toBe('monitor_name')
  expect(environment.MINITOR_LAST_OUTPUT).toBe('last_output')
  expect(Object.keys(environment)).toHaveLength(VARIABLE_NAMES.length)
})

test.each([
  { name: 'NUL is removed', text: 'a\0b\0', expected: 'ab' },
  { name: 'halves of surrogate pairs are replaced', text: 'a\ud800b\udc00', expected: 'a\ufffdb\ufffd' },
  { name: '16 KiB are kept', text: 'x'.repeat(16384), expected: 'x'.repeat(16384) },
  { name: 'NUL does not count', text: `${'\0'.repeat(20000)}x`, expected: 'x' },
])('a clean value: $name', ({ text, expected }) => {
  expect(cleanValue(text)).toBe(expected)
})

test.each(['x', 'é', '€', '😀', 'x€', 'é😀\n'])('more has its beginning and its end: %j', (unit) => {
  const text = `head${unit.repeat(20_000)}ERROR: the reason`
  const [head = '', bytes = '', tail = ''] = cleanValue(text).split(/\n\[\.\.\. (\d+) bytes left out \.\.\.\]\n/)
  expect(text.startsWith(head)).toBe(true)
  expect(text.endsWith(tail)).toBe(true)
  expect(tail).toEndWith('ERROR: the reason')
  expect(Buffer.byteLength(head)).toBeGreaterThan(4000)
  expect(Buffer.byteLength(tail)).toBeGreaterThan(12000)
  expect(Number(bytes)).toBe(Buffer.byteLength(text) - Buffer.byteLength(head) - Buffer.byteLength(tail))
})

test('a clean value stays as it is, and fits', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 20000, size: 'max' }), (text) => {
      const cleaned = cleanValue(text)
      expect(cleanValue(cleaned)).toBe(cleaned)
      expect(Buffer.byteLength(cleaned)).toBeLessThanOrEqual(16384)
    }),
    { numRuns: 30 },
  )
})

const T0 = Date.UTC(2026, 0, 1)

const MONITOR = aMonitor({
  description: 'The blog, "live"',
  runbook: 'restart it',
  tags: ['edge', 'web'],
  group: 'public',
})
const FAILED: CheckResult = {
  monitor: 'web',
  runId: 'r',
  outcome: 'failed',
  exitCode: 7,
  reason: 'exit code 7',
  output: 'refused\n\u001b[31mred\u001b[0m\n\n',
  startedAtMs: T0 + 2 * MINUTE + 0.25,
  durationMs: 12,
}
const KILLED: CheckResult = { ...FAILED, exitCode: null, reason: 'killed by SIGKILL', output: '' }
const PASSED: CheckResult = { ...FAILED, outcome: 'passed', exitCode: 0, reason: 'exit code 0', output: 'fine' }
const FAILING: MonitorState = { ...PENDING, status: 'failing', failureCount: 2, outageStartedAtMs: T0 + 0.75 }
const DOWN: MonitorState = { ...FAILING, status: 'down', failureCount: 3, alertCount: 1, incidentId: 'i' }
const UP: MonitorState = { ...PENDING, status: 'up', lastSuccessAtMs: T0 + 5 * MINUTE }
const FLAPPING: MonitorState = {
  ...UP,
  flapping: { startedAtMs: T0, incidentId: 'f', notificationCount: 0, isTold: false, isAnnounced: false },
}
const known = { monitor: MONITOR, hostname: 'box', url: 'http://box/monitors/web' }
const telling = { alerts: ['mail'], incidentId: 'i' }
const plain = { monitor: 'Minitor', atMs: T0, alerts: ['mail'], hostname: 'box' }

const NEWS = {
  down: notificationsFor([{ ...telling, kind: 'down', number: 1 }], {
    ...known,
    check: FAILED,
    before: { ...FAILING, lastSuccessAtMs: T0 - MINUTE + 0.5 },
    after: DOWN,
    atMs: T0 + 2 * MINUTE + 700.5,
  }),
  reminder: notificationsFor([{ ...telling, kind: 'reminder', number: 2 }], {
    ...known,
    check: KILLED,
    before: DOWN,
    after: { ...DOWN, failureCount: 4, alertCount: 2 },
    atMs: T0 + 61 * MINUTE,
  }),
  up: notificationsFor([{ ...telling, kind: 'up', number: 3 }], {
    ...known,
    check: PASSED,
    before: { ...DOWN, lastSuccessAtMs: T0 - MINUTE },
    after: UP,
    atMs: T0 + 62 * MINUTE,
  }),
  flapping: notificationsFor([{ ...telling, kind: 'flapping', incidentId: 'f', number: 1 }], {
    ...known,
    monitor: aMonitor({ name: 'vpn' }),
    url: '',
    check: PASSED,
    before: FLAPPING,
    after: FLAPPING,
    atMs: T0 + 5 * MINUTE,
  }),
  restarted: [
    plainNotification({ ...plain, kind: 'restarted', id: 'back-1', message: 'back', sinceMs: T0 - 90_000.5 }),
  ],
  test: [plainNotification({ ...plain, kind: 'test', id: 'test-1', message: 'a test of the alert "mail"' })],
} as const

function delivered(kind: keyof typeof NEWS, attemptCount = 0): Delivery[] {
  return NEWS[kind].flatMap(deliveriesFor).map((one) => ({ ...one, attemptCount }))
}

/** All three ways in which an alert's command reads its message. */
function renderings(deliveries: readonly Delivery[], nowMs: number) {
  const message = messageFor(deliveries, nowMs)
  const values = variablesOf(message)
  const environment = variableEnvironment(values)
  const [, ...args] = renderCommand([['mail'], ...VARIABLE_NAMES.map((variable) => [{ variable }])], values)
  expect(args).toEqual(VARIABLE_NAMES.map((name) => environment[environmentName(name)] ?? ''))
  expect(Object.keys(environment)).toEqual(VARIABLE_NAMES.map(environmentName))
  const document = documentOf(message)
  notificationSchema.strict().parse(JSON.parse(document))
  return { document, environment }
}

test('the document has what each place said, of a monitor with run_on, and so has each part of a digest', () => {
  const { monitor: _, runId: __, startedAtMs: ___, output: ____, ...said } = FAILED
  const places = [{ ...said, place: 'tag:lan', node: 'nas', summary: 'refused' }]
  const occasion = { ...known, check: { ...FAILED, places }, before: FAILING, after: DOWN, atMs: T0 }
  const deliveries = notificationsFor([{ ...telling, kind: 'down', number: 1 }], occasion).flatMap(deliveriesFor)
  const told = { place: 'tag:lan', node: 'nas', outcome: 'failed', exit_code: 7, reason: 'exit code 7' }
  const expected = [{ ...told, summary: 'refused', duration_ms: 12 }]
  expect(JSON.parse(renderings(deliveries, T0).document)).toMatchObject({ places: expected })
  const digest = JSON.parse(renderings([...deliveries, ...delivered('up')], T0).document)
  expect(digest.notifications.map(({ places }: { places?: unknown }) => places)).toEqual([expected, undefined])
  expect(digest).not.toHaveProperty('places')
})

test.each(Object.keys(NEWS) as (keyof typeof NEWS)[])('%s', (kind) => {
  expect(renderings(delivered(kind, 1), T0 + 65 * MINUTE)).toMatchSnapshot()
})

test.each([
  {
    name: 'of everything',
    deliveries: [
      ...delivered('up'),
      ...delivered('down', 3),
      ...delivered('flapping'),
      ...delivered('reminder'),
      ...delivered('restarted'),
    ],
  },
  { name: 'of one monitor', deliveries: [...delivered('reminder'), ...delivered('reminder')] },
  { name: 'of recoveries', deliveries: [...delivered('up'), ...delivered('up')] },
])('a digest $name', ({ deliveries }) => {
  expect(renderings(deliveries, T0 + 62 * MINUTE + 500)).toMatchSnapshot()
})
