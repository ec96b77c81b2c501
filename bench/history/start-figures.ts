import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Figure, fact } from '../figure.ts'
import { timeFirstCheck } from '../first-check.ts'
import { writeHistoryConfig } from '../history.ts'
import { dropFromCache } from '../page-cache.ts'
import { median, renderMs, renderSpread } from '../statistics.ts'
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
  yield {
    name: 'start to first check on that database',
    goal: `< ${GOAL_MS} ms`,
    reached: renderSpread(warm, renderMs),
    isReached: median(warm) < GOAL_MS,
  }
  yield fact('… with the file and the executable not in the page cache', renderSpread(cold, renderMs))
}

async function timeStart({ bench, directory, config }: Subject, newcomer: string): Promise<number> {
  const stamps = join(directory, 'start-stamps')
  const { programs } = bench
  rmSync(stamps, { force: true })
  const first = `  - { name: ${newcomer}, command: ${JSON.stringify([programs.stamp, stamps, `${NEWCOMER}`])} }`
  writeHistoryConfig(config, {
    command: (index) => [programs.stamp, stamps, `${index}`],
    before: (index) => (index === 0 ? [first] : []),
  })
  return timeFirstCheck({ programs, directory, config, stamps })
}
