import { z } from 'zod'
import type { VariableName } from '../../core/model/types.ts'

/** What each variable of an alert holds, in the order of the documentation. */
export const VARIABLE_MEANINGS: Readonly<Record<VariableName, string>> = {
  monitor_name: "the monitor's name",
  alert_count: 'notifications of this outage so far, including this one',
  alert_message:
    '`NAME check has failed N times` or `NAME check is up again!`; other kinds have a sentence of their own. Always one line',
  failure_count: 'failing checks of this outage',
  last_output: 'output of the last check, without line breaks at its end',
  last_success: 'time of the last check that passed (ISO 8601), or `Never`',
  is_up: '`true` or `false`',
  kind: '`down`, `reminder`, `up` or `flapping`; `restarted` for `alert_restart` and `--startup-alerts`, `test` for `minitor alert`',
  status: "the monitor's status: `up`, `failing` or `down`",
  incident_id: 'the same for all notifications of one outage',
  notification_id: 'the same for all attempts of one notification',
  started_at: 'when the outage began (ISO 8601)',
  downtime: 'how long the outage has lasted',
  exit_code: 'exit code of the last check; empty if it has none',
  reason: 'why the last check failed, such as `exit code 7`',
  summary:
    'what happened, in one line: the first line of the output that says something, or the reason; for a recovery without output, how long it was down',
  description: "the monitor's `description`",
  runbook: "the monitor's `runbook`",
  tags: "the monitor's `tags`, separated by commas",
  group: "the monitor's `group`",
  hostname: 'name of the machine that Minitor runs on',
  url: 'address of the monitor on the status page; empty without one',
  attempt: 'number of this attempt, from 1',
  delayed: 'how late this attempt is; empty if it is not',
}

const text = z.string()
const count = z.int().nonnegative()
const time = z.string().meta({ format: 'date-time' })

const fields = {
  monitor_name: text,
  alert_count: count,
  alert_message: text,
  failure_count: count,
  last_output: text,
  last_success: time.nullable().describe('time of the last check that passed; null if there was none'),
  is_up: z.boolean(),
  kind: z.enum(['down', 'reminder', 'up', 'flapping', 'restarted', 'test']),
  status: z.enum(['pending', 'up', 'failing', 'down', 'paused']),
  incident_id: text,
  notification_id: text,
  started_at: time,
  downtime: text,
  exit_code: z.int().nullable().describe('exit code of the last check; null if it has none'),
  reason: text,
  summary: text,
  description: text,
  runbook: text,
  tags: z.array(text).describe("the monitor's `tags`"),
  group: text,
  hostname: text,
  url: text,
  attempt: z.int().positive(),
  delayed_ms: z.number().nonnegative().describe('how late this attempt is, in milliseconds'),
} satisfies Record<Exclude<VariableName, 'delayed'> | 'delayed_ms', z.ZodType>

const place = z.object({
  place: text.describe('`node:NAME` or `tag:NAME`'),
  node: text.nullable().describe('who has run it; null if nobody has answered'),
  outcome: z.enum(['passed', 'warned', 'failed', 'timed_out', 'not_started', 'void']),
  exit_code: z.int().nullable(),
  reason: text,
  summary: text,
  duration_ms: z.number().nonnegative(),
})

const notification = z.object({
  ...fields,
  places: z.array(place).optional().describe('What each place said at the last check, if the monitor has `run_on`.'),
})

/** The document that an alert's command reads where it has no `input`. */
export const notificationSchema = notification.extend({
  notifications: z.array(notification).optional().describe('In a digest, each of its notifications.'),
})

/** Its JSON Schema (draft 2020-12). */
export function notificationJsonSchema(): object {
  return z.toJSONSchema(notificationSchema, {
    target: 'draft-2020-12',
    io: 'input',
    override: ({ jsonSchema }) => {
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
      for (const [key, property] of Object.entries(jsonSchema.properties ?? {})) {
        const description = Object.entries(VARIABLE_MEANINGS).find(([name]) => name === key)?.[1] ?? ''
        // A property may be one object with others of its type.
        if (typeof property === 'object')
          jsonSchema.properties = { ...jsonSchema.properties, [key]: { description, ...property } }
      }
    },
  })
}
