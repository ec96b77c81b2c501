import { describeDisk } from '../disk.ts'
import { keepingFigures } from '../history/keeping-figures.ts'
import { sizeFigures } from '../history/size-figures.ts'
import { startFigures } from '../history/start-figures.ts'
import type { Subject } from '../history/subject.ts'
import { uptimeFigures } from '../history/uptime-figures.ts'
import { workFigures } from '../history/work-figures.ts'
import { loadHistoryConfig, writeHistory, writeHistoryConfig } from '../history.ts'
import type { Measurement } from '../measurement.ts'
import { createGround } from '../scratch.ts'
import { renderMs } from '../statistics.ts'

/**
 * Whether anybody has to wait for a database that a year has filled: 200 monitors every 30 s, with default retention. The
 * file is made once, by the store's own code; each figure goes on with what the one before has left.
 */
export const history: Measurement = {
  name: 'history',
  about: 'the database of 200 monitors after a year: its size, a start on it, status, uptime, removal',
  async *measure(bench) {
    yield describeDisk(bench.scratch)
    using ground = createGround(bench.scratch)
    writeHistoryConfig(ground.config, { command: () => ['true'] })
    const config = loadHistoryConfig(ground.config)
    const beganMs = performance.now()
    await writeHistory(config, bench.note)
    bench.note(`written in ${renderMs(performance.now() - beganMs)}`)
    const subject: Subject = { bench, ...ground, database: config.database }
    yield* sizeFigures(subject)
    yield* uptimeFigures(subject)
    yield* startFigures(subject)
    yield* workFigures(subject)
    yield* keepingFigures(subject, config)
  },
}
