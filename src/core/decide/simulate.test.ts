import { expect, test } from 'bun:test'
import { aMonitor } from '../../../test/support/samples.ts'
import type { AlertPolicy, Monitor, Mute } from '../model/types.ts'
import { simulate } from './simulate.ts'

const POLICY: AlertPolicy = { ...aMonitor().policy, alertAfter: { kind: 'failures', count: 3 } }
const NOBODY = () => null

function play(letters: string, changes: Partial<Monitor> = {}, muteAt: (atMs: number) => Mute | null = NOBODY) {
  const monitor = aMonitor({ policy: POLICY, ...changes })
  const outcomeAt = (_: number, index: number) =>
    letters[index] === undefined ? null : letters[index] === 'x' ? 'failed' : 'passed'
  return [...simulate({ monitor, nextSlotMs: (afterMs) => afterMs + 30_000, outcomeAt, muteAt })]
}

// checks: . passed, x failed
test.each([
  { name: 'keeps the interval', checks: 'xxx.', retryMs: null, at: [0, 30, 60, 90], told: ['', '', 'down', 'up'] },
  {
    name: 'hurries while failing',
    checks: 'xxxx.',
    retryMs: 5000,
    at: [0, 5, 10, 30, 60],
    told: ['', '', 'down', '', 'up'],
  },
  { name: 'stays in its grid', checks: '.xx.x', retryMs: 20_000, at: [0, 30, 50, 60, 90], told: ['', '', '', '', ''] },
  { name: 'plays nothing', checks: '', retryMs: null, at: [], told: [] },
])('$name', ({ checks, retryMs, at, told }) => {
  const steps = play(checks, { retryIntervalMs: retryMs })
  expect(steps.map(({ atMs }) => atMs / 1000)).toEqual([...at])
  expect(steps.map(({ tellings }) => tellings[0]?.kind ?? '')).toEqual([...told] as ('' | 'down' | 'up')[])
})

/** `down`, `up` …; `!silence` where that was muted; else why nobody is notified. */
const saidAt = (steps: ReturnType<typeof play>) =>
  steps.map(({ tellings, mute, quiet }) => tellings[0]?.kind ?? (mute === null ? quiet : `!${mute.by}`))

const muteBetween =
  (fromS: number, toS: number) =>
  (atMs: number): Mute | null =>
    atMs >= fromS * 1000 && atMs < toS * 1000 ? { by: 'silence', untilMs: toS * 1000, reason: 'quiet' } : null

// A check every 30 s, down after one failure.
test.each([
  {
    name: 'a mute from the start: told at the first failing check after it',
    checks: 'xxxx.',
    mute: [0, 61],
    said: ['!silence', '!silence', '!silence', 'down', 'up'],
  },
  {
    name: 'a mute to the end: nobody knows, so nobody hears of the recovery',
    checks: 'xx.',
    mute: [0, 3600],
    said: ['!silence', '!silence', 'nobody was notified of the outage'],
  },
  {
    name: 'a mute after it was told: reminders are muted, the recovery is not',
    checks: 'xxxx.',
    mute: [30, 3600],
    said: ['down', '!silence', '!silence', '!silence', 'up'],
  },
  {
    name: 'what is not due is not muted',
    checks: '..x',
    mute: [0, 3600],
    said: ['', '', '!silence'],
  },
])('$name', ({ checks, mute: [fromS = 0, toS = 0], said }) => {
  const policy: AlertPolicy = { ...POLICY, alertAfter: { kind: 'failures', count: 1 }, alertEvery: EVERY_CHECK }
  expect(saidAt(play(checks, { policy }, muteBetween(fromS, toS)))).toEqual([...said])
})

const EVERY_CHECK = { kind: 'failures', count: 1 } as const

test('why a failing check tells nobody is said without a mute, too', () => {
  expect(saidAt(play('xxxxx.', { policy: { ...POLICY, alertEvery: { kind: 'failures', count: 3 } } }))).toEqual([
    'not yet past alert_after',
    'not yet past alert_after',
    'down',
    'next reminder is not due yet',
    'next reminder is not due yet',
    'up',
  ])
})

test.each([
  { name: 'alert_every: 0', policy: { alertEvery: { kind: 'once' } } },
  { name: 'alerts for other news only', policy: { alertDown: [{ alert: 'log', after: null, on: ['down'] }] } },
] as const)('with $name, no reminder is promised', ({ policy }) => {
  expect(saidAt(play('xxxx', { policy: { ...POLICY, ...policy } })).slice(2)).toEqual([
    'down',
    'no reminders configured',
  ])
})

test('flapping is told once, then quiet, then told when it has settled', () => {
  const policy: AlertPolicy = {
    ...POLICY,
    alertAfter: { kind: 'failures', count: 1 },
    flapDetection: { high: 30, low: 20 },
  }
  const steps = play(`${'x.'.repeat(10)}${'.'.repeat(30)}`, { policy })
  const told = steps.flatMap(({ tellings }, index) => tellings.map(({ kind }) => `${index} ${kind}`))
  expect(told).toEqual(['0 down', '1 up', '2 down', '3 up', '4 down', '5 up', '6 flapping', '35 up'])
  expect(new Set(saidAt(steps.slice(7, 20)))).toEqual(new Set(['flapping']))
})

test('whoever keeps it quiet is asked only when something is due', () => {
  const asked: number[] = []
  play('.xxx', {}, (atMs) => {
    asked.push(atMs / 1000)
    return null
  })
  expect(asked).toEqual([90])
})
