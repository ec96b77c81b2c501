import { NO_MUTES, withMuteChange } from '../core/model/mute.ts'
import type { EndedSession, Store } from '../core/model/ports.ts'
import { CHARTS, chartStarts, NO_CHECKS, NO_HISTORY, NO_PAST, type Past } from '../core/past/past.ts'
import { createCurrentState } from './current-state.ts'
import { newSecret } from './tables/facts.ts'

/** The Store of `--database :memory:`, which knows what is known now for as long as the process lives. */
export function createMemoryStore(): Store {
  const current = createCurrentState()
  let mutes = NO_MUTES
  let endedSessions: readonly EndedSession[] = []
  let secret = newSecret()
  let tellSecret = (_: string) => {}
  return {
    load: async () => ({
      ...current.read(),
      mutes,
      lastAliveAtMs: null,
      secret,
      endedSessions,
      installation: crypto.randomUUID(),
    }),
    async commit({ check, state, slotAtMs, deliveries }) {
      current.put(deliveries)
      current.setState(check.monitor, { state, slotAtMs })
    },
    keepPing: async () => {},
    settle: async (delivery, following) => current.put([delivery, ...following]),
    noteUnwatched() {},
    noteDeparture: ({ monitor }) => current.setState(monitor, null),
    async changeMutes(change) {
      mutes = withMuteChange(mutes, change)
    },
    async keepEndedSessions(sessions) {
      endedSessions = sessions
    },
    async endSessions() {
      endedSessions = []
      secret = newSecret()
      tellSecret(secret)
    },
    noteAction() {},
    noteTrial() {},
    noteState: (monitor, known) => current.setState(monitor, known),
    onMutes() {},
    onSecret(listener) {
      tellSecret = listener
    },
    setRetention() {},
    troubles: () => [],
    close: async () => {},
  }
}

/** The Past of `--database :memory:`, which has no history. */
export function createMemoryPast(): Past {
  return {
    isKept: false,
    overview: async (monitors) => new Map(monitors.map((name) => [name, NO_PAST])),
    recent: async () => new Map(),
    history: async () => NO_HISTORY,
    durations: async (_, window, nowMs) => ({
      stepMs: CHARTS[window].stepMs,
      points: chartStarts(window, nowMs).map((atMs) => ({ atMs, ...NO_CHECKS })),
    }),
    measured: async () => [],
    incidents: async () => [],
    actions: async () => [],
    incident: async () => null,
    close: async () => {},
  }
}
