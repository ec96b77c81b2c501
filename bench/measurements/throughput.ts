import { join } from 'node:path'
import { type Figure, fact } from '../figure.ts'
import type { Bench, Measurement } from '../measurement.ts'
import { startMinitor, writeConfig } from '../minitor.ts'
import { cpuSeconds } from '../process-usage.ts'
import { runSpawnLoop } from '../spawn-loop.ts'
import { median, renderCount, renderMs, renderPercent, renderSpread } from '../statistics.ts'

const COMMAND = ['/bin/true']
const AT_ONCE = [8, 16]
/** Many more are due than any machine can run, so that Minitor is as busy as it can be. */
const OVERLOAD = { count: 1000, intervalSeconds: 0.1 }
/** Until all code that matters is compiled; a daemon is measured as it runs for months. */
const WARM_UP_MS = 3000

interface Round {
  readonly perSecond: number
  readonly ownMsPerCheck: number
  readonly loopPerSecond: number
  readonly loopMsPerRun: number
}

export const throughput: Measurement = {
  name: 'throughput',
  about: 'checks per second of /bin/true through the whole daemon, in turn with a C loop',
  async *measure(bench) {
    for (const atOnce of AT_ONCE) {
      const rounds: Round[] = []
      for (let round = 0; round < (bench.rounds ?? 3); round++) {
        bench.note(`${atOnce} at a time, round ${round + 1}`)
        rounds.push(await measureRound(bench, atOnce, round % 2 === 0))
      }
      yield* figuresOf(rounds, atOnce)
    }
  },
}

/** One after the other, never at the same time; every other round the other way round. */
async function measureRound(bench: Bench, atOnce: number, isLoopFirst: boolean): Promise<Round> {
  const seconds = bench.seconds ?? 5
  const { spawnLoop } = bench.programs
  const loop = () => runSpawnLoop({ spawnLoop, seconds, atOnce, command: COMMAND })
  const before = isLoopFirst ? await loop() : null
  const daemon = await measureDaemon(bench, atOnce, seconds)
  const { perSecond, ownMsPerRun } = before ?? (await loop())
  return { ...daemon, loopPerSecond: perSecond, loopMsPerRun: ownMsPerRun }
}

async function measureDaemon({ programs, scratch }: Bench, atOnce: number, seconds: number) {
  const config = join(scratch, 'throughput.yml')
  writeConfig(config, { ...OVERLOAD, maxConcurrentChecks: atOnce, command: () => COMMAND })
  await using minitor = await startMinitor({ minitor: programs.minitor, config, scratch, isServing: true })
  await Bun.sleep(WARM_UP_MS)
  const countBefore = await minitor.checkCount()
  const cpuBefore = cpuSeconds(minitor.pid)
  const beganMs = performance.now()
  await Bun.sleep(seconds * 1000)
  const cpuAfter = cpuSeconds(minitor.pid)
  const elapsedMs = performance.now() - beganMs
  const checks = (await minitor.checkCount()) - countBefore
  return { perSecond: (checks * 1000) / elapsedMs, ownMsPerCheck: ((cpuAfter - cpuBefore) * 1000) / checks }
}

function figuresOf(rounds: readonly Round[], atOnce: number): Figure[] {
  const ratios = rounds.map(({ perSecond, loopPerSecond }) => perSecond / loopPerSecond)
  const ownMs = rounds.map(({ ownMsPerCheck }) => ownMsPerCheck)
  const of = (key: keyof Round) => rounds.map((round) => round[key])
  return [
    {
      name: `checks per second, ${atOnce} at a time, against the C loop in the same round`,
      goal: '≥ 90 %',
      reached: renderSpread(ratios, renderPercent),
      isReached: median(ratios) >= 0.9,
    },
    fact(`… Minitor, checks per second`, renderSpread(of('perSecond'), renderCount)),
    fact(`… C loop, runs per second`, renderSpread(of('loopPerSecond'), renderCount)),
    {
      name: `own CPU per check, ${atOnce} at a time`,
      goal: '≤ 0.12 ms',
      reached: renderSpread(ownMs, renderMs),
      isReached: median(ownMs) <= 0.12,
    },
    fact(`… C loop, own CPU per run`, renderSpread(of('loopMsPerRun'), renderMs)),
  ]
}
