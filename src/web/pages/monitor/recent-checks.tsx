import type { Standing } from '../../../core/model/state.ts'
import type { Outcome } from '../../../core/model/types.ts'
import { gapEvent, outcomeWords } from '../../../core/past/events.ts'
import type { CheckRun } from '../../../core/past/fold-checks.ts'
import type { MonitorHistory } from '../../../core/past/past.ts'
import { durationText } from '../parts/duration-text.ts'
import { OUTPUT_CHARS, Output } from '../parts/output.tsx'
import { Shape } from '../parts/shapes.tsx'
import { At } from '../parts/times.tsx'
import type { Visit } from '../parts/visit.ts'

/** The page is for a look; `minitor history` has all of it. */
const MOST = 40
const ALL_OUTPUT_CHARS = 60_000

interface RecentChecksProps {
  readonly checks: readonly CheckRun[]
  readonly unwatched: MonitorHistory['unwatched']
  readonly visit: Visit
}

type Entry = { readonly atMs: number; readonly run: CheckRun } | { readonly atMs: number; readonly untilMs: number }

/** Checks that said the same in a row are one line; times in which nobody watched stand among them. */
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
        {entries.slice(0, MOST).map((entry) => {
          if ('untilMs' in entry) return <Gap fromMs={entry.atMs} toMs={entry.untilMs} visit={visit} />
          outputChars += Math.min(entry.run.output.length, OUTPUT_CHARS)
          return <Run run={entry.run} hasOutput={outputChars < ALL_OUTPUT_CHARS} visit={visit} />
        })}
      </ol>
    </section>
  )
}

function Gap({ fromMs, toMs, visit: { nowMs } }: { fromMs: number; toMs: number; visit: Visit }) {
  const { word, text } = gapEvent({ fromMs, toMs }, nowMs)
  return (
    <li class="gap">
      <span class="when">
        <At ms={fromMs} nowMs={nowMs} />
      </span>
      <span>
        {word} {text}
      </span>
    </li>
  )
}

function Run({ run, hasOutput, visit }: { run: CheckRun; hasOutput: boolean; visit: Visit }) {
  const { fromMs, toMs, count, outcome, output, longestMs } = run
  const { word, why } = outcomeWords(run)
  const { nowMs } = visit
  return (
    <li>
      <span class="when">
        {count > 1 && (
          <>
            <At ms={fromMs} nowMs={nowMs} />
            {' – '}
          </>
        )}
        <At ms={toMs} nowMs={nowMs} />
      </span>
      <span class="what">
        <OutcomeMark outcome={outcome} word={word} />
        {count > 1 && <span class="count">{count} times</span>}
        {why !== '' && <span class="reason">{visit.shown(why)}</span>}
        <span class="took">{count > 1 ? `max ${durationText(longestMs)}` : durationText(longestMs)}</span>
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

/** How a check ended, as a shape and a word. */
function OutcomeMark({ outcome, word }: { outcome: Outcome; word: string }) {
  const shape = SHAPES[outcome]
  return (
    <span class={`is ${shape}`}>
      <Shape of={shape} />
      <span>{word}</span>
    </span>
  )
}
