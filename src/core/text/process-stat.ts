/** What the kernel says of a process. `startTicks` (clock ticks since boot) tells it from a later one with its number. */
export interface ProcessStat {
  /** `Z` is a zombie: it has ended and only its exit code is left; `D` cannot be interrupted. */
  readonly state: string
  readonly group: number
  readonly threadCount: number
  readonly startTicks: number
}

/** Reads the text of /proc/PID/stat. */
export function parseProcessStat(text: string): ProcessStat {
  // The name in parentheses may itself hold spaces and parentheses; the fields are counted from its end.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return {
    state: fields[0] ?? '',
    group: Number(fields[2]),
    threadCount: Number(fields[17]),
    startTicks: Number(fields[19]),
  }
}

/** Whether the process has ended and only its exit code is left. */
export function isOver({ state }: ProcessStat): boolean {
  return state === 'Z' || state === 'X'
}
