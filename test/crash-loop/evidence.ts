import { integrityOf, type Site } from '../support/site.ts'
import type { Outage } from './services.ts'

/** The same moment by two clocks, in milliseconds: uptime (to ten), and the Unix epoch. */
export interface Instant {
  readonly upMs: number
  readonly wallMs: number
}

/** The life of a daemon. It watched from `watching` on; null when it was killed before that. */
export interface Lived {
  readonly pid: number
  readonly started: Instant
  readonly watching: Instant | null
  readonly ended: Instant
}

/** What one check saw. */
export interface Seen {
  readonly atMs: number
  /** Pid of the daemon that started it; a check can outlive its daemon. */
  readonly daemon: number
  readonly service: string
  readonly isUp: boolean
  /** The outage that it saw or, for a pass, the last one before it. */
  readonly outage: number
}

/** A line that an alert wrote. */
export interface Told {
  readonly atMs: number
  readonly alert: string
  readonly id: string
  readonly kind: string
  readonly service: string
  readonly incident: string
}

export interface KeptCheck {
  readonly service: string
  /** 0 passed, 2 failed, 5 void; see migrations/002-history.sql. */
  readonly outcome: number
  readonly output: string | null
}

export interface KeptIncident {
  readonly id: string
  readonly service: string
  readonly ending: string | null
}

/** All that is known once the last daemon has ended. Lists are oldest first. */
export interface Evidence {
  readonly lives: readonly Lived[]
  readonly outages: readonly Outage[]
  readonly seen: readonly Seen[]
  readonly told: readonly Told[]
  readonly checks: readonly KeptCheck[]
  readonly incidents: readonly KeptIncident[]
  readonly deliveries: readonly { readonly id: string; readonly kind: string; readonly status: string }[]
  readonly unwatched: readonly { readonly fromMs: number; readonly toMs: number }[]
  /** Time that is counted as up or down, for each monitor. */
  readonly counted: readonly { readonly service: string; readonly ms: number }[]
  readonly firstCheckAtMs: number
  readonly integrity: string
  readonly processCount: number
  readonly temporaryFiles: readonly string[]
}

export function gatherEvidence(site: Site, lives: readonly Lived[], outages: readonly Outage[]): Evidence {
  const seen = site.linesOf('seen').map((line) => {
    const [up, daemon, service = '', state, outage] = line.split(' ')
    return { atMs: Number(up) * 1000, daemon: Number(daemon), service, isUp: state === 'up', outage: Number(outage) }
  })
  const told = site.linesOf('told').map((line) => {
    const [up, alert = '', id = '', kind = '', service = '', incident = ''] = line.split(' ')
    return { atMs: Number(up) * 1000, alert, id, kind, service, incident }
  })
  const [first] = site.rows<{ atMs: number }>('SELECT min(started_at_ms) AS atMs FROM checks')
  return {
    lives,
    outages,
    seen,
    told,
    checks: site.rows(
      `SELECT m.name AS service, c.outcome, c.output FROM checks c JOIN monitors m ON m.id = c.monitor_id
       ORDER BY c.started_at_ms`,
    ),
    incidents: site.rows(
      `SELECT i.id, m.name AS service, i.ending FROM incidents i JOIN monitors m ON m.id = i.monitor_id
       ORDER BY i.started_at_ms`,
    ),
    deliveries: site.rows(
      `SELECT d.id, json_extract(n.document, '$.kind') AS kind, d.status
       FROM deliveries d JOIN notifications n ON n.id = d.notification_id ORDER BY d.seq`,
    ),
    unwatched: site.rows(
      'SELECT from_ms AS fromMs, to_ms AS toMs FROM unwatched WHERE monitor_id = 0 ORDER BY from_ms',
    ),
    counted: site.rows(
      `SELECT m.name AS service, sum(r.up_ms + r.down_ms) AS ms FROM roll_ups r JOIN monitors m ON m.id = r.monitor_id
       WHERE r.span = 'hour' GROUP BY m.name`,
    ),
    firstCheckAtMs: first?.atMs ?? 0,
    integrity: integrityOf(site.path('minitor.db')),
    processCount: site.descendants().length,
    temporaryFiles: site.temporaryFiles(),
  }
}
