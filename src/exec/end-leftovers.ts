import { type FoundProcess, isStillThere, scanProcesses } from './scan-processes.ts'
import { signalled } from './signal-group.ts'

const GRACE_MS = 2000
const PACE_MS = 50

/**
 * Ends all processes of these runs, which a dead daemon left running, by SIGTERM and after a grace SIGKILL. Resolves to
 * how many there were, when none is left or nothing more can be done.
 */
export async function endLeftovers(runIds: ReadonlySet<string>): Promise<number> {
  const found = await findLeftovers(runIds)
  for (const { pid } of found) {
    signalled(pid, 'SIGTERM')
    signalled(pid, 'SIGCONT')
  }
  const endMs = performance.now() + GRACE_MS
  while (found.some(isStillThere) && performance.now() < endMs) await Bun.sleep(PACE_MS)
  // Processes that they have started since have the same run id.
  if (found.length > 0) for (const { pid } of await findLeftovers(runIds)) signalled(pid, 'SIGKILL')
  return found.length
}

async function findLeftovers(runIds: ReadonlySet<string>): Promise<readonly FoundProcess<true>[]> {
  const found: FoundProcess<true>[] = []
  const search = {
    sinceTicks: 0,
    ofGroup: () => undefined,
    ofRunId: (runId: string) => runIds.has(runId) || undefined,
  }
  await scanProcesses<true>(search, (one) => found.push(one))
  return found
}
