import { plural } from '../../core/text/plural.ts'
import { localTime } from '../../core/text/time.ts'
import { describeTarget } from '../options/mutes.ts'
import { colours, fit, PAINT, type Page } from '../terminal/terminal.ts'
import type { Report } from './report.ts'

/** Above the monitors: whether anybody watches, and how it stands. */
export function renderHead({ watching, counts }: Report, { width }: Page): string[] {
  const alarm = watching.isWatching ? [] : [colours.bold(colours.red(fit(watching.trouble, width)))]
  const isGreen = isFine(counts) && watching.isWatching
  const paint = counts.down > 0 ? PAINT.down : isGreen ? PAINT.up : PAINT.failing
  return [...alarm, paint(fit(headline(counts), width))]
}

function isFine({ down, failing, flapping, pending }: Report['counts']): boolean {
  return down + failing + flapping + pending === 0
}

/** `All 42 fine`, `3 of 42 down, 1 failing`. */
function headline(counts: Report['counts']): string {
  const { down, failing, flapping, pending, up, paused } = counts
  const watched = down + failing + flapping + pending + up
  const others = (['failing', 'flapping', 'pending', 'paused'] as const)
    .filter((standing) => counts[standing] > 0)
    .map((standing) => `, ${counts[standing]} ${standing}`)
    .join('')
  if (watched === 0) return `${plural(paused, 'monitor')}, none of them enabled`
  if (isFine(counts)) return `${watched === 1 ? '1 of 1' : `All ${watched}`} fine${others}`
  return down > 0 ? `${down} of ${watched} down${others}` : `None of ${watched} down${others}`
}

/** Below the monitors: what is silent, and what was not delivered. */
export function renderFoot({ config, silences, undelivered, nowMs }: Report, { width, oneLine }: Page): string[] {
  const failed = undelivered.filter(({ status }) => status === 'failed')
  const pendingCount = undelivered.length - failed.length
  const alerts = [...new Set(failed.map(({ alert }) => alert))].join(', ')
  const lines = silences.map(({ target, untilMs, reason }) => {
    const what = `${describeTarget(target, config)} ${target === 'all' ? 'are' : 'is'} silent`
    return `${what} until ${localTime(untilMs, nowMs)}${reason === '' ? '' : `: ${reason}`}`
  })
  if (failed.length > 0) lines.push(`${deliveries(failed.length)} failed in the last 24h: ${alerts}`)
  if (pendingCount > 0) lines.push(`${deliveries(pendingCount)} pending`)
  return lines.map((line) => fit(oneLine(line), width))
}

function deliveries(count: number): string {
  return plural(count, 'delivery', 'deliveries')
}
