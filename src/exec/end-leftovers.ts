import { type FoundProcess, isStillThere, scanProcesses } from './scan-processes.ts'
import { signalled } from './signal-group.ts'

const GRACE_MS = 2000
const PACE_MS = 50

/**
 * Ends what dead daemons left running: all processes whose run id begins with one of `runPrefixes`, by SIGTERM and after
 * a grace SIGKILL. Resolves to how many there were, when none is left or nothing more can be done.
 */
export async function endLeftovers(runPrefixes: readonly string[]): Promise<number> {
  const found = await findLeftovers(runPrefixes)
  for (const { pid } of found) {
    signalled(pid, 'SIGTERM')
    signalled(pid, 'SIGCONT')
  }
  const endMs = performance.now() + GRACE_MS
  while (found.some(isStillThere) && performance.now() < endMs) await Bun.sleep(PACE_MS)
  // What they have started since has the same run id.
  if (found.length > 0) for (const { pid } of await findLeftovers(runPrefixes)) signalled(pid, 'SIGKILL')
  return found.length
}

async function findLeftovers(runPrefixes: readonly string[]): Promise<readonly FoundProcess<true>[]> {
  const found: FoundProcess<true>[] = []
  const search = {
    sinceTicks: 0,
    ofGroup: () => undefined,
    ofRunId: (runId: string) => runPrefixes.some((prefix) => runId.startsWith(`${prefix}-`)) || undefined,
  }
  await scanProcesses<true>(search, (one) => found.push(one))
  return found
}
