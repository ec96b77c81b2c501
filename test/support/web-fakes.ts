import type { KnownNode } from '../../src/core/model/cluster.ts'
import type { WebConfig } from '../../src/core/model/config.ts'
import type { Announcement, Silence } from '../../src/core/model/mute.ts'
import { type PresentCluster, viewNodes } from '../../src/core/model/node-view.ts'
import type { PlannedTime, Present, PresentMonitor } from '../../src/core/model/present.ts'
import { PENDING } from '../../src/core/model/state.ts'
import type { Monitor, MonitorState } from '../../src/core/model/types.ts'
import { type KeptCheck, type Uptimes, WINDOW_NAMES } from '../../src/core/past/kept.ts'
import { BAR_DAYS, type MonitorPast, NO_HISTORY, type Past } from '../../src/core/past/past.ts'
import { viewOf } from '../../src/core/past/view.ts'
import type { Board, BoardMonitor } from '../../src/web/board/board.ts'
import type { Faults } from '../../src/web/http/faults.ts'
import type { WebContext } from '../../src/web/http/web-context.ts'
import { telemetryOf } from '../fixtures/telemetry.ts'
import { aMonitor } from './samples.ts'

/** A bug that a test does not wait for makes it fail. */
export const UNEXPECTED_FAULTS: Faults = {
  report(error) {
    queueMicrotask(() => {
      throw error
    })
  },
  count: 0,
}

/** The moment at which all that is faked here takes place. */
export const NOW_MS = Date.parse('2026-03-01T12:00:00Z')

const WEB_CONFIG: WebConfig = {
  listen: { hostname: '127.0.0.1', port: 0 },
  title: 'Minitor',
  url: null,
  timezone: null,
  isPublic: false,
  publicGroups: null,
  feedKey: null,
  embed: [],
  users: new Map(),
  tokens: [],
  trustedProxies: null,
}

const SECRET = new Uint8Array(32).fill(7)

const UP: MonitorState = {
  ...PENDING,
  status: 'up',
  lastSuccessAtMs: NOW_MS - 10_000,
  lastCheckAtMs: NOW_MS - 10_000,
}

export function aState(changes: Partial<MonitorState> = {}): MonitorState {
  return { ...UP, ...changes }
}

export function aCheck(changes: Partial<KeptCheck> = {}): KeptCheck {
  return {
    outcome: 'passed',
    exitCode: 0,
    reason: '',
    output: 'fine',
    startedAtMs: NOW_MS - 10_000,
    durationMs: 12.345,
    quiet: '',
    ...changes,
  }
}

export function aPast(changes: Partial<MonitorPast> = {}): MonitorPast {
  const uptime = Object.fromEntries(WINDOW_NAMES.map((name) => [name, 1])) as Uptimes
  return {
    uptime,
    days: Array(BAR_DAYS).fill(0),
    watchedMs: Array(BAR_DAYS).fill(86_400_000),
    plannedMs: Array(BAR_DAYS).fill(0),
    upSinceMs: NOW_MS - 3_600_000,
    leftAtMs: null,
    lastCheck: null,
    ...changes,
  }
}

/** A monitor that is up, except as given; `past` is null until it was read. */
export function aBoardMonitor(
  monitor: Partial<Monitor> = {},
  { past = aPast(), ...changes }: Partial<Omit<BoardMonitor, 'monitor' | 'standing' | 'sinceMs'>> = {},
): BoardMonitor {
  const whole = aMonitor(monitor)
  const now = {
    monitor: whole,
    slug: whole.name,
    state: aState(),
    statusSinceMs: NOW_MS - 3_600_000,
    nextCheckAtMs: NOW_MS + 20_000,
    isRunning: false,
    lastCheck: aCheck(),
    mute: null,
  }
  return viewOf({ ...now, ...changes }, past)
}

/** A node that was seen two seconds ago; it is a standby unless it says something else. */
export function aNode(changes: Partial<KnownNode> = {}): KnownNode {
  return {
    name: 'b',
    kind: 'server',
    version: '1.0.0',
    hostname: 'host-b',
    tags: [],
    startedAtMs: NOW_MS - 3_600_000,
    slots: 64,
    running: 3,
    configuration: 'same',
    sequence: 100,
    seenAtMs: NOW_MS - 2_000,
    isThere: true,
    sequenceBefore: null,
    unpublished: 0,
    saidAtMs: NOW_MS - 2_000,
    namesake: null,
    ...changes,
  }
}

/** A cluster in which `a` leads. */
export function aCluster(nodes: readonly KnownNode[], trouble: string | null = null): PresentCluster {
  const leader = aNode({ name: 'a', hostname: 'host-a', sequenceBefore: 90 })
  const reference = { leader: 'a', card: leader }
  return { node: 'a', nodes: () => viewNodes([leader, ...nodes], reference), trouble: () => trouble }
}

