import { Database } from 'bun:sqlite'
import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Figure, fact } from '../measurement.ts'
import { renderCount, renderMb } from '../statistics.ts'
import type { Subject } from './subject.ts'

const GOAL_BYTES = 400e6

/** As the file is after a stop; and packed, which shows how much of it is room between rows. */
export function* sizeFigures({ directory, database: path }: Subject): Generator<Figure> {
  const { size } = statSync(path)
  const database = new Database(path, { readonly: true })
  const packed = join(directory, 'packed.db')
  database.run('VACUUM INTO ?', [packed])
  const [checks, rollUps] = ['checks', 'roll_ups'].map((table) => {
    const { count, bytes } = database
      .query<{ count: number; bytes: number }, [string]>(
        `SELECT (SELECT count(*) FROM ${table}) AS count, sum(pgsize) AS bytes FROM dbstat WHERE name = ?`,
      )
      .get(table) ?? { count: 0, bytes: 0 }
    return `${renderCount(count)} rows, ${renderMb(bytes)}, ${(bytes / count).toFixed(1)} bytes a row`
  })
  yield {
    name: 'database of 200 monitors every 30 s after a year',
    goal: `< ${renderMb(GOAL_BYTES)}`,
    reached: renderMb(size),
    isReached: size < GOAL_BYTES,
  }
  yield fact('… packed by VACUUM', renderMb(statSync(packed).size))
  yield fact('… checks', checks ?? '')
  yield fact('… roll-ups', rollUps ?? '')
  database.close()
  rmSync(packed)
}
