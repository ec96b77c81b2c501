import { z } from 'zod'
import { isoTime, roundedMs } from '../../core/text/time.ts'
import type { WebContext } from '../http/web-context.ts'
import { outcome, status } from './monitor-json.ts'
import { operationsOnMonitors } from './monitor-operations.ts'
import { ApiRefusal, done, type Operation, resultOf } from './operation.ts'
import { milliseconds, named, reason, text, time } from './schemas.ts'

const checkedSchema = named('Checked', {
  monitor: text,
  status,
  outcome: outcome.nullable(),
  exit_code: z.int().nullable(),
  duration_ms: milliseconds,
  reason: text,
  output: text,
})

const testedSchema = named('TestedAlert', {
  alert: text,
  delivered: z.boolean(),
  exit_code: z.int().nullable(),
  reason: text.describe('Empty if it was delivered.'),
  output: text,
})

const acknowledgedSchema = named('Acknowledged', {
  monitor: text,
  incident_id: text,
  acknowledged_at: time,
  reason: text,
})

/** The operations that act on one monitor; for users. */
export function monitorCommands(web: WebContext): readonly Operation[] {
  const { board, actions, mask } = web
  const onMonitor = operationsOnMonitors(web)
  return [
    onMonitor({
      id: 'checkNow',
      route: 'post /monitors/{slug}/check',
      summary: 'Check a monitor now, or wait for the check under way; answers when its result counts',
      isForUsers: true,
      isSlow: true,
      answer: checkedSchema,
      refusals: [409, 503],
      async handle(before) {
        if (!before.monitor.isEnabled) return new ApiRefusal(409, 'the monitor is paused')
        const refusal = await done(actions.checkNow(before.monitor.name))
        if (refusal !== undefined) return refusal
        const { monitor, state, lastCheck: check } = board.bySlug(before.slug) ?? before
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
    onMonitor({
      id: 'testAlert',
      route: 'post /monitors/{slug}/test-alert',
      summary: 'Run an alert once for real, with sample data about the monitor; answers when it has ended',
      isForUsers: true,
      isSlow: true,
      body: z.strictObject({ alert: text.describe('The name of the alert.') }),
      answer: testedSchema,
      refusals: [503],
      async handle({ monitor }, { who, body: { alert } }) {
        const tested = await resultOf(actions.testAlert(alert, { monitor: monitor.name, who }))
        if (tested instanceof ApiRefusal) return tested
        if (tested === null) return new ApiRefusal(404, 'there is no such alert')
        const { isDelivered, exitCode, reason, output } = tested
        return { alert, delivered: isDelivered, exit_code: exitCode, reason: mask(reason), output: mask(output) }
      },
    }),
    onMonitor({
      id: 'acknowledge',
      route: 'post /monitors/{slug}/acknowledge',
      summary: 'Acknowledge the open incident: no reminders until the monitor recovers; adds to what was said before',
      isForUsers: true,
      body: z.strictObject({ reason }),
      answer: acknowledgedSchema,
      refusals: [409, 503],
      async handle({ monitor }, { who, body }) {
        const given = await resultOf(actions.acknowledge(monitor.name, { who, ...body }))
        if (given instanceof ApiRefusal) return given
        if (given === null) return new ApiRefusal(409, 'the monitor has no open incident')
        const { incidentId, atMs, reason } = given
        return { monitor: monitor.name, incident_id: incidentId, acknowledged_at: isoTime(atMs), reason: mask(reason) }
      },
    }),
    onMonitor({
      id: 'unacknowledge',
      route: 'delete /monitors/{slug}/acknowledge',
      summary: 'End the acknowledgement of the open incident: reminders go on',
      isForUsers: true,
      refusals: [409, 503],
      async handle({ monitor }, { who }) {
        const ended = await resultOf(actions.unacknowledge(monitor.name, who))
        if (ended === false) return new ApiRefusal(409, 'the monitor has no acknowledged incident')
        return ended === true ? undefined : ended
      },
    }),
    onMonitor({
      id: 'pauseMonitor',
      route: 'post /monitors/{slug}/pause',
      summary: 'Stop checking a monitor until it is resumed, also over restarts; its open incident ends',
      isForUsers: true,
      body: z.strictObject({ reason }),
      refusals: [409, 503],
      async handle({ monitor }, { who, body }) {
        if (!monitor.isEnabled) return new ApiRefusal(409, 'the monitor is paused already')
        return await done(actions.pause(monitor.name, { who, ...body }))
      },
    }),
    onMonitor({
      id: 'resumeMonitor',
      route: 'post /monitors/{slug}/resume',
      summary: 'Check a paused monitor again',
      isForUsers: true,
      refusals: [409, 503],
      async handle({ monitor }, { who }) {
        if (monitor.paused !== undefined) return await done(actions.resume(monitor.name, who))
        const isOff = !monitor.isEnabled
        return new ApiRefusal(409, isOff ? 'it has enabled: false in the configuration' : 'the monitor is not paused')
      },
    }),
  ]
}
