import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { keepReminders } from '../../test/support/reminders.ts'
import { type Bench, below, fact, type Measurement } from '../measurement.ts'
import { startMinitor, timeFirstCheck } from '../minitor.ts'
import { createGround, type Ground } from '../scratch.ts'
import { countStamps, stamping } from '../stamps.ts'
import { median, renderMb, renderMs, renderSpread } from '../statistics.ts'

/** Three days of reminders, one every 30 s. */
const REMINDERS = 8640
const OUTPUT_BYTES = 49_000
const GOAL_MS = 300
const GOAL_RESIDENT_BYTES = 100e6
const GOAL_FILE_BYTES = 60e6
const START_LIMIT_MS = 30_000

export const reminders: Measurement = {
  name: 'reminders',
  about: 'a start on an open incident with 8,640 reminders of 49 KB (fault J11), and on a new file',
  async *measure(bench) {
    using kept = createGround(bench.scratch)
    const database = join(kept.directory, 'minitor.db')
    bench.note('writing the reminders')
    await keepReminders(database, REMINDERS, OUTPUT_BYTES)
    const times: number[] = []
    const others: number[] = []
    const peaks: number[] = []
    for (let round = 0; round < (bench.rounds ?? 7); round++) {
      bench.note(`round ${round + 1}`)
      times.push(await timeStart(bench, database))
      others.push(await timeStart(bench, null))
      peaks.push(await peakOfStart(bench, database))
    }
    yield below(GOAL_MS, 'start to first check, 8,640 reminders of 49 KB', times)
    yield fact('… with a new file', renderSpread(others, renderMs))
    yield bytesBelow(GOAL_RESIDENT_BYTES, '… resident memory, at its highest', peaks)
    yield bytesBelow(GOAL_FILE_BYTES, '… size of the file', [statSync(database).size])
  },
}

function bytesBelow(goal: number, name: string, values: readonly number[]) {
  const isReached = median(values) < goal
  return { name, goal: `< ${renderMb(goal)}`, reached: renderSpread(values, renderMb), isReached }
}

async function timeStart({ programs, scratch }: Bench, database: string | null): Promise<number> {
  using ground = createGround(scratch)
  prepare(ground, stamping(programs.stamp, ground.stamps)(0), database)
  return await timeFirstCheck(programs, ground)
}

async function peakOfStart({ programs, scratch }: Bench, database: string): Promise<number> {
  using ground = createGround(scratch)
  const { config, directory, stamps } = ground
  prepare(ground, stamping(programs.stamp, stamps)(0), database)
  await using minitor = await startMinitor({ minitor: programs.minitor, config, directory })
  await minitor.until('the first check', START_LIMIT_MS, () => countStamps(stamps) > 0)
  const status = readFileSync(`/proc/${minitor.pid}/status`, 'utf8')
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) * 1024
}

/** A monitor that was never checked, which is checked at once, beside the one with the reminders. */
function prepare({ config, directory }: Ground, command: readonly string[], database: string | null): void {
  const monitors = [
    `  - { name: new, command: ${JSON.stringify(command)} }`,
    '  - { name: web, command: ["false"], check_interval: 1h }',
  ]
  writeFileSync(config, ['monitors:', ...monitors, ''].join('\n'))
  if (database !== null) copyFileSync(database, join(directory, 'minitor.db'))
}
