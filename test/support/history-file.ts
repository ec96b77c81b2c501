import { startTicksOf } from '../../src/control/run-file.ts'
import { measuredIn } from '../../src/core/model/perfdata.ts'
import type { Change } from '../../src/core/model/ports.ts'
import { PENDING } from '../../src/core/model/state.ts'
import type { CheckResult, MonitorState, Quiet } from '../../src/core/model/types.ts'
import { excerpt } from '../../src/core/text/cut.ts'
import { openDatabaseFile } from '../../src/store/file/database-file.ts'
import type { Write } from '../../src/store/tables/apply-writes.ts'
import { aChange } from './samples.ts'

interface Told {
  readonly check?: Partial<CheckResult>
  readonly state?: Partial<MonitorState>
  readonly quiet?: Quiet
  readonly alerts?: string[]
  readonly planned?: Change['planned']
  readonly maintenanceUntilMs?: number | null
}

/** A check that passed, of a monitor that is up. */
export function passed(monitor: string, atMs: number, told: Told = {}): Write {
  const state = { ...PENDING, status: 'up', lastCheckAtMs: atMs, lastSuccessAtMs: atMs, ...told.state } as const
  const check = { outcome: 'passed', exitCode: 0, reason: 'exit code 0', output: 'fine\n', ...told.check } as const
  return write(monitor, atMs, { ...told, check, state })
}

/** A check that failed with exit code 7; it opens an incident of an outage that began then, if `state` says no other. */
export function failed(monitor: string, atMs: number, told: Told = {}): Write {
  const check = { exitCode: 7, reason: 'exit code 7', output: 'refused\n', ...told.check }
  return write(monitor, atMs, { ...told, check, state: { lastCheckAtMs: atMs, ...told.state } })
}

/** A time in which nobody watched any monitor. */
export function unwatched(fromMs: number, toMs: number): Write {
  return { kind: 'unwatched', unwatched: { fromMs, toMs } }
}

function write(
  monitor: string,
  atMs: number,
  { check = {}, state = {}, quiet = '', alerts = [], planned = [], maintenanceUntilMs = null }: Told,
): Write {
  const change: Change = aChange(monitor, atMs, {
    quiet,
    alerts,
    check: { ...check, output: excerpt(check.output ?? '', 4096) } as CheckResult,
    state: state as MonitorState,
    keepsOutput: check.outcome !== 'passed',
    planned,
    maintenanceUntilMs,
    measured: measuredIn(check.output ?? ''),
  })
  return { kind: 'check', change }
}

interface Kept {
  /** When the daemon was last known to watch. */
  readonly aliveAtMs: number
  /** Whether it still runs: this process stands for it. */
  readonly isWatching?: boolean
}

/** Keeps all that in a file as a daemon does, which has let go of it since. */
export function keepHistory(path: string, writes: readonly Write[], { aliveAtMs, isWatching = true }: Kept): void {
  const own = { pid: process.pid, startTicks: startTicksOf(process.pid) ?? '' }
  const holder = isWatching ? own : { pid: 4_194_304, startTicks: '1' }
  const file = openDatabaseFile(path, holder, aliveAtMs)
  if (file.kind === 'refused') throw new Error(file.reason)
  file.apply(writes, aliveAtMs)
  file.close()
}
