import { expect, test } from 'bun:test'
import { aMonitor } from '../../../test/support/samples.ts'
import { HOUR, MINUTE } from '../../../test/support/time.ts'
import { PENDING } from '../../core/model/state.ts'
import type { MonitorState } from '../../core/model/types.ts'
import type { KeptCheck } from '../../core/past/kept.ts'
import { viewOf } from '../../core/past/view.ts'
import { localTime } from '../../core/text/time.ts'
import type { Undelivered } from '../../store/tables/deliveries.ts'
import type { OpenIncident } from '../../store/tables/incidents.ts'
import type { MonitorReport } from './report.ts'
import { noteOf } from './text.ts'

const NOW = Date.parse('2026-07-31T12:34:00Z')
const UNTIL = NOW + 90 * MINUTE

const CHECK: KeptCheck = {
  startedAtMs: NOW - 5000,
  outcome: 'failed',
  exitCode: 7,
  durationMs: 20,
  reason: 'exit code 7',
  output: '',
  quiet: '',
}
const PASSED: KeptCheck = { ...CHECK, outcome: 'passed', exitCode: 0, reason: '' }
const DOWN: MonitorState = { ...PENDING, status: 'down', failureCount: 57, alertCount: 3, incidentId: 'i' }
const UP: MonitorState = { ...PENDING, status: 'up' }
const INCIDENT: OpenIncident = {
  id: 'i',
  startedAtMs: 0,
  firstReason: 'timed out',
  lastReason: 'exit code 9',
  lastOutput: 'no route\n',
  acknowledged: null,
}
const MAIL: Undelivered = {
  alert: 'mail',
  status: 'failed',
  attemptCount: 3,
  reason: 'exit code 1',
  monitor: 'web',
  kind: 'down',
  createdAtMs: NOW - 20 * MINUTE,
  settledAtMs: NOW - 10 * MINUTE,
  isPast: false,
}

function note(changes: Partial<MonitorReport>, isWatching = true): string {
  const now = { monitor: aMonitor(), state: DOWN, statusSinceMs: null, lastCheck: CHECK, mute: null, ...changes }
  const report: MonitorReport = {
    ...viewOf(now, null),
    pingDueAtMs: null,
    pingUrl: null,
    incident: INCIDENT,
    undelivered: [],
    ...changes,
  }
  return noteOf(report, { nowMs: NOW, isWatching })
}

const FLAPPING = { startedAtMs: 0, incidentId: 'i', notificationCount: 1, isTold: true, isAnnounced: true }

const BEAT = {
  ...{ monitor: aMonitor({ command: null, heartbeat: { key: 'k', graceMs: HOUR } }), lastCheck: null, incident: null },
  ...{ pingDueAtMs: new Date(2026, 6, 31, 20, 0).getTime(), pingUrl: 'http://localhost:8080/ping/k' },
}

