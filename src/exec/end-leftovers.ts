import { isStillThere, type Sighting, scanProcesses } from './scan-processes.ts'
import { signalled } from './signal-group.ts'

const GRACE_MS = 2000
const LOOK_EVERY_MS = 50

/**
 * Ends what daemons that are dead have left running: all processes whose run id begins with one of `runPrefixes`. SIGTERM, after a
 * grace SIGKILL. Resolves to how many there were, when none is left or nothing more can be done.
 */
export async function endLeftovers(runPrefixes: readonly string[]): Promise<number> {
  const found = await findLeftovers(runPrefixes)
  for (const { pid } of found) {
    signalled(pid, 'SIGTERM')
    signalled(pid, 'SIGCONT')
  }
  const endMs = performance.now() + GRACE_MS
  while (found.some(isStillThere) && performance.now() < endMs) await Bun.sleep(LOOK_EVERY_MS)
  // What they have started since carries the same id.
  if (found.length > 0) for (const { pid } of await findLeftovers(runPrefixes)) signalled(pid, 'SIGKILL')
  return found.length
}

async function findLeftovers(runPrefixes: readonly string[]): Promise<readonly Sighting<true>[]> {
  const found: Sighting<true>[] = []
  const search = {
    sinceTicks: 0,
    ofGroup: () => undefined,
    ofRunId: (runId: string) => runPrefixes.some((prefix) => runId.startsWith(`${prefix}-`)) || undefined,
  }
  await scanProcesses<true>(search, (sighting) => found.push(sighting))
  return found
}
