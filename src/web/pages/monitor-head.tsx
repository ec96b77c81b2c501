import { withLocalTime } from '../../core/local-time.ts'
import { standingOf } from '../../core/standing.ts'
import type { BoardMonitor } from '../board.ts'
import { tellingOf } from './attention.tsx'
import { durationText } from './duration-text.ts'
import { MuteBadge } from './mute-badge.tsx'
import { Shape } from './shapes.tsx'
import { TROUBLES } from './standing-words.ts'
import { Age, At, Until } from './times.tsx'
import type { Visit } from './visit.ts'

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
  const sinceMs = one.sinceMs ?? one.past?.upSinceMs ?? null
  if (sinceMs === null) return null
  return (
    <>
      {' for '}
      <Age sinceMs={sinceMs} nowMs={nowMs} />, since <At ms={sinceMs} nowMs={nowMs} />
    </>
  )
}

function Why({ one, visit }: { one: BoardMonitor; visit: Visit }) {
  const check = one.lastCheck ?? one.past?.lastCheck ?? null
  const isTroubled = TROUBLES.includes(standingOf(one.state))
  const reason = check?.reason ?? ''
  const mute = one.mute === null ? '' : withLocalTime(one.mute.reason, visit.nowMs)
  const telling = isTroubled ? tellingOf(one, visit.nowMs) : mute
  const lines = [reason, telling].filter((line) => line !== '')
  return lines.length === 0 ? null : <p class="why">{visit.shown(lines.join(' · '))}</p>
}

function Next({ one, visit }: { one: BoardMonitor; visit: Visit }) {
  const { nextCheckAtMs, isRunning } = one
  const { nowMs } = visit
  const last = one.lastCheck ?? one.past?.lastCheck ?? null
  return (
    <p id="next" data-live class="next">
      {last !== null && (
        <>
          {'Checked '}
          <Age sinceMs={last.startedAtMs} nowMs={nowMs} />
          {' ago'}
          {visit.isUser && `, took ${durationText(last.durationMs)}`}
        </>
      )}
      {last !== null && (isRunning || nextCheckAtMs !== null) && ' · '}
      {isRunning && 'checking now'}
      {!isRunning && nextCheckAtMs !== null && (
        <>
          next check in <Until ms={nextCheckAtMs} nowMs={nowMs} />
        </>
      )}
    </p>
  )
}
