import { z } from 'zod'
import { isoTime, roundedMs } from '../../core/text/time.ts'
import type { WebContext } from '../http/web-context.ts'
import { done } from './done.ts'
import { outcome, status } from './monitor-json.ts'
import { type Operation, operation, Refusal } from './operation.ts'
import { milliseconds, NAMED, text, time } from './schemas.ts'

const checkedSchema = z
  .object({
    monitor: text,
    status,
    outcome: outcome.nullable(),
    exit_code: z.int().nullable(),
    duration_ms: milliseconds,
    reason: text,
    output: text,
  })
  .register(NAMED, { id: 'Checked' })

const acknowledgedSchema = z
  .object({ monitor: text, incident_id: text, acknowledged_at: time, reason: text })
  .register(NAMED, { id: 'Acknowledged' })

/** What can be done with a monitor. */
export function monitorCommands({ board, actions, clock, mask }: WebContext): readonly Operation[] {
  return [
    operation({
      id: 'checkNow',
      method: 'post',
      path: '/monitors/{slug}/check',
      summary: 'Check a monitor now, or wait for the check under way; answers when its result counts',
      isForUsers: true,
      isSlow: true,
      answer: checkedSchema,
      refusals: [404, 409, 503],
      async handle({ part }) {
        const before = board.bySlug(part('slug'))
        if (before === undefined) return new Refusal(404, 'there is no such monitor')
        if (!before.monitor.isEnabled) return new Refusal(409, 'the monitor is paused (enabled: false)')
        const refusal = await done(actions.checkNow(before.monitor.name))
        if (refusal !== null) return refusal
        const { monitor, state, lastCheck: check } = board.bySlug(part('slug')) ?? before
        return {
          monitor: monitor.name,
          status: state.status,
          outcome: check?.outcome ?? null,
          exit_code: check?.exitCode ?? null,
          duration_ms: roundedMs(check?.durationMs ?? null),
          reason: mask(check?.reason ?? ''),
          output: mask(check?.output ?? ''),
        }
      },
    }),
    operation({
      id: 'acknowledge',
      method: 'post',
      path: '/monitors/{slug}/acknowledge',
      summary: 'Say that someone is on it: no reminders of the open incident until it recovers',
      isForUsers: true,
      body: z.strictObject({ reason: text.max(1_000).default('') }),
      answer: acknowledgedSchema,
      refusals: [404, 409, 503],
      async handle({ part, body: { reason } }) {
        const one = board.bySlug(part('slug'))
        if (one === undefined) return new Refusal(404, 'there is no such monitor')
        const incidentId = one.state.incidentId
        if (incidentId === null) return new Refusal(409, 'the monitor has no open incident')
        const atMs = clock()
        const refusal = await done(actions.acknowledge(one.monitor.name, reason))
        if (refusal !== null) return refusal
        return { monitor: one.monitor.name, incident_id: incidentId, acknowledged_at: isoTime(atMs), reason }
      },
    }),
  ]
}
