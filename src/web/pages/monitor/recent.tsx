import { answerWord, placeName, whereText } from '../../../core/model/place-words.ts'
import type { Standing } from '../../../core/model/state.ts'
import type { Outcome } from '../../../core/model/types.ts'
import { deliveryLines, gapEvent, outcomeWords, quietEvents } from '../../../core/past/events.ts'
import type { CheckRun } from '../../../core/past/fold-checks.ts'
import type { KeptPing } from '../../../core/past/kept.ts'
import type { MonitorHistory } from '../../../core/past/past.ts'
import { NO_ALERT } from '../../../core/past/words.ts'
import { withTimes } from '../../../core/text/time.ts'
import type { BoardMonitor } from '../../board/board.ts'
import { At, durationText, marked, Timed } from '../parts/figures.tsx'
import { Log, type LogEntry } from '../parts/log.tsx'
import { Shape } from '../parts/marks.tsx'
import { OUTPUT_BYTES, Output } from '../parts/output.tsx'
import type { Visit } from '../parts/visit.ts'

/** The page shows the newest; `minitor history` has all. */
const MOST_CHECKS = 40
const MOST_PINGS = 30
const MOST_NOTIFICATIONS = 30
/** Characters of all outputs together. */
const ALL_OUTPUT_CHARS = 60_000

interface RecentChecksProps {
  readonly checks: readonly CheckRun[]
  readonly unwatched: MonitorHistory['unwatched']
  readonly visit: Visit
}

type Entry = { readonly atMs: number; readonly run: CheckRun } | { readonly atMs: number; readonly untilMs: number }

/** Equal checks in a row are one line; unwatched times are among them. */
export function RecentChecks({ checks, unwatched, visit }: RecentChecksProps) {
  const entries: Entry[] = [
    ...checks.map((run) => ({ atMs: run.toMs, run })),
    ...unwatched.map(({ fromMs, toMs }) => ({ atMs: fromMs, untilMs: toMs })),
  ].sort((one, other) => other.atMs - one.atMs)
  let outputChars = 0
  return (
    <section class="card" id="checks" data-live aria-labelledby="checks-h">
      <h2 id="checks-h">Recent checks</h2>
      {entries.length === 0 && <p class="nothing">No checks yet.</p>}
      <ol class="log">
        {entries.slice(0, MOST_CHECKS).map((entry) => {
          if ('untilMs' in entry) return <Gap fromMs={entry.atMs} toMs={entry.untilMs} visit={visit} />
          outputChars += Math.min(entry.run.output.length, OUTPUT_BYTES)
          const { run } = entry
          const standing = run.isPlanned ? 'maintenance' : SHAPES[run.outcome]
          return <Run run={run} standing={standing} hasOutput={outputChars < ALL_OUTPUT_CHARS} visit={visit} />
        })}
      </ol>
    </section>
  )
}

function Gap({ fromMs, toMs, visit }: { fromMs: number; toMs: number; visit: Visit }) {
  const { word, text } = gapEvent({ fromMs, toMs }, visit.nowMs, marked)
  return (
    <li class="gap">
      <span class="when">
        <At ms={fromMs} visit={visit} />
      </span>
      <span>
        {word} <Timed text={text} visit={visit} />
      </span>
    </li>
  )
}

interface RunProps {
  readonly run: CheckRun
  /** What it looks like. */
  readonly standing: Standing
  readonly hasOutput: boolean
  readonly visit: Visit
}

function Run({ run, standing, hasOutput, visit }: RunProps) {
  const { fromMs, toMs, count, output, longestMs } = run
  const { word, why } = outcomeWords(run)
  const where = whereText(run.places, count)
  return (
    <li>
      <span class="when">
        {count > 1 && (
          <>
            <At ms={fromMs} visit={visit} />
            {' – '}
          </>
        )}
        <At ms={toMs} visit={visit} />
      </span>
      <span class="what">
        <span class={`is ${standing}`}>
          <Shape of={standing} />
          <span>{word}</span>
        </span>
        {count > 1 && <span class="count">{count} times</span>}
        {why !== '' && (
          <span class="reason">
            <Timed text={withTimes(why, marked)} visit={visit} />
          </span>
        )}
        {where !== '' && <span class="reason">{visit.shown(where)}</span>}
        {/* A ping that did not come took no time. */}
        {longestMs > 0 && <span class="took">{`${count > 1 ? 'max ' : ''}${durationText(longestMs)}`}</span>}
      </span>
      {hasOutput && <Output text={output} id={`o-${fromMs}`} visit={visit} />}
    </li>
  )
}

