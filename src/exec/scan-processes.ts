import { readdirSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'

/** A run whose processes are looked for. */
export interface Quarry {
  readonly runId: string
  readonly group: number
  /** Start of the run's first process; none of its processes is older. */
  readonly startTicks: number
}

export interface Sighting<Found = Quarry> {
  readonly quarry: Found
  readonly pid: number
  readonly startTicks: number
  readonly isInGroup: boolean
}

/** Whether the process that was seen has not ended since. */
export function isStillThere({ pid, startTicks }: Pick<Sighting, 'pid' | 'startTicks'>): boolean {
  const stat = readProcessStat(pid)
  return stat !== null && stat.startTicks === startTicks && !isOver(stat)
}

// Long enough to get on, short enough that no check is started noticeably late because of it.
const SLICE_MS = 2

/** How a process is told to belong to a run. */
export interface Search<Found> {
  /** No process that is looked for is older. */
  readonly sinceTicks: number
  ofGroup(group: number): Found | undefined
  ofRunId(runId: string): Found | undefined
}

/** Looks for these runs. Pure. */
export function searchFor(quarries: readonly Quarry[]): Search<Quarry> {
  const byGroup = new Map(quarries.map((quarry) => [quarry.group, quarry]))
  const byRunId = new Map(quarries.map((quarry) => [quarry.runId, quarry]))
  return {
    sinceTicks: Math.min(...quarries.map((quarry) => quarry.startTicks)),
    ofGroup: (group) => byGroup.get(group),
    ofRunId: (runId) => byRunId.get(runId),
  }
}

/**
 * Looks through all processes for those that belong to one of the runs: by their group, or by the run id they carry.
 * Calls `onSighting` at the very moment one is seen. The event loop gets its turn every few milliseconds.
 */
export async function scanProcesses<Found>(
  { sinceTicks, ofGroup, ofRunId }: Search<Found>,
  onSighting: (sighting: Sighting<Found>) => void,
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
      onSighting({ quarry: leftBehind, pid, startTicks: stat.startTicks, isInGroup: true })
      continue
    }
    // Reading the environment of a process that cannot be interrupted may take as long as that lasts.
    if (stat.state === 'D') continue
    // With several threads one of them may be in that state unseen: then the event loop must not be the one to wait.
    const environ = `/proc/${pid}/environ`
    const bytes = stat.threadCount === 1 ? readOrNull(environ) : await readFile(environ).catch(() => null)
    const quarry = bytes === null ? undefined : ofRunId(runIdOf(bytes))
    // The number may have passed to another process while its environment was read.
    if (quarry === undefined || readProcessStat(pid)?.startTicks !== stat.startTicks) continue
    onSighting({ quarry, pid, startTicks: stat.startTicks, isInGroup: false })
  }
}

/** Null for a process that has ended meanwhile, or that belongs to somebody whose processes we could not end either. */
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

/** What the kernel says of a process. `startTicks` (clock ticks since boot) tells it from a later one with its number. */
export interface ProcessStat {
  /** `Z` is a zombie: it has ended and only its exit code is left; `D` cannot be interrupted. */
  readonly state: string
  readonly group: number
  readonly threadCount: number
  readonly startTicks: number
}

/** Reads /proc/PID/stat, which never waits for the process; null when there is no such process. */
export function readProcessStat(pid: number | string): ProcessStat | null {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch {
    return null
  }
  // The name in parentheses may itself hold spaces and parentheses; the fields are counted from its end.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return {
    state: fields[0] ?? '',
    group: Number(fields[2]),
    threadCount: Number(fields[17]),
    startTicks: Number(fields[19]),
  }
}

/** Whether the process has ended and only its exit code is left. Pure. */
export function isOver(stat: ProcessStat): boolean {
  return stat.state === 'Z' || stat.state === 'X'
}
