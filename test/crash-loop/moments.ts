import { statSync } from 'node:fs'
import { eventually } from '../support/eventually.ts'
import type { Random } from '../support/random.ts'
import type { Life, Site } from '../support/site.ts'

/** When to kill a daemon, and how long to wait until the next start. */
export interface Round {
  readonly moment:
    | { readonly kind: 'start'; readonly afterMs: number }
    | { readonly kind: 'watching'; readonly afterMs: number }
    /** At the next change of the database's log, which is a commit, after this time. */
    | { readonly kind: 'commit'; readonly afterMs: number }
    /** This long after this many alerts have started. */
    | { readonly kind: 'delivery'; readonly count: number; readonly afterMs: number }
  readonly deadMs: number
}

/** If it does not come in time, the kill is like any other. */
const LONGEST_MS = 2000

export function planRound(random: Random): Round {
  const deadMs = random.chance(0.5) ? 0 : random.between(0, 500)
  switch (random.pick(['start', 'watching', 'commit', 'delivery'])) {
    case 'start':
      return { moment: { kind: 'start', afterMs: random.between(0, 150) }, deadMs }
    case 'commit':
      return { moment: { kind: 'commit', afterMs: random.between(0, 1200) }, deadMs }
    case 'delivery': {
      const count = Math.floor(random.between(1, 5))
      return { moment: { kind: 'delivery', count, afterMs: random.between(0, 30) }, deadMs }
    }
    default:
      return { moment: { kind: 'watching', afterMs: random.between(0, 1800) }, deadMs }
  }
}

/** Resolves when the daemon is to be killed. Calls `onWatching` when it starts to watch. */
export async function untilMoment(site: Site, life: Life, { moment }: Round, onWatching: () => void): Promise<void> {
  if (moment.kind === 'start') return Bun.sleep(moment.afterMs)
  await life.watches()
  onWatching()
  switch (moment.kind) {
    case 'watching':
      return Bun.sleep(moment.afterMs)
    case 'commit': {
      await Bun.sleep(moment.afterMs)
      const before = logState(site)
      return quickly(() => logState(site) !== before)
    }
    case 'delivery':
      await quickly(() => alertLines(site, 'begin') >= moment.count)
      return Bun.sleep(moment.afterMs)
  }
}

/** Alerts of this life that are running. */
export function alertsUnderWay(site: Site): number {
  return alertLines(site, 'begin') - alertLines(site, 'end')
}

function alertLines(site: Site, word: string): number {
  return site.linesOf('alerting').filter((line) => line.startsWith(word)).length
}

function logState(site: Site): string {
  const stats = statSync(site.path('minitor.db-wal'), { bigint: true, throwIfNoEntry: false })
  return `${stats?.size} ${stats?.mtimeNs}`
}

/** Polls every millisecond: what it waits for is short. */
async function quickly(look: () => boolean): Promise<void> {
  const endMs = performance.now() + LONGEST_MS
  while (!look() && performance.now() < endMs) await Bun.sleep(1)
}

/** Everything is delivered and all services are up. */
export function untilCalm(site: Site, life: Life): Promise<true> {
  const look = (): true | undefined => {
    if (life.isOver()) throw new Error(`the daemon has ended\n${life.rawLog()}\n${life.stderr()}`)
    const [open] = site.rows<{ count: number }>(
      `SELECT (SELECT count(*) FROM deliveries WHERE status = 'pending')
         + (SELECT count(*) FROM incidents WHERE ended_at_ms IS NULL)
         + (SELECT count(*) FROM monitors WHERE name <> 'hung' AND json_extract(state, '$.status') <> 'up') AS count`,
    )
    return open?.count === 0 || undefined
  }
  return eventually('all is told', look, { explain: life.rawLog })
}
