import type { PlannedTime } from '../../../core/model/present.ts'
import { formatDuration } from '../../../core/text/duration.ts'
import type { BoardMonitor } from '../../board/board.ts'
import { Age, At, Breakable, durationText, Until } from '../parts/figures.tsx'
import { MuteBadge, Shape, Why } from '../parts/marks.tsx'
import type { Visit } from '../parts/visit.ts'

/** What a monitor is, since when, why, and what comes next. */
interface HeadProps {
  readonly one: BoardMonitor
  readonly planned: readonly PlannedTime[]
  readonly visit: Visit
}

export function MonitorHead({ one, planned, visit }: HeadProps) {
  const { monitor, standing, mute } = one
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
            <h1>
              <Breakable text={visit.shown(monitor.name)} />
            </h1>
            <p>
              <strong class={`is ${standing}`}>{standing}</strong>
              {mute?.by === 'maintenance' ? (
                <>
                  {' until '}
                  <At ms={mute.untilMs} visit={visit} />
                </>
              ) : (
                <Since one={one} visit={visit} />
              )}{' '}
              <MuteBadge one={one} visit={visit} />
            </p>
            <Why one={one} visit={visit} />
          </div>
        </div>
      </div>
      <Next one={one} visit={visit} />
      <Planned times={planned} visit={visit} />
    </div>
  )
}

/** The next maintenance, for the public, too. */
function Planned({ times, visit }: { times: readonly PlannedTime[]; visit: Visit }) {
  return (
    <p id="planned" data-live class="next" hidden={times.length === 0}>
      {'Next maintenance: '}
      {times.map(({ fromMs, untilMs }, index) => (
        <>
          {index > 0 && ', '}
          <At ms={fromMs} visit={visit} />
          {` for ${formatDuration(untilMs - fromMs)}`}
        </>
      ))}
    </p>
  )
}

function Since({ one: { sinceMs }, visit }: { one: BoardMonitor; visit: Visit }) {
  if (sinceMs === null) return null
  return (
    <>
      {' for '}
      <Age sinceMs={sinceMs} nowMs={visit.nowMs} />, since <At ms={sinceMs} visit={visit} />
    </>
  )
}

/** A check that finds a heartbeat late has heard nothing: of one, the last success counts. */
function Next({ one, visit }: { one: BoardMonitor; visit: Visit }) {
  const { nowMs, isUser } = visit
  const { nextCheckAtMs, isRunning, monitor, state, lastCheck: last } = one
  const isHeartbeat = monitor.heartbeat !== null
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
      {!isRunning &&
        nextCheckAtMs !== null &&
        (monitor.heartbeat === null ? (
          <>
            next check in <Until ms={nextCheckAtMs} nowMs={nowMs} />
          </>
        ) : (
          <>
            ping due <At ms={nextCheckAtMs - monitor.heartbeat.graceMs} visit={visit} />, grace{' '}
            {formatDuration(monitor.heartbeat.graceMs)}
          </>
        ))}
    </p>
  )
}
