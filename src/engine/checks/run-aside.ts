import type { Runner } from '../../core/model/ports.ts'
import type { Command, Ending, Run } from '../../core/model/types.ts'

interface Aside {
  readonly command: Command
  readonly timeoutMs: number
  readonly env?: Readonly<Record<string, string>>
}

/** Makes the function that runs a command which is neither a check nor an alert. */
export function createRunAside(runner: Runner, nextRunId: () => string): (aside: Aside) => Promise<Run> {
  return ({ command, timeoutMs, env = {} }) =>
    runner.run({ command, env, workingDirectory: null, timeoutMs, runId: nextRunId(), input: null })
}

export function isFine(ending: Ending): boolean {
  return ending.kind === 'exited' && ending.exitCode === 0
}