/** A context over things that are fixed, and what was done to them. */
export interface FakeWeb {
  readonly context: WebContext
  /** What people have done, in order: `checkNow web`, `silence {…}`. */
  readonly done: readonly string[]
  /** Says that monitors have changed; null: all of them may have. */
  change(slugs: readonly string[] | null): void
  /** How many listen to the board. */
  readonly listenerCount: number
}

export interface FakeOptions {
  readonly monitors?: readonly BoardMonitor[]
  readonly web?: Partial<WebConfig>
  readonly silences?: readonly Silence[]
  readonly announcements?: readonly Announcement[]
  readonly planned?: readonly PlannedTime[]
  readonly past?: Partial<Past>
  readonly context?: Partial<WebContext>
}

export function fakeWeb({
  monitors = [aBoardMonitor()],
  web,
  silences = [],
  announcements = [],
  planned = [],
  past,
  context,
}: FakeOptions = {}): FakeWeb {
  const done: string[] = []
  const listeners = new Set<(monitors: ReadonlySet<string> | null) => void>()
  let version = 1
  const note = (text: string) => {
    done.push(text)
  }
  const bySlug = (slug: string) => monitors.find((one) => one.slug === slug)
  const board: Board = {
    monitors: () => monitors,
    bySlug,
    get version() {
      return version
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close() {},
  }
  const present: Present = {
    web: { ...WEB_CONFIG, ...web },
    monitors: (): Iterable<PresentMonitor> => monitors,
    bySlug,
    nextMaintenance: () => planned,
    silences: () => silences,
    announcements: () => announcements,
    troubles: () => [],
    onChange: () => () => {},
  }
  return {
    done,
    change(slugs) {
      version++
      for (const listener of listeners) listener(slugs === null ? null : new Set(slugs))
    },
    get listenerCount() {
      return listeners.size
    },
    context: {
      present,
      board,
      past: { ...emptyPast, ...past },
      cluster: null,
      heartbeats: { ping: async () => 'unknown' },
      actions: {
        checkNow: async (monitor) => note(`checkNow ${monitor}`),
        silence: async (silence) => note(`silence ${JSON.stringify(silence)}`),
        unsilence: async (target) => note(`unsilence ${JSON.stringify(target)}`),
        pause: async (monitor, { who, reason }) => {
          note(`pause ${monitor} ${reason} by ${who}`)
          return bySlug(monitor)?.state.status !== 'paused'
        },
        resume: async (monitor, who) => {
          note(`resume ${monitor} by ${who}`)
          return bySlug(monitor)?.state.status === 'paused'
        },
        testAlert: async (alert, { monitor, who }) => {
          note(`testAlert ${alert} ${monitor} by ${who}`)
          if (alert === 'gone') return null
          const isDelivered = alert !== 'broken'
          const reason = isDelivered ? '' : 'exit code 1'
          return { isDelivered, exitCode: isDelivered ? 0 : 1, reason, output: 'hunter22 <b>' }
        },
        announce: async (about) => {
          note(`announce ${about.text} by ${about.who}`)
          return { ...about, id: 'a1', atMs: NOW_MS }
        },
        retract: async (id, who) => {
          note(`retract ${id} by ${who}`)
          return announcements.some((one) => one.id === id)
        },
        acknowledge: async (monitor, { who, reason }) => {
          note(`acknowledge ${monitor} ${reason} by ${who}`)
          const incidentId = bySlug(monitor)?.state.incidentId ?? null
          return incidentId === null ? null : { incidentId, atMs: NOW_MS, reason }
        },
        unacknowledge: async (monitor) => {
          note(`unacknowledge ${monitor}`)
          return bySlug(monitor)?.state.incidentId !== null
        },
      },
      telemetry: telemetryOf(),
      faults: UNEXPECTED_FAULTS,
      log: { write() {} },
      mask: (text) => text.replaceAll('hunter22', '***'),
      version: '1.2.3',
      hasOpenMetrics: false,
      clock: () => NOW_MS,
      secret: () => SECRET,
      installation: 'here',
      endedSessions: [],
      keepEndedSessions: async (sessions) => note(`ended ${sessions.length}`),
      noteAction: ({ kind, who, address, count }) => note(`${kind} ${who} ${address} ${count}`),
      ...context,
    },
  }
}

const emptyPast: Past = {
  isKept: true,
  overview: async (names) => new Map(names.map((name) => [name, aPast()])),
  recent: async () => new Map(),
  history: async () => ({ ...NO_HISTORY, past: aPast() }),
  durations: async () => ({ stepMs: 300_000, points: [] }),
  measured: async () => [],
  incidents: async () => [],
  incident: async () => null,
  actions: async () => [],
  close: async () => {},
}
