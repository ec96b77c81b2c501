import { quietText } from '../../../core/model/mute.ts'
import { standingOf } from '../../../core/model/state.ts'
import { type BoardMonitor, lastCheckOf, sinceOf } from '../../board/board.ts'
import { tellingOf } from '../parts/attention.tsx'
import { durationText } from '../parts/duration-text.ts'
import { MuteBadge } from '../parts/mute-badge.tsx'
import { Shape } from '../parts/shapes.tsx'
import { TROUBLES } from '../parts/standing-words.ts'
import { Age, At, Until } from '../parts/times.tsx'
import type { Visit } from '../parts/visit.ts'

/** What a monitor is, since when, why, and what comes next. */
export function MonitorHead({ one, visit }: { one: BoardMonitor; visit: Visit }) {
  const { monitor, state } = one
  const standing = standingOf(state)
  return (
    <div class="monitor-head">
      {monitor.group !== '' && (
        <p class="crumb">
          <a href={`/?${new URLSearchParams({ group: monitor.group })}`}>{visit.shown(monitor.group)}</a>
        </p>
      )}
      <div aria-live="polite">
        <div id="head" data-live class={`overall ${standing}`}>
          <Shape of={standing} />
          <div>
            <h1>{visit.shown(monitor.name)}</h1>
            <p>
              <strong class={`is ${standing}`}>{standing}</strong>
              <Since one={one} visit={visit} /> <MuteBadge mute={one.mute} visit={visit} />
            </p>
            {visit.isUser && <Why one={one} visit={visit} />}
          </div>
        </div>
      </div>
      <Next one={one} visit={visit} />
    </div>
  )
}

function Since({ one, visit: { nowMs } }: { one: BoardMonitor; visit: Visit }) {
  const sinceMs = sinceOf(one)
  if (sinceMs === null) return null
  return (
    <>
      {' for '}
      <Age sinceMs={sinceMs} nowMs={nowMs} />, since <At ms={sinceMs} nowMs={nowMs} />
    </>
  )
}

function Why({ one, visit }: { one: BoardMonitor; visit: Visit }) {
  const isTroubled = TROUBLES.includes(standingOf(one.state))
  const reason = lastCheckOf(one)?.reason ?? ''
  const mute = one.mute === null ? '' : quietText(one.mute, visit.nowMs)
  const telling = isTroubled ? tellingOf(one, visit.nowMs) : mute
  const lines = [reason, telling].filter((line) => line !== '')
  return lines.length === 0 ? null : <p class="why">{visit.shown(lines.join(' · '))}</p>
}

/** A check that finds a heartbeat late has heard nothing: of one, the last success counts. */
function Next({ one, visit: { nowMs, isUser } }: { one: BoardMonitor; visit: Visit }) {
  const { nextCheckAtMs, isRunning, monitor, state } = one
  const isHeartbeat = monitor.heartbeat !== null
  const last = lastCheckOf(one)
  const lastAtMs = isHeartbeat ? state.lastSuccessAtMs : (last?.startedAtMs ?? null)
  return (
    <p id="next" data-live class="next">
      {lastAtMs !== null && (
        <>
          {isHeartbeat ? 'Last success ' : 'Checked '}
          <Age sinceMs={lastAtMs} nowMs={nowMs} />
          {' ago'}
          {isUser && !isHeartbeat && last !== null && `, took ${durationText(last.durationMs)}`}
        </>
      )}
      {lastAtMs !== null && (isRunning || nextCheckAtMs !== null) && ' · '}
      {isRunning && 'checking now'}
      {!isRunning && nextCheckAtMs !== null && (
        <>
          {isHeartbeat ? 'late in ' : 'next check in '}
          <Until ms={nextCheckAtMs} nowMs={nowMs} />
        </>
      )}
    </p>
  )
}
