import { untold } from './untold.ts'
import type { World } from './world.ts'

/** Judges a world that has come to rest: everything must have been delivered, and must be in the file. */
export function judgeEnd(world: World): void {
  const { accuse, engine, config, state } = world
  if (engine === null) {
    accuse('Minitor runs in the end', 'it does not')
    return
  }
  if (engine.pendingDeliveries > 0) accuse('nothing is pending in the end', `${engine.pendingDeliveries} are`)
  for (const { name, isEnabled } of config.monitors) {
    const known = state.known.get(name)
    if (!isEnabled || (known?.status === 'up' && known.flapping === null)) continue
    accuse('all is up in the end', `${name} is ${known?.flapping == null ? known?.status : 'flapping'}`)
  }
  for (const fault of untold(world.telling)) accuse('everything is told in the end', fault)
  world.compareFile()
  judgeFile(world)
}

function judgeFile(world: World): void {
  const { accuse, disk } = world
  disk.change((database) => {
    const ask = <Row>(sql: string) => database.query<Row, []>(sql).all()
    for (const { integrity_check: finding } of ask<{ integrity_check: string }>('PRAGMA integrity_check')) {
      if (finding !== 'ok') accuse('the file is sound', finding)
    }
    for (const { id } of ask<{ id: string }>('SELECT id FROM incidents WHERE ended_at_ms IS NULL')) {
      accuse('no incident is open in the end', id)
    }
  })
}
