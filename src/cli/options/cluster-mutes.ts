import { sendChanges } from '../../cluster/letters/change-letters.ts'
import { readRunFile } from '../../control/run-file.ts'
import { type Engine, NoLeader } from '../../core/model/cluster.ts'
import { createMask } from '../../core/text/mask.ts'
import { type HandedChange, type MuteChanges, planMutes } from '../../store/file/change-mutes.ts'
import { NotNow, UsageError } from '../terminal/outcome.ts'
import type { Place } from './context.ts'
import { withEngine } from './engine.ts'

/**
 * Has the server that leads make the changes that `work` plans on the own file. Null where this server is on its own, so
 * that the own file is the one to change. Throws UsageError if the file cannot be read, NotNow if nobody can do it now.
 */
export async function changeInCluster<Result>(
  { path, config, configPath }: Place,
  work: (changes: MuteChanges) => Result,
): Promise<{ readonly result: Result } | null> {
  const planned = planMutes(path, work)
  if (planned.kind === 'refused') throw new UsageError(planned.reason, planned.hint)
  const { result, changes } = planned
  if (changes.length === 0) return { result }
  try {
    await withEngine(config, (engine) => send(engine, changes, createMask(config.secrets)))
  } catch (error) {
    if (error instanceof NotNow && readRunFile(configPath)?.role === 'alone') return null
    throw error
  }
  return { result }
}

const TRY_AGAIN = 'try again in a few seconds; minitor nodes shows who leads'

async function send({ letters }: Engine, changes: readonly HandedChange[], mask: (text: string) => string) {
  const made = await sendChanges(letters, changes).catch((error: unknown) => {
    if (error instanceof NoLeader) throw new NotNow('nothing is changed: no server of the cluster leads now', TRY_AGAIN)
    const reason = error instanceof Error ? mask(error.message) : 'it has not answered'
    throw new NotNow(`it is not known whether it is changed: ${reason}`, 'look at minitor status, and try again')
  })
  if (made.kind === 'refused') throw new NotNow(`the server that leads cannot save it: ${mask(made.reason)}`)
}
