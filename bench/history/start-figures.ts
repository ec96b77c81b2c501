import { rmSync } from 'node:fs'
import { dropFromCache } from '../disk.ts'
import { writeHistoryConfig } from '../history.ts'
import { below, type Figure, fact } from '../measurement.ts'
import { timeFirstCheck } from '../minitor.ts'
import { stamping } from '../stamps.ts'
import { renderMs, renderSpread } from '../statistics.ts'
import type { Subject } from './subject.ts'

const GOAL_MS = 300
const NEWCOMER = 500_000

/**
 * From the start of the executable to its first check. Monitors that were checked a moment ago wait for their slot, so in
 * each round there is a new one, which is checked as soon as anything is.
 */
export async function* startFigures(subject: Subject): AsyncGenerator<Figure> {
  const warm: number[] = []
  const cold: number[] = []
  for (let round = 0; round < (subject.bench.rounds ?? 7); round++) {
    subject.bench.note(`start, round ${round + 1}`)
    warm.push(await timeStart(subject, `warm-${round}`))
    dropFromCache([subject.bench.programs.minitor, subject.database])
    cold.push(await timeStart(subject, `cold-${round}`))
  }
  yield below(GOAL_MS, 'start to first check on that database', warm)
  yield fact('… with the file and the executable not in the page cache', renderSpread(cold, renderMs))
}

async function timeStart(subject: Subject, newcomer: string): Promise<number> {
  const { config, stamps } = subject
  const { programs } = subject.bench
  rmSync(stamps, { force: true })
  const first = `  - { name: ${newcomer}, command: ${JSON.stringify([programs.stamp, stamps, `${NEWCOMER}`])} }`
  writeHistoryConfig(config, {
    command: stamping(programs.stamp, stamps),
    before: (index) => (index === 0 ? [first] : []),
  })
  return timeFirstCheck(programs, subject)
}
