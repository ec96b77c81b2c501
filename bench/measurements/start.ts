import { wallMsOf } from '../child.ts'
import { type Bench, below, fact, type Measurement } from '../measurement.ts'
import { NO_DATABASE, timeFirstCheck, writeConfig } from '../minitor.ts'
import { createGround } from '../scratch.ts'
import { stamping } from '../stamps.ts'
import { renderMs, renderSpread } from '../statistics.ts'

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
      times.push(await timeStart(bench))
      unkept.push(await timeStart(bench, NO_DATABASE))
      floor.push(await wallMsOf([bench.programs.minitor, '--version']))
    }
    yield below(GOAL_MS, 'start to first check, 10 monitors, with a new database file', times)
    yield fact('… without a database file', renderSpread(unkept, renderMs))
    yield fact('… of `minitor --version`, from start to end', renderSpread(floor, renderMs))
  },
}

async function timeStart({ programs, scratch }: Bench, database?: string): Promise<number> {
  using ground = createGround(scratch)
  const command = stamping(programs.stamp, ground.stamps)
  writeConfig(ground.config, { count: 10, intervalSeconds: 10, command })
  return await timeFirstCheck(programs, ground, database)
}
