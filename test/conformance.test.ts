import { expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { transition } from '../src/core/decide/transition.ts'
import { PENDING } from '../src/core/model/state.ts'
import type { AlertEvery, AlertPolicy, MonitorState } from '../src/core/model/types.ts'
import { aMonitor } from './support/samples.ts'

interface Sequence {
  readonly alert_after: number
  readonly alert_every: number
  readonly outcomes: string
  readonly notices: string
  readonly failure_counts: readonly number[]
  readonly alert_counts: readonly number[]
}

const file = join(import.meta.dir, 'conformance/policy.json')
const sequences: readonly Sequence[] = JSON.parse(readFileSync(file, 'utf8'))

function everyOf(every: number): AlertEvery {
  if (every < 0) return { kind: 'backoff' }
  return every === 0 ? { kind: 'once' } : { kind: 'failures', count: every }
}

function play({ alert_after, alert_every, outcomes }: Sequence) {
  const policy: AlertPolicy = {
    ...aMonitor().policy,
    alertAfter: { kind: 'failures', count: alert_after },
    alertEvery: everyOf(alert_every),
    alertUp: [],
  }
  let state: MonitorState = PENDING
  let notices = ''
  const failureCounts: number[] = []
  const alertCounts: number[] = []
  for (const [index, letter] of [...outcomes].entries()) {
    const check = { outcome: letter === 'S' ? 'passed' : 'failed', startedAtMs: index * 1000 } as const
    const next = transition({ monitor: 'm', state, check, policy, mute: null })
    state = next.state
    const kinds = next.decision.kind === 'tell' ? next.decision.tellings.map((telling) => telling.kind) : []
    notices += kinds.length === 0 ? '.' : kinds.includes('up') ? 'u' : 'd'
    failureCounts.push(state.failureCount)
    alertCounts.push(state.alertCount)
  }
  return { notices, failure_counts: failureCounts, alert_counts: alertCounts }
}

test.each(sequences.map((sequence, index) => ({ ...sequence, index })))(
  'policy sequence $index: alert_after $alert_after, alert_every $alert_every',
  (sequence) => {
    const { notices, failure_counts, alert_counts } = sequence
    expect(play(sequence)).toEqual({ notices, failure_counts: [...failure_counts], alert_counts: [...alert_counts] })
  },
)

const shared = join(import.meta.dir, '../../shared/conformance/policy.json')
test.skipIf(!existsSync(shared))('the sequences are those that the contract comes with', () => {
  expect(readFileSync(file, 'utf8')).toBe(readFileSync(shared, 'utf8'))
})