test.each<{ name: string; report: Partial<MonitorReport>; expected: string; isWatching?: boolean }>([
  {
    name: 'a heartbeat that waits for its first ping',
    report: { ...BEAT, state: PENDING },
    expected: `ping due ${localTime(BEAT.pingDueAtMs, NOW)}, grace 1h; curl -fsS http://localhost:8080/ping/k`,
  },
  {
    name: 'a heartbeat whose due time the daemon has not saved yet',
    report: { ...BEAT, state: PENDING, pingDueAtMs: null },
    expected: 'no ping yet; curl -fsS http://localhost:8080/ping/k',
  },
  {
    name: 'a heartbeat that is up',
    report: { ...BEAT, state: { ...PENDING, status: 'up' } },
    expected: `ping due ${localTime(BEAT.pingDueAtMs, NOW)}, grace 1h`,
  },
  { name: 'down', report: {}, expected: 'exit code 7; notified 3 times; 57 failures' },
  {
    name: 'down, and the check says why',
    report: { lastCheck: { ...CHECK, output: 'curl: (7) Failed to connect\nmore\n' } },
    expected: 'curl: (7) Failed to connect (exit code 7); notified 3 times; 57 failures',
  },
  {
    name: 'up, and the check says how',
    report: { state: UP, incident: null, lastCheck: { ...PASSED, output: 'DISK OK - free: 77155 MiB|/=17GB\n' } },
    expected: 'DISK OK - free: 77155 MiB',
  },
  {
    name: 'not told yet',
    report: {
      state: { ...DOWN, status: 'failing', failureCount: 1, alertCount: 0 },
      lastCheck: { ...CHECK, quiet: 'not yet past alert_after' },
    },
    expected: 'exit code 7; not yet past alert_after; 1 failure',
  },
  {
    name: 'an alert that fails comes before who is muted',
    report: {
      undelivered: [MAIL, { ...MAIL, reason: 'exit code 2' }],
      mute: { by: 'dependency', parent: 'router', status: 'down' },
    },
    expected:
      'exit code 7; mail could not be delivered 10m ago: exit code 2; notified 3 times; depends on "router", which is down; 57 failures',
  },
  {
    name: 'deliveries under way',
    report: {
      undelivered: [
        { ...MAIL, status: 'pending', settledAtMs: null, attemptCount: 2 },
        { ...MAIL, alert: 'sms', status: 'pending', settledAtMs: null, attemptCount: 0, reason: '' },
      ],
    },
    expected: 'exit code 7; mail pending, 2 attempts failed: exit code 1; sms pending; notified 3 times; 57 failures',
  },
  {
    name: 'a delivery that has failed, while all is well now',
    report: { state: UP, lastCheck: PASSED, incident: null, undelivered: [MAIL] },
    expected: 'mail could not be delivered 10m ago: exit code 1',
  },
  {
    name: 'one that is past',
    report: { state: UP, lastCheck: PASSED, incident: null, undelivered: [{ ...MAIL, isPast: true }] },
    expected: '',
  },
  {
    name: 'somebody is on it',
    report: {
      incident: { ...INCIDENT, acknowledged: { atMs: NOW - 20 * MINUTE, reason: 'bob reboots it' } },
      mute: { by: 'acknowledgement', atMs: NOW - 20 * MINUTE, reason: 'bob reboots it' },
    },
    expected: `exit code 7; notified 3 times; acknowledged at ${localTime(NOW - 20 * MINUTE, NOW)}: bob reboots it; 57 failures`,
  },
  {
    name: 'somebody is on it, and it is silent, too',
    report: {
      incident: { ...INCIDENT, acknowledged: { atMs: NOW - 20 * MINUTE, reason: '' } },
      mute: { by: 'maintenance', untilMs: UNTIL },
    },
    expected: `exit code 7; acknowledged 20m ago; notified 3 times; maintenance until ${localTime(UNTIL, NOW)}`,
  },
  {
    name: 'no alert at all',
    report: { monitor: aMonitor({ policy: { ...aMonitor().policy, alertDown: [] } }) },
    expected: 'exit code 7; nobody is notified: it has no alert; 57 failures',
  },
  {
    name: 'on its way up',
    report: { state: { ...DOWN, passCount: 1 }, lastCheck: PASSED },
    expected: 'passes again, 1 of 1; before: no route (exit code 9); notified 3 times; 57 failures',
  },
  {
    name: 'failing by k of m, and passing now',
    report: { state: { ...DOWN, status: 'failing', failureCount: 2, alertCount: 0 }, lastCheck: PASSED },
    expected: 'passes again, but has failed lately; 2 failures',
  },
  {
    name: 'flapping',
    report: { state: { ...UP, flapping: FLAPPING, recent: 'SFSSFSF' }, mute: { by: 'flapping' } },
    expected: '3 of the last 7 checks failed; the last one failed: exit code 7',
  },
  {
    name: 'a check that counts for nothing',
    report: { state: UP, lastCheck: { ...CHECK, outcome: 'void', reason: 'out of processes' }, incident: null },
    expected: 'the last check is void: out of processes',
  },
  {
    name: 'a warning',
    report: { state: UP, lastCheck: { ...CHECK, outcome: 'warned' }, incident: null },
    expected: 'warning: exit code 7',
  },
  { name: 'up', report: { state: UP, lastCheck: PASSED, incident: null }, expected: '' },
  {
    name: 'up, but not checked any more',
    report: { state: UP, lastCheck: { ...PASSED, startedAtMs: NOW - 5 * MINUTE }, incident: null },
    expected: 'not checked for 5m (interval 30s)',
  },
  {
    name: 'not checked, as nobody is watching',
    report: { state: UP, lastCheck: { ...PASSED, startedAtMs: NOW - 5 * MINUTE }, incident: null },
    isWatching: false,
    expected: '',
  },
  { name: 'pending', report: { state: PENDING, lastCheck: null, incident: null }, expected: '' },
  {
    name: 'paused',
    report: { state: { ...PENDING, status: 'paused' }, lastCheck: null, incident: null },
    expected: 'enabled: false',
  },
])('$name', ({ report, expected, isWatching }) => {
  expect(note(report, isWatching)).toBe(expected)
})
