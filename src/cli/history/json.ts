import { checkRunFacts, checkRunTexts, notificationJson, pingJson } from '../../core/past/kept-json.ts'
import { isoTime } from '../../core/text/iso-time.ts'
import { roundedMs } from '../../core/text/rounded-ms.ts'
import type { History } from './report.ts'

/** A history for machines. `mask` hides secrets in what checks and deliveries have said. */
export function historyJson(history: History, mask: (text: string) => string) {
  const { name, standing, standingSinceMs, uptime, lastDay, checks, notifications, pings, unwatched } = history
  return {
    monitor: name,
    status: standing,
    since: isoTime(standingSinceMs),
    uptime,
    durations: {
      p50_ms: roundedMs(lastDay.p50Ms),
      p95_ms: roundedMs(lastDay.p95Ms),
      max_ms: roundedMs(lastDay.longestMs),
    },
    checks: checks.map((run) => ({ ...checkRunFacts(run), ...checkRunTexts(run, mask), output: mask(run.output) })),
    notifications: notifications.map((one) => notificationJson(one, mask)),
    pings: pings.map((ping) => pingJson(ping, mask)),
    unwatched: unwatched.map(({ fromMs, toMs }) => ({ from: isoTime(fromMs), to: isoTime(toMs) })),
  }
}
