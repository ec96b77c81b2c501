import { z } from 'zod'
import {
  type AlertAfter,
  type AlertEvery,
  type AlertStep,
  type FlapThresholds,
  type Threshold,
  TROUBLE_KINDS,
} from '../../core/model/types.ts'
import { DURATION_PATTERN, parseDuration } from '../../core/text/duration.ts'
import { defaultOf, field, kinds, says } from './field.ts'
import { name, spelled, yesOrNo } from './value-schemas.ts'

const DURATION = DURATION_PATTERN.source

/** Remembering more single checks costs memory and helps nobody. */
const LARGEST_WINDOW = 1000

export const alertAfter = spelled(readAlertAfter, {
  words: says(
    'must be a number of failures, "k of m" or a time',
    `write 3, or "3 of 5" (at most ${LARGEST_WINDOW}), or a time such as 5m`,
  ),
  pattern: String.raw`${DURATION}|^\d+\s+of\s+\d+$`,
})

export const alertEvery = spelled(readAlertEvery, {
  words: says(
    'must be -1, 0, a number of failures or a time',
    '-1 backs off, 0 alerts once, 5 is every 5th failure, 4h a time',
  ),
  pattern: String.raw`${DURATION}|^-\d+$`,
})

const threshold = spelled(readThreshold, {
  words: says('must be a number of failures or a time', 'write 3, or a time such as 30m'),
  pattern: DURATION,
})

const STEP_SAYS = says(
  "must be an alert's name, or a map with one that waits or is for some kinds only",
  'write a name, {alert: sms, after: 30m}, or {alert: restart, on: [down]}',
)

const ON_SAYS = says(
  `must be a list of kinds: ${TROUBLE_KINDS.join(', ')}`,
  'write for example on: [down]; for a recovery there is alert_up',
)

const step = z.union(
  [
    name,
    z
      .strictObject(
        {
          alert: name,
          after: threshold.optional(),
          on: z.array(z.enum(TROUBLE_KINDS, ON_SAYS), ON_SAYS).min(1, ON_SAYS).optional(),
        },
        STEP_SAYS,
      )
      .refine(({ after, on }) => after === undefined || on === undefined || on.includes('down'), {
        path: ['on'],
        error: says('must have down in it, beside after', 'the first that an alert hears after its time is down'),
      }),
  ],
  STEP_SAYS,
)

const LIST_SAYS = says('must be a list of alerts', 'write it in brackets: [log]')

/** Alerts to run when a monitor is down, each perhaps after a while. */
export const alertSteps = z
  .array(step, LIST_SAYS)
  .transform((steps) =>
    steps.map(
      (given): AlertStep =>
        typeof given === 'string'
          ? { alert: given, after: null }
          : { alert: given.alert, after: given.after ?? null, ...(given.on !== undefined && { on: given.on }) },
    ),
  )
  .register(kinds, { type: 'list', names: 'alert' })

export const alertNames = z.array(name, LIST_SAYS).register(kinds, { type: 'list of names', names: 'alert' })

const PERCENT_SAYS = says('must be a percentage above 0 and at most 100', 'write a number without %, such as 30')
const percent = z
  .number(PERCENT_SAYS)
  .refine((value) => value > 0 && value <= 100, PERCENT_SAYS)
  .meta({ minimum: 0, maximum: 100 })

export const flapShape = {
  high: field(percent, { meaning: 'Percentage at which flapping starts.', type: 'number', default: 30 }),
  low: field(percent, { meaning: 'Percentage at which it stops; below `high`.', type: 'number', default: 20 }),
}

const FLAP_SAYS = says('must be true, false or a map of thresholds', 'write true, or {high: 30, low: 20}')

/** The thresholds of flapping; null if it is not detected. */
export const flapDetection = z
  .union([yesOrNo, z.strictObject(flapShape, FLAP_SAYS)], FLAP_SAYS)
  .transform((given, context): FlapThresholds | null => {
    if (given === false) return null
    const { high = defaultOf(flapShape.high), low = defaultOf(flapShape.low) } = given === true ? {} : given
    if (low < high) return { high, low }
    const hasLow = given !== true && given.low !== undefined
    const [key, words] = hasLow ? ['low', `must be below high, ${high}`] : ['high', `must be above low, ${low}`]
    context.addIssue({ code: 'custom', message: words, path: [key] })
    return z.NEVER
  })

const INTEGER = /^-?\d{1,9}$/
const OF = /^(\d{1,9})\s+of\s+(\d{1,9})$/

/** `3` (failures) or `5m` (time); null for anything else, for less than one failure and for no time. */
function readThreshold(value: number | string): Threshold | null {
  if (typeof value === 'number' || INTEGER.test(value)) {
    const count = Number(value)
    return Number.isSafeInteger(count) && count >= 1 ? { kind: 'failures', count } : null
  }
  const ms = parseDuration(value)
  return ms === null || ms === 0 ? null : { kind: 'time', ms }
}

/** As `readThreshold`, and `3 of 5`; `0`, as minitor-go has it, is the first failure. */
function readAlertAfter(value: number | string): AlertAfter | null {
  if (value === 0 || value === '0') return { kind: 'failures', count: 1 }
  const [, count, window] = typeof value === 'string' ? (OF.exec(value) ?? []) : []
  if (count === undefined || window === undefined) return readThreshold(value)
  const isPossible = Number(count) >= 1 && Number(count) <= Number(window) && Number(window) <= LARGEST_WINDOW
  return isPossible ? { kind: 'of', count: Number(count), window: Number(window) } : null
}

/** Negative is backoff, `0` is once; otherwise as `readThreshold`. */
function readAlertEvery(value: number | string): AlertEvery | null {
  const count = typeof value === 'number' || INTEGER.test(value) ? Number(value) : null
  if (count === 0) return { kind: 'once' }
  if (count !== null && count < 0) return Number.isSafeInteger(count) ? { kind: 'backoff' } : null
  return readThreshold(value)
}
