import { describe, expect, test } from 'bun:test'
import { configOf, loadFiles, mistakesIn } from '../../../test/support/load-text.ts'

const MONITOR = 'monitors:\n  - name: a\n    command: [true]\n'

function flapDetectionOf(value: string) {
  const text = `${MONITOR}    flap_detection: ${value}\n`
  return configOf(text, { ON: 'true', LOW: '12.5' }).monitors[0]?.policy.flapDetection
}

test.each([
  { value: 'true', expected: { high: 30, low: 20 } },
  { value: 'false', expected: null },
  { value: '{}', expected: { high: 30, low: 20 } },
  { value: '{high: 50, low: 25}', expected: { high: 50, low: 25 } },
  { value: '{high: 100, low: 0.5}', expected: { high: 100, low: 0.5 } },
  { value: '{high: 20.5}', expected: { high: 20.5, low: 20 } },
  { value: '{low: 29.9}', expected: { high: 30, low: 29.9 } },
  { value: '{x-why: noisy, low: 5}', expected: { high: 30, low: 5 } },
  { value: `\${ON}`, expected: { high: 30, low: 20 } },
  { value: `{high: 40, low: "\${LOW}"}`, expected: { high: 40, low: 12.5 } },
])('flap_detection: $value', ({ value, expected }) => {
  expect(flapDetectionOf(value)).toEqual(expected)
})

test('it is off unless somebody asks for it; the nearest one counts', () => {
  const text = `defaults: {flap_detection: {high: 60}}
monitors:
  - {name: a, command: x}
  - {name: b, command: x, flap_detection: false}
  - {name: c, command: x, flap_detection: true}
`
  const expected = [{ high: 60, low: 20 }, null, { high: 30, low: 20 }]
  expect(configOf(text).monitors.map(({ policy }) => policy.flapDetection)).toEqual(expected)
  expect(configOf(MONITOR).monitors[0]?.policy.flapDetection).toBeNull()
})

const PERCENTAGE = 'must be a percentage above 0 and at most 100'

test.each([
  { value: 'yes', mistakes: ['4:21 flap_detection must be true, false or a map of thresholds, not the text "yes"'] },
  { value: '30', mistakes: ['4:21 flap_detection must be true, false or a map of thresholds, not the number 30'] },
  { value: '[30, 20]', mistakes: ['4:21 flap_detection must be true, false or a map of thresholds, not a list'] },
  { value: '{high: 0}', mistakes: [`4:28 flap_detection.high ${PERCENTAGE}, not the number 0`] },
  { value: '{high: 100.1}', mistakes: [`4:28 flap_detection.high ${PERCENTAGE}, not the number 100.1`] },
  { value: '{high: .nan}', mistakes: [`4:28 flap_detection.high ${PERCENTAGE}, not the number .nan`] },
  { value: '{low: 20%}', mistakes: [`4:27 flap_detection.low ${PERCENTAGE}, not the text "20%"`] },
  { value: '{low: -1}', mistakes: [`4:27 flap_detection.low ${PERCENTAGE}, not the number -1`] },
  { value: '{low: }', mistakes: [`4:25 flap_detection.low ${PERCENTAGE}, not nothing`] },
  {
    value: '{high: 30, low: 30}',
    mistakes: ['4:37 flap_detection.low must be below high, 30, not the number 30'],
  },
  { value: '{low: 40}', mistakes: ['4:27 flap_detection.low must be below high, 30, not the number 40'] },
  { value: '{high: 20}', mistakes: ['4:28 flap_detection.high must be above low, 20, not the number 20'] },
  {
    value: '{high: a, low: b, hihg: 1}',
    mistakes: [
      `4:28 flap_detection.high ${PERCENTAGE}, not the text "a"`,
      `4:36 flap_detection.low ${PERCENTAGE}, not the text "b"`,
      '4:39 flap_detection has a key that is not known: "hihg"',
    ],
  },
])('refuses flap_detection: $value', ({ value, mistakes }) => {
  const found = mistakesIn(`${MONITOR}    flap_detection: ${value}\n`)
  expect<readonly string[]>(found.map((mistake) => mistake.replace(' monitor "a":', ''))).toEqual(mistakes)
})

test('says how to write it', () => {
  const loaded = loadFiles({ 'config.yml': `${MONITOR}    flap_detection: on\n` })
  expect(loaded).toMatchObject({ ok: false, mistakes: [{ hint: 'write true, or {high: 30, low: 20}' }] })
})

describe('alerts for some kinds only', () => {
  const text = (step: string) => `${MONITOR}    alerts: [${step}]\n`
  test.each([
    { step: '{alert: log, on: [down]}', expected: { alert: 'log', after: null, on: ['down'] } },
    {
      step: '{alert: log, after: 3, on: [down, flapping]}',
      expected: { alert: 'log', after: { kind: 'failures', count: 3 }, on: ['down', 'flapping'] },
    },
    { step: '{alert: log}', expected: { alert: 'log', after: null } },
  ] as const)('$step', ({ step, expected }) => {
    expect(configOf(text(step)).monitors[0]?.policy.alertDown).toEqual([expected])
  })

  test.each([
    { step: '{alert: log, on: [up]}', message: 'must be a list of kinds: down, reminder, flapping' },
    { step: '{alert: log, on: []}', message: 'must be a list of kinds: down, reminder, flapping' },
    { step: '{alert: log, on: down}', message: 'must be a list of kinds: down, reminder, flapping' },
    { step: '{alert: log, after: 3, on: [reminder]}', message: 'must have down in it, beside after' },
  ])('$step is refused', ({ step, message }) => {
    const mistakes = mistakesIn(text(step))
    expect(mistakes).toHaveLength(1)
    expect(mistakes[0]).toContain(message)
  })
})
