import { readdirSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { isOver, type ProcessStat, parseProcessStat } from '../core/text/process-stat.ts'

/** A run whose processes are to be found. */
export interface SoughtRun {
  readonly runId: string
  readonly group: number
  /** Start of the run's first process; none of its processes is older. */
  readonly startTicks: number
}

export interface FoundProcess<Found = SoughtRun> {
  readonly run: Found
  readonly pid: number
  readonly startTicks: number
  readonly isInGroup: boolean
}

/** Whether the process that was found has not ended since. */
export function isStillThere({ pid, startTicks }: Pick<FoundProcess, 'pid' | 'startTicks'>): boolean {
  const stat = readProcessStat(pid)
  return stat !== null && stat.startTicks === startTicks && !isOver(stat)
}

// Long enough to get on, short enough that no check starts noticeably late because of it.
const SLICE_MS = 2

/** Which run a process belongs to. */
export interface Search<Found> {
  /** No process that is to be found is older. */
  readonly sinceTicks: number
  ofGroup(group: number): Found | undefined
  ofRunId(runId: string): Found | undefined
}

/** Finds the processes of these runs. */
export function searchFor(runs: readonly SoughtRun[]): Search<SoughtRun> {
  const byGroup = new Map(runs.map((run) => [run.group, run]))
  const byRunId = new Map(runs.map((run) => [run.runId, run]))
  return {
    sinceTicks: Math.min(...runs.map((run) => run.startTicks)),
    ofGroup: (group) => byGroup.get(group),
    ofRunId: (runId) => byRunId.get(runId),
  }
}

/**
 * Searches all processes for those that belong to one of the runs: by their group, or by the run id in their
 * environment. Calls `onFound` at the very moment one is found. The event loop gets its turn every few milliseconds.
 */
export async function scanProcesses<Found>(
  { sinceTicks, ofGroup, ofRunId }: Search<Found>,
  onFound: (found: FoundProcess<Found>) => void,
): Promise<void> {
  let sliceEndMs = performance.now() + SLICE_MS
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    if (!Number.isInteger(pid)) continue
    if (performance.now() > sliceEndMs) {
      await new Promise((resolve) => setImmediate(resolve))
      sliceEndMs = performance.now() + SLICE_MS
    }
    const stat = readProcessStat(pid)
    if (stat === null || stat.startTicks < sinceTicks || isOver(stat)) continue
    const leftBehind = ofGroup(stat.group)
    if (leftBehind !== undefined) {
      onFound({ run: leftBehind, pid, startTicks: stat.startTicks, isInGroup: true })
      continue
    }
    // Reading the environment of a process that cannot be interrupted may take as long as that lasts.
    if (stat.state === 'D') continue
    // With several threads one of them may be in that state unseen: then the event loop must not be the one to wait.
    const environ = `/proc/${pid}/environ`
    const bytes = stat.threadCount === 1 ? readOrNull(environ) : await readFile(environ).catch(() => null)
    const run = bytes === null ? undefined : ofRunId(runIdOf(bytes))
    // The number may have passed to another process while its environment was read.
    if (run === undefined || readProcessStat(pid)?.startTicks !== stat.startTicks) continue
    onFound({ run, pid, startTicks: stat.startTicks, isInGroup: false })
  }
}

/** Null for a process that has ended meanwhile, or that belongs to a user whose processes we could not end either. */
function readOrNull(path: string): Buffer | null {
  try {
    return readFileSync(path)
  } catch {
    return null
  }
}

const ENTRY = Buffer.from('MINITOR_RUN_ID=')

function runIdOf(environment: Buffer): string {
  const at = environment.indexOf(ENTRY)
  if (at === -1) return ''
  const start = at + ENTRY.length
  return environment.toString('utf8', start, environment.indexOf(0, start))
}

/** Reads /proc/PID/stat, which never waits for the process; null when there is no such process. */
export function readProcessStat(pid: number | string): ProcessStat | null {
  try {
    return parseProcessStat(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return null
  }
}
