import type { Context } from 'hono'
import type { Telemetry } from '../../core/model/ports.ts'
import { printable } from '../../core/text/printable.ts'

interface HealthOptions {
  readonly telemetry: Telemetry
  readonly mask: (text: string) => string
  /** Whether the viewer may see everything. */
  readonly showsReasons: boolean
}

/** 200 while the process answers, whatever is wrong: for those who would restart it. */
export function answerLife(context: Context): Response {
  return context.text('alive\n')
}

/** 200 while Minitor is healthy, else 503 and why, one reason a line. */
export function answerHealth(context: Context, { telemetry, mask, showsReasons }: HealthOptions): Response {
  const troubles = telemetry.troubles()
  if (troubles.length === 0) return context.text('ok\n')
  const lines = showsReasons
    ? troubles.map((trouble) => printable(mask(trouble), { newlines: 'escape' }))
    : ['not healthy; sign in to see why']
  return context.text(lines.map((line) => `${line}\n`).join(''), 503)
}
