import { summaryOf, worstOf } from '../../core/past/words.ts'
import { plural } from '../../core/text/plural.ts'
import { localTime } from '../../core/text/time.ts'
import { describeTarget } from '../options/mutes.ts'
import { colours, fit, PAINT, type Page } from '../terminal/terminal.ts'
import type { Report } from './report.ts'

/** Above the monitors: whether anybody watches, and how it stands. */
export function renderHead({ watching, counts }: Report, { width }: Page): string[] {
  const alarm = watching.isWatching ? [] : [colours.bold(colours.red(fit(watching.trouble, width)))]
  const worst = worstOf(counts)
  const paint = PAINT[worst === 'up' && !watching.isWatching ? 'failing' : worst]
  return [...alarm, paint(fit(summaryOf(counts), width))]
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
