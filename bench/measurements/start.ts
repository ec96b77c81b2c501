import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { startChild } from '../child.ts'
import { fact } from '../figure.ts'
import type { Bench, Measurement } from '../measurement.ts'
import { writeConfig } from '../minitor.ts'
import { countStamps, readStamps } from '../stamps.ts'
import { median, renderMs, renderSpread } from '../statistics.ts'
import { waitFor } from '../waiting.ts'
import { wallMsOf } from '../wall-time.ts'

const GOAL_MS = 100
const LIMIT_MS = 30_000
/** The number that the launcher stamps with; the checks have those from 0. */
const LAUNCH = 999

export const start: Measurement = {
  name: 'start',
  about: 'from the start of the executable to its first check, 10 monitors',
  async *measure(bench) {
    const times: number[] = []
    const floor: number[] = []
    for (let round = 0; round < (bench.rounds ?? 10); round++) {
      bench.note(`round ${round + 1}`)
      times.push(await timeFirstCheck(bench))
      floor.push(await wallMsOf([bench.programs.minitor, '--version']))
    }
    yield {
      name: 'start to first check, 10 monitors',
      goal: `< ${GOAL_MS} ms`,
      reached: renderSpread(times, renderMs),
      isReached: median(times) < GOAL_MS,
    }
    yield fact('… of `minitor --version`, from start to end', renderSpread(floor, renderMs))
  },
}

/** Both ends are stamps: one by the launcher just before it becomes Minitor, one by the first check. */
async function timeFirstCheck({ programs, scratch }: Bench): Promise<number> {
  const file = join(scratch, 'stamps')
  const config = join(scratch, 'start.yml')
  rmSync(file, { force: true })
  writeConfig(config, { count: 10, intervalSeconds: 10, command: (index) => [programs.stamp, file, `${index}`] })
  await using _minitor = startChild({
    command: [programs.stamp, file, `${LAUNCH}`, programs.minitor, 'run', '-c', config],
    environment: { TMPDIR: scratch, XDG_RUNTIME_DIR: scratch },
    outputFile: join(scratch, 'minitor.log'),
  })
  await waitFor('the first check', LIMIT_MS, () => countStamps(file) >= 2)
  const [launchedMs = Number.NaN, firstMs = Number.NaN] = readStamps(file).timesMs
  return firstMs - launchedMs
}
