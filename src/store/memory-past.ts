import { CHART_STEPS_MS, chartStarts, NO_PAST, type Past } from '../core/past/past.ts'

const NOTHING = { p50Ms: null, p95Ms: null, longestMs: null, checkCount: 0, failedCount: 0 }

/** The Past of `--database :memory:`, of which nothing is kept. */
export function createMemoryPast(): Past {
  return {
    overview: async (monitors) => new Map(monitors.map((name) => [name, NO_PAST])),
    history: async () => ({ past: NO_PAST, checks: [], notifications: [], incidents: [], pings: [], unwatched: [] }),
    durations: async (_, window, nowMs) => ({
      stepMs: CHART_STEPS_MS[window],
      points: chartStarts(window, nowMs).map((atMs) => ({ atMs, ...NOTHING })),
    }),
    measured: async () => [],
    incidents: async () => [],
    incident: async () => null,
    close: async () => {},
  }
}
