import { deliveryLines, quietLines } from '../../../core/past/events.ts'
import type { MonitorHistory } from '../../../core/past/past.ts'
import { NO_ALERT } from '../../../core/past/words.ts'
import type { BoardMonitor } from '../../board/board.ts'
import { Log, type LogEntry } from './incident-list.tsx'
import type { Visit } from './visit.ts'

const MOST = 30

/** Who was notified, and why somebody was not. */
export function Notifications({ one, history, visit }: { one: BoardMonitor; history: MonitorHistory; visit: Visit }) {
  const hasAlert = one.monitor.policy.alertDown.length > 0
  const entries: LogEntry[] = [
    ...history.notifications.map((told) => ({ atMs: told.atMs, word: told.kind, lines: deliveryLines(told) })),
    ...history.checks
      .filter(({ quiet }) => quiet.size > 0)
      .map((run) => ({
        atMs: run.toMs,
        word: 'not notified',
        lines: quietLines(run, visit.nowMs).map((text) => ({ text })),
      })),
  ].sort((first, second) => second.atMs - first.atMs)
  return (
    <section class="card" id="telling" data-live aria-labelledby="telling-h">
      <h2 id="telling-h">Notifications</h2>
      {entries.length === 0 && (
        <p class="nothing">{hasAlert ? 'No recent notifications.' : `${NO_ALERT.replace('n', 'N')}.`}</p>
      )}
      <Log entries={entries.slice(0, MOST)} visit={visit} />
    </section>
  )
}
