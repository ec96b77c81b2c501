import { join } from 'node:path'
import { fact } from '../figure.ts'
import { timeFirstCheck } from '../first-check.ts'
import type { Bench, Measurement } from '../measurement.ts'
import { NO_DATABASE, writeConfig } from '../minitor.ts'
import { createRunDirectory } from '../scratch.ts'
import { median, renderMs, renderSpread } from '../statistics.ts'
import { wallMsOf } from '../wall-time.ts'

const GOAL_MS = 100

export const start: Measurement = {
  name: 'start',
  about: 'from the start of the executable to its first check, 10 monitors',
  async *measure(bench) {
    const times: number[] = []
    const unkept: number[] = []
    const floor: number[] = []
    for (let round = 0; round < (bench.rounds ?? 10); round++) {
      bench.note(`round ${round + 1}`)
      times.push(await timeStart(bench, []))
      unkept.push(await timeStart(bench, ['--database', NO_DATABASE]))
      floor.push(await wallMsOf([bench.programs.minitor, '--version']))
    }
    yield {
      name: 'start to first check, 10 monitors, with a new database file',
      goal: `< ${GOAL_MS} ms`,
      reached: renderSpread(times, renderMs),
      isReached: median(times) < GOAL_MS,
    }
    yield fact('… without a database file', renderSpread(unkept, renderMs))
    yield fact('… of `minitor --version`, from start to end', renderSpread(floor, renderMs))
  },
}

async function timeStart({ programs, scratch }: Bench, flags: readonly string[]): Promise<number> {
  using run = createRunDirectory(scratch)
  const directory = run.path
  const stamps = join(directory, 'stamps')
  const config = join(directory, 'start.yml')
  writeConfig(config, { count: 10, intervalSeconds: 10, command: (index) => [programs.stamp, stamps, `${index}`] })
  return await timeFirstCheck({ programs, directory, config, stamps, flags })
}