const SHAPES: Readonly<Record<Outcome, Standing>> = {
  passed: 'up',
  warned: 'failing',
  failed: 'down',
  timed_out: 'down',
  not_started: 'down',
  void: 'pending',
}

/** What each place said at the last check, where a monitor has several. */
export function Places({ one, visit }: { one: BoardMonitor; visit: Visit }) {
  const { runOn } = one.monitor
  if (runOn === undefined || runOn.places.length === 1) return null
  const answers = one.lastCheck?.places ?? []
  return (
    <section class="card" id="places" data-live aria-labelledby="places-h">
      <h2 id="places-h">Places</h2>
      {answers.length === 0 && <p class="nothing">No checks yet.</p>}
      <ul class="log">
        {answers.map((answer) => (
          <li>
            <span class="when">{visit.shown(placeName(answer))}</span>
            <span class="what">
              <span class={`is ${SHAPES[answer.outcome]}`}>
                <Shape of={SHAPES[answer.outcome]} />
                <span>{answerWord(answer)}</span>
              </span>
              {answer.outcome !== 'passed' && (
                <span class="reason">
                  <Timed text={withTimes(answer.summary, marked)} visit={visit} />
                </span>
              )}
              {answer.node !== null && <span class="took">{durationText(answer.durationMs)}</span>}
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}

export function RecentPings({ pings, visit }: { pings: readonly KeptPing[]; visit: Visit }) {
  return (
    <section class="card" id="pings" data-live aria-labelledby="pings-h">
      <h2 id="pings-h">Recent pings</h2>
      {pings.length === 0 && <p class="nothing">No pings yet.</p>}
      <ol class="log">
        {pings.slice(0, MOST_PINGS).map((ping) => (
          <Ping ping={ping} visit={visit} />
        ))}
      </ol>
    </section>
  )
}

function Ping({ ping: { atMs, kind, exitCode, durationMs, body }, visit }: { ping: KeptPing; visit: Visit }) {
  return (
    <li>
      <span class="when">
        <At ms={atMs} visit={visit} />
      </span>
      <span class="what">
        <strong>{kind}</strong>
        {exitCode !== null && <span class="reason">exit code {exitCode}</span>}
        {durationMs !== null && <span class="took">took {durationText(durationMs)}</span>}
      </span>
      <Output text={body} id={`p-${atMs}`} visit={visit} />
    </li>
  )
}

/** Who was notified, and why nobody was. */
export function Notifications({ one, history, visit }: { one: BoardMonitor; history: MonitorHistory; visit: Visit }) {
  const hasAlert = one.monitor.policy.alertDown.length > 0
  const entries: LogEntry[] = [
    ...history.notifications.map((told) => ({ atMs: told.atMs, word: told.kind, lines: deliveryLines(told) })),
    ...history.checks.flatMap((run) =>
      quietEvents(run, marked).map(({ atMs, word, text }) => ({ atMs, word, lines: [{ text }] })),
    ),
  ].sort((first, second) => second.atMs - first.atMs)
  return (
    <section class="card" id="notifications" data-live aria-labelledby="notifications-h">
      <h2 id="notifications-h">Notifications</h2>
      {entries.length === 0 && (
        <p class="nothing">{hasAlert ? 'No recent notifications.' : `${NO_ALERT.replace('n', 'N')}.`}</p>
      )}
      <Log entries={entries.slice(0, MOST_NOTIFICATIONS)} visit={visit} />
    </section>
  )
}
