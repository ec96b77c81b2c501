import { errnoCode } from './errno-code.ts'

/** The process group a command leads. Its number is the leader's process id. */
export interface ProcessGroup {
  readonly id: number
  /** Once it is, the number belongs to the group only as long as a member is left. */
  readonly isLeaderReaped: boolean
}

/** Sends a signal, or only asks with 0; returns whether a process was there to receive it. Never hits another group. */
export function signalGroup(group: ProcessGroup, signal: NodeJS.Signals | 0): boolean {
  // A number is given to a new process only if neither a process nor a group has it. Once the leader is reaped, a
  // process with its number is therefore a new one, and so is the group.
  if (group.isLeaderReaped && signalled(group.id, 0)) return false
  return signalled(-group.id, signal)
}

/** Whether a process was there; one that we may not signal is there, too. */
export function signalled(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(target, signal)
    return true
  } catch (error) {
    return errnoCode(error) === 'EPERM'
  }
}
