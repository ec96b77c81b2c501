import { isStillThere, type Sighting, scanProcesses } from './scan-processes.ts'
import { signalled } from './signal-group.ts'

const GRACE_MS = 2000
const LOOK_EVERY_MS = 50

/**
 * Ends what a daemon that is dead has left running: all processes whose run id begins with `runPrefix`. SIGTERM, after a
 * grace SIGKILL. Resolves to how many there were, when none is left or nothing more can be done.
 */
export async function endLeftovers(runPrefix: string): Promise<number> {
  const found = await findLeftovers(runPrefix)
  for (const { pid } of found) {
    signalled(pid, 'SIGTERM')
    signalled(pid, 'SIGCONT')
  }
  const endMs = performance.now() + GRACE_MS
  while (found.some(isStillThere) && performance.now() < endMs) await Bun.sleep(LOOK_EVERY_MS)
  // What they have started since carries the same id.
  if (found.length > 0) for (const { pid } of await findLeftovers(runPrefix)) signalled(pid, 'SIGKILL')
  return found.length
}

async function findLeftovers(runPrefix: string): Promise<readonly Sighting<true>[]> {
  const found: Sighting<true>[] = []
  const search = {
    sinceTicks: 0,
    ofGroup: () => undefined,
    ofRunId: (runId: string) => runId.startsWith(`${runPrefix}-`) || undefined,
  }
  await scanProcesses<true>(search, (sighting) => found.push(sighting))
  return found
}
