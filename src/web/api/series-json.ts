import { z } from 'zod'
import type { DurationSeries, MeasuredSeries } from '../../core/past/past.ts'
import { isoTime, roundedMs } from '../../core/text/time.ts'
import { milliseconds, NAMED, text, time } from './schemas.ts'

export const durationsSchema = z
  .object({
    step_ms: z.number().positive().describe('How long the time of one point is.'),
    points: z
      .array(
        z.object({
          at: time,
          p50_ms: milliseconds,
          p95_ms: milliseconds,
          max_ms: milliseconds,
          count: z.int().nonnegative(),
          failed: z.int().nonnegative(),
        }),
      )
      .describe('Oldest first, without holes; null where nothing was measured.'),
  })
  .register(NAMED, { id: 'Durations' })

export const measuredSchema = z
  .object({
    series: z.array(
      z.object({
        label: text,
        unit: text.describe('As in performance data of Nagios plugins.'),
        step_ms: z.number().positive(),
        points: z.array(z.object({ at: time, mean: z.number().nullable(), max: z.number().nullable() })),
      }),
    ),
  })
  .register(NAMED, { id: 'Measured' })

/** A chart of durations as the API shows it. Pure. */
export function durationsJson({ stepMs, points }: DurationSeries): z.input<typeof durationsSchema> {
  return {
    step_ms: stepMs,
    points: points.map((point) => ({
      at: isoTime(point.atMs),
      p50_ms: roundedMs(point.p50Ms),
      p95_ms: roundedMs(point.p95Ms),
      max_ms: roundedMs(point.longestMs),
      count: point.checkCount,
      failed: point.failedCount,
    })),
  }
}

/** Charts of what checks have measured, as the API shows them. Pure. */
export function measuredJson(
  series: readonly MeasuredSeries[],
  mask: (text: string) => string,
): z.input<typeof measuredSchema> {
  return {
    series: series.map(({ label, unit, stepMs, points }) => ({
      label: mask(label),
      unit: mask(unit),
      step_ms: stepMs,
      points: points.map(({ atMs, mean, most }) => ({ at: isoTime(atMs), mean, max: most })),
    })),
  }
}
