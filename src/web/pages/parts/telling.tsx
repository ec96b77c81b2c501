import { quietText } from '../../../core/model/mute.ts'
import { describeDelivery, type KeptNotification } from '../../../core/past/kept.ts'
import type { MonitorHistory } from '../../../core/past/past.ts'
import { plural } from '../../../core/text/plural.ts'
import type { BoardMonitor } from '../../board/board.ts'
import { At } from './times.tsx'
import type { Visit } from './visit.ts'

const MOST = 30

interface Line {
  readonly text: string
  readonly isFailed: boolean
}

interface Entry {
  readonly atMs: number
  readonly word: string
  readonly lines: readonly Line[]
}

/** Who was told what, and why somebody was not. */
export function Telling({ one, history, visit }: { one: BoardMonitor; history: MonitorHistory; visit: Visit }) {
  const entries = [...history.notifications.map(entryOf), ...unnotified(history, visit.nowMs)].sort(
    (first, second) => second.atMs - first.atMs,
  )
  return (
    <section class="card" id="telling" data-live aria-labelledby="telling-h">
      <h2 id="telling-h">Who was told, and why not</h2>
      {entries.length === 0 && (
        <p class="nothing">
          {one.monitor.policy.alertDown.length === 0
            ? 'Nobody is told: it has no alert.'
            : 'There was nothing to tell lately.'}
        </p>
      )}
      <ol class="log">
        {entries.slice(0, MOST).map(({ atMs, word, lines }) => (
          <li>
            <span class="when">
              <At ms={atMs} nowMs={visit.nowMs} />
            </span>
            <span class="what">
              <strong>{word}</strong>
              <Lines lines={lines} visit={visit} />
            </span>
          </li>
        ))}
      </ol>
    </section>
  )
}

/** What became of each delivery. */
export function Lines({ lines, visit }: { lines: readonly Line[]; visit: Visit }) {
  return (
    <span class="lines">
      {lines.map(({ text, isFailed }) => (
        <span class={isFailed ? 'reason bad' : 'reason'}>{visit.shown(text)}</span>
      ))}
    </span>
  )
}

/** A notification with what became of it, for people. Pure. */
export function entryOf({ atMs, kind, deliveries, alerts }: KeptNotification): Entry {
  return {
    atMs,
    word: kind,
    lines:
      deliveries.length === 0
        ? [{ text: alerts.join(', '), isFailed: false }]
        : deliveries.map((one) => ({ text: describeDelivery(one), isFailed: one.status === 'failed' })),
  }
}

function unnotified({ checks }: MonitorHistory, nowMs: number): Entry[] {
  return checks.flatMap(({ quiet, toMs }) =>
    [...quiet.values()].map(({ why, count }) => {
      const text = quietText(why, nowMs) + (count === 1 ? '' : ` (${plural(count, 'time')})`)
      return { atMs: toMs, word: 'not told', lines: [{ text, isFailed: false }] }
    }),
  )
}
