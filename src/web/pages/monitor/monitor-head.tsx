import type { PlannedTime } from '../../../core/model/present.ts'
import { describeDelivery, type KeptDelivery, type KeptNotification } from '../../../core/past/kept.ts'
import { isTroubled } from '../../../core/past/view.ts'
import { excerpt } from '../../../core/text/cut.ts'
import { formatDuration } from '../../../core/text/duration.ts'
import type { BoardMonitor } from '../../board/board.ts'
import { Age, At, Breakable, durationText, Until } from '../parts/figures.tsx'
import { MuteBadge, Shape, Why } from '../parts/marks.tsx'
import type { Visit } from '../parts/visit.ts'
import { Runbook } from './monitor-facts.tsx'

interface HeadProps {
  readonly one: BoardMonitor
  /** Newest first. */
  readonly notifications: readonly KeptNotification[]
  readonly planned: readonly PlannedTime[]
  readonly visit: Visit
}

/** How a monitor is, since when, why, and what comes next. */
export function MonitorHead({ one, notifications, planned, visit }: HeadProps) {
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
            {visit.isUser && <Deliveries one={one} notifications={notifications} visit={visit} />}
            {visit.isUser && isTroubled(one) && monitor.runbook !== '' && (
              <p class="runbook">
                Runbook: <Runbook text={monitor.runbook} visit={visit} />
              </p>
            )}
          </div>
        </div>
      </div>
      <Next one={one} visit={visit} />
      <Planned times={planned} visit={visit} />
    </div>
  )
}

/** What became of the last delivery by each alert in this outage: first those that reached somebody. */
function Deliveries({ one: { state }, notifications, visit }: Pick<HeadProps, 'one' | 'notifications' | 'visit'>) {
  const ids = [state.incidentId, state.flapping?.incidentId]
  const last = new Map<string, { delivery: KeptDelivery; atMs: number }>()
  for (const { incidentId, deliveries, atMs } of notifications.toReversed()) {
    if (incidentId === null || !ids.includes(incidentId)) continue
    for (const delivery of deliveries) last.set(delivery.alert, { delivery, atMs })
  }
  if (last.size === 0) return null
  const delivered = [...last.values()].filter(({ delivery: { status } }) => status === 'delivered')
  const others = [...last.values()].filter(({ delivery: { status } }) => status !== 'delivered')
  return (
    <>
      {delivered.length > 0 && (
        <p class="told">
          {'delivered: '}
          {delivered.map(({ delivery: { alert }, atMs }, index) => (
            <>
              {index > 0 && ', '}
              {visit.shown(alert)} <At ms={atMs} visit={visit} />
            </>
          ))}
        </p>
      )}
      {others.map(({ delivery }) => (
        <p class={delivery.status === 'failed' ? 'told bad' : 'told'}>
          {visit.shown(excerpt(visit.mask(describeDelivery(delivery)), DELIVERY_CHARS))}
        </p>
      ))}
    </>
  )
}

/** The whole reason stands among the notifications. */
const DELIVERY_CHARS = 160

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

/** The last success counts for a heartbeat: a check that finds it late has heard nothing. */
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
