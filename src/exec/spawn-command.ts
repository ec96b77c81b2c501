import type { CommandRun } from '../core/model/ports.ts'
import type { Ending } from '../core/model/types.ts'
import { cleanArguments, cleanEnvironment } from './clean-text.ts'

/**
 * Starts a command as leader of its own session and group, both of its outputs in `outputFd`. `onEnd` is called once
 * its own process has ended and was reaped, possibly before this returns. Throws what the system says when it refuses.
 */
export function spawnCommand(
  request: CommandRun,
  inherited: Readonly<Record<string, string>>,
  descriptors: { readonly inputFd: number | null; readonly outputFd: number },
  onEnd: (ending: Ending) => void,
): Bun.Subprocess {
  const { workingDirectory, input } = request
  const { inputFd, outputFd } = descriptors
  return Bun.spawn(cleanArguments(request.command), {
    stdin: inputFd ?? (input === null ? 'ignore' : Buffer.from(input)),
    stdout: outputFd,
    stderr: outputFd,
    env: { ...inherited, ...cleanEnvironment(request.env), MINITOR_RUN_ID: request.runId },
    ...(workingDirectory === null ? null : { cwd: workingDirectory }),
    detached: true,
    onExit: (_child, exitCode, signal, error) => onEnd(endingOf(exitCode, signal, error)),
  })
}

function endingOf(exitCode: number | null, signal: string | number | null, error: Error | undefined): Ending {
  if (exitCode !== null) return { kind: 'exited', exitCode }
  // Real-time signals have no name here, only a number.
  if (signal !== null) return { kind: 'signaled', signal: typeof signal === 'number' ? `SIG${signal}` : signal }
  return {
    kind: 'void',
    reason: `the command's exit code was lost: ${error?.message ?? 'unknown'}`,
    isExhausted: false,
  }
}
