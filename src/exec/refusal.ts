import type { CommandRun } from '../core/model/ports.ts'
import type { Ending } from '../core/model/types.ts'
import { errnoCode, isExhaustion } from './errno-code.ts'
import { explainNotStarted } from './not-started.ts'

/** Why a command did not start. Without `hasPipe` not even its pipe could be made. */
export interface Refusal {
  readonly error: unknown
  readonly hasPipe: boolean
}

/** Whose fault it was: the user's (`not_started`) or Minitor's own (`void`). `path` is the inherited PATH. */
export function endingOfRefusal({ error, hasPipe }: Refusal, request: CommandRun, path: string): Ending {
  const [program] = request.command
  const isExhausted = isExhaustion(error) || errnoCode(error) === 'ETXTBSY'
  if (isExhausted || !hasPipe) {
    const cause = error instanceof Error ? error.message : String(error)
    return { kind: 'void', reason: `Minitor could not start "${program}": ${cause}`, isExhausted }
  }
  const { workingDirectory, env } = request
  return {
    kind: 'not_started',
    reason: explainNotStarted(error, { program, workingDirectory, path: env.PATH ?? path }),
  }
}
