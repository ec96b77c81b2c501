import type { Witness } from './witness.ts'

/** Sees everything and judges nothing: writes down what happened, a line each. */
export function createChronicle(note: (line: string) => void): Witness {
  return {
    committed: ({ check, state: { status }, notifications, quiet }) =>
      note(
        `${check.monitor} ${check.outcome}, ${status} ${notifications.map(({ id, kind }) => `${kind} ${id}`)}${quiet}`,
      ),
    settled: ({ id, status, attemptCount }) => note(`delivery ${id} ${status} after ${attemptCount}`),
    checkStarted: ({ env, runId }) => note(`check ${env.MINITOR_MONITOR_NAME} ${runId}`),
    alertStarted: ({ command, runId }) => note(`${command[0]} ${runId}`),
    alertEnded: ({ command }, { kind }) => note(`${command[0]} ${kind}`),
    guardEnded: (_, ending) => note(`guard ${ending.kind === 'exited' ? ending.exitCode : ending.kind}`),
    applied: (writes) => note(`kept ${writes.map(({ kind }) => kind)}`),
    lostFile: () => note('the file is lost'),
    logged: (level, message) => note(`${level}: ${message}`),
  }
}
