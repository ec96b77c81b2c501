import type { MonitorState } from './types.ts'

/** What is known of a monitor before its first check. */
export const PENDING: MonitorState = {
  status: 'pending',
  failureCount: 0,
  alertCount: 0,
  passCount: 0,
  window: [],
  outageStartedAtMs: null,
  incidentId: null,
  notificationCount: 0,
  firstToldAtFailure: null,
  lastToldAtMs: null,
  stepsTold: [],
  lastSuccessAtMs: null,
  lastCheckAtMs: null,
}

/** What is known of a monitor that is switched off. */
export const PAUSED: MonitorState = { ...PENDING, status: 'paused' }
