import { z } from 'zod'
import { DURATION_PATTERN } from '../core/duration.ts'
import type { AlertStep } from '../core/types.ts'
import { LARGEST_WINDOW, readAlertAfter, readAlertEvery, readThreshold } from './thresholds.ts'
import { name, says, spelled } from './value-schemas.ts'

const DURATION = DURATION_PATTERN.source

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

const STEP_SAYS = says("must be an alert's name, or one that waits", 'write a name, or {alert: sms, after: 30m}')

const step = z.union([name, z.strictObject({ alert: name, after: threshold.optional() }, STEP_SAYS)], STEP_SAYS)

const LIST_SAYS = says('must be a list of alerts', 'write it in brackets: [log]')

/** Alerts that are run when a monitor is down; one that waits is a step. */
export const alertSteps = z
  .array(step, LIST_SAYS)
  .transform((steps) =>
    steps.map(
      (given): AlertStep =>
        typeof given === 'string' ? { alert: given, after: null } : { alert: given.alert, after: given.after ?? null },
    ),
  )

export const alertNames = z.array(name, LIST_SAYS)
