import { Database } from 'bun:sqlite'
import { join } from 'node:path'
import { describeDisk } from '../disk.ts'
import { type Bench, type Figure, fact, type Measurement } from '../measurement.ts'
import { NO_DATABASE, startMinitor, writeConfig } from '../minitor.ts'
import { cpuSeconds } from '../process-usage.ts'
import { runSpawnLoop } from '../programs.ts'
import { createGround } from '../scratch.ts'
import { median, renderCount, renderMs, renderPercent, renderSpread } from '../statistics.ts'

const COMMAND = ['/bin/true']
const AT_ONCE = [8, 16]
/** Many more are due than any machine can run, so that Minitor is as busy as it can be. */
const OVERLOAD = { count: 1000, intervalSeconds: 0.1 }
/** Until all code that matters is compiled; a daemon is measured as it runs for months. */
const WARM_UP_MS = 3000

const SUBJECTS = ['loop', 'unkept', 'kept'] as const
type Subject = (typeof SUBJECTS)[number]

interface Result {
  readonly perSecond: number
  readonly ownMs: number
}
type Round = Readonly<Record<Subject, Result>>

const GOALS = [
  { subject: 'unkept', title: 'without a database file', ratio: 0.9, ownMs: 0.12 },
  { subject: 'kept', title: 'with one', ratio: 0.85, ownMs: 0.15 },
] as const

/**
 * What a check costs when nothing else holds it up, beside the least that starting a process can cost: the whole daemon
 * with and without a database file, each in turn with a loop in C that does nothing else. Own CPU is that of one process,
 * all its threads (so the database's, too) together, without its children.
 */
export const throughput: Measurement = {
  name: 'throughput',
  about: 'checks per second of /bin/true through the whole daemon, with and without a file, in turn with a C loop',
  async *measure(bench) {
    yield describeDisk(bench.scratch)
    for (const atOnce of AT_ONCE) {
      const rounds: Round[] = []
      for (let round = 0; round < (bench.rounds ?? 3); round++) {
        bench.note(`${atOnce} at a time, round ${round + 1}`)
        rounds.push(await measureRound(bench, atOnce, round))
      }
      yield* figuresOf(rounds, atOnce)
    }
  },
}

/** One after the other, never at the same time; each round begins with another one. */
async function measureRound(bench: Bench, atOnce: number, round: number): Promise<Round> {
  const seconds = bench.seconds ?? 5
  const { spawnLoop } = bench.programs
  const results: Partial<Record<Subject, Result>> = {}
  for (const offset of SUBJECTS.keys()) {
    const subject = SUBJECTS[(round + offset) % SUBJECTS.length] ?? 'loop'
    results[subject] =
      subject === 'loop'
        ? await runSpawnLoop({ spawnLoop, seconds, atOnce, command: COMMAND })
        : await measureDaemon(bench, { atOnce, seconds, isKept: subject === 'kept' })
  }
  return results as Round
}

async function measureDaemon(
  { programs, scratch }: Bench,
  { atOnce, seconds, isKept }: { atOnce: number; seconds: number; isKept: boolean },
): Promise<Result> {
  using ground = createGround(scratch)
  const { directory, config } = ground
  const database = isKept ? join(directory, 'throughput.db') : NO_DATABASE
  writeConfig(config, { ...OVERLOAD, maxConcurrentChecks: atOnce, command: () => COMMAND })
  await using minitor = await startMinitor({ minitor: programs.minitor, config, directory, isServing: true, database })
  await Bun.sleep(WARM_UP_MS)
  const countBefore = await minitor.checkCount()
  const cpuBefore = cpuSeconds(minitor.pid)
  const beganMs = performance.now()
  await Bun.sleep(seconds * 1000)
  const cpuAfter = cpuSeconds(minitor.pid)
  const elapsedMs = performance.now() - beganMs
  const countAfter = await minitor.checkCount()
  await minitor.stop()
  if (isKept) expectKept(database, countAfter)
  const checks = countAfter - countBefore
  return { perSecond: (checks * 1000) / elapsedMs, ownMs: ((cpuAfter - cpuBefore) * 1000) / checks }
}

/** A store that has fallen behind, or has given up, would look fast. */
function expectKept(path: string, count: number): void {
  const database = new Database(path, { readonly: true })
  const kept = database.query<{ count: number }, []>('SELECT count(*) AS count FROM checks').get()?.count ?? 0
  database.close()
  if (kept < count) throw new Error(`of ${count} checks only ${kept} are in the database`)
}

function figuresOf(rounds: readonly Round[], atOnce: number): Figure[] {
  const daemons = GOALS.flatMap(({ subject, title, ratio, ownMs }): Figure[] => {
    const ratios = rounds.map((round) => round[subject].perSecond / round.loop.perSecond)
    const spent = rounds.map((round) => round[subject].ownMs)
    return [
      {
        name: `checks per second, ${atOnce} at a time, ${title}, against the C loop in the same round`,
        goal: `≥ ${ratio * 100} %`,
        reached: renderSpread(ratios, renderPercent),
        isReached: median(ratios) >= ratio,
      },
      fact(
        '… checks per second',
        renderSpread(
          rounds.map((round) => round[subject].perSecond),
          renderCount,
        ),
      ),
      {
        name: `own CPU per check, ${atOnce} at a time, ${title}`,
        goal: `≤ ${ownMs} ms`,
        reached: renderSpread(spent, renderMs),
        isReached: median(spent) <= ownMs,
      },
    ]
  })
  const loop = rounds.map((round) => round.loop)
  const inFile = rounds.map(({ kept, unkept }) => kept.ownMs - unkept.ownMs)
  return [
    ...daemons,
    fact('… what the file adds', renderSpread(inFile, renderMs)),
    fact(
      `the C loop, ${atOnce} at a time: runs per second; own CPU per run`,
      `${renderSpread(
        loop.map(({ perSecond }) => perSecond),
        renderCount,
      )}; ${renderSpread(
        loop.map(({ ownMs }) => ownMs),
        renderMs,
      )}`,
    ),
  ]
}
