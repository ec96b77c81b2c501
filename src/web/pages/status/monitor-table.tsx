import type { CheckPoint } from '../../../core/past/kept.ts'
import { formatUptime } from '../../../core/past/roll-up.ts'
import { isTroubled } from '../../../core/past/view.ts'
import { reasonText } from '../../../core/past/words.ts'
import type { BoardMonitor } from '../../board/board.ts'
import { CheckStrip, type RecentChecks } from '../parts/check-strip.tsx'
import { DayBar } from '../parts/day-bar.tsx'
import { Age, At, Breakable, durationText, marked } from '../parts/figures.tsx'
import { Cause, MuteBadge, Shape } from '../parts/marks.tsx'
import type { Visit } from '../parts/visit.ts'

interface TableProps {
  readonly monitors: readonly BoardMonitor[]
  readonly recent: RecentChecks
  readonly visit: Visit
  /** Id of the heading that names it. */
  readonly heading: string
}

/**
 * A row for each monitor: how it is and what it said last, its last checks and 90 days, how much of the time it was up, how
 * long the last check took.
 */
export function MonitorTable({ monitors, recent, visit, heading }: TableProps) {
  return (
    <table class={visit.isUser ? 'monitors saying' : 'monitors'} aria-labelledby={heading}>
      <thead>
        <tr>
          <th scope="col">Status</th>
          <th scope="col">Monitor</th>
          <th scope="col">Last 60 checks</th>
          <th scope="col">Last 90 days</th>
          <th scope="col" class="number">
            30 days
          </th>
          {visit.isUser && (
            <th scope="col" class="number">
              Last duration
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {monitors.map((one) => (
          <MonitorRow one={one} points={recent.get(one.monitor.name)} visit={visit} />
        ))}
      </tbody>
    </table>
  )
}

/** More does not fit into the column. */
const SAID_CHARS = 90

interface RowProps {
  readonly one: BoardMonitor
  readonly points: readonly CheckPoint[] | undefined
  readonly visit: Visit
}

function MonitorRow({ one, points, visit }: RowProps) {
  const { standing, sinceMs, lastCheck, past, mute } = one
  const pausedBy = one.monitor.paused?.who
  return (
    <tr id={`m-${one.slug}`} data-live>
      <td class={`is ${standing}`}>
        <Shape of={standing} />
        <span>
          {standing}
          {mute?.by === 'maintenance' && (
            <small>
              {' until '}
              <At ms={mute.untilMs} visit={visit} />
            </small>
          )}
          {standing === 'paused' && sinceMs !== null && (
            <small>
              {' since '}
              <At ms={sinceMs} visit={visit} />
            </small>
          )}
          {isTroubled(one) && sinceMs !== null && (
            <>
              {' '}
              <Age sinceMs={sinceMs} nowMs={visit.nowMs} />
            </>
          )}
        </span>
      </td>
      <th scope="row">
        <a href={`/monitors/${one.slug}`}>
          <Breakable text={visit.shown(one.monitor.name)} />
        </a>
        <MuteBadge one={one} visit={visit} />
        {visit.isUser && pausedBy !== undefined && pausedBy !== '' && (
          <span class="badge">paused by {visit.shown(pausedBy)}</span>
        )}
        {standing !== 'paused' && <Cause text={reasonText(one, marked)} mostChars={SAID_CHARS} visit={visit} />}
      </th>
      <td>
        <CheckStrip one={one} points={points} visit={visit} />
      </td>
      <td>
        <DayBar one={one} past={past} visit={visit} />
      </td>
      <td class="number">{formatUptime(past?.uptime['30d'] ?? null)}</td>
      {visit.isUser && <td class="number">{lastCheck?.durationMs ? durationText(lastCheck.durationMs) : '–'}</td>}
    </tr>
  )
}
