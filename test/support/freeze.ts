import { readdirSync, readFileSync } from 'node:fs'
import { EVENT_LIMIT_MS } from './pace.ts'

/** SIGSTOP; returns when nothing of the process runs any more, which takes a while on a busy machine. */
export function freeze(pid: number | undefined): void {
  if (pid === undefined) throw new Error('no process')
  process.kill(pid, 'SIGSTOP')
  const endMs = performance.now() + EVENT_LIMIT_MS
  while (readdirSync(`/proc/${pid}/task`).some((thread) => !isStopped(`/proc/${pid}/task/${thread}/stat`))) {
    if (performance.now() > endMs) throw new Error(`process ${pid} does not stop`)
    Bun.sleepSync(1)
  }
}

/** Whether the thread is stopped, or gone. */
function isStopped(statFile: string): boolean {
  try {
    const stat = readFileSync(statFile, 'latin1')
    return 'TtZX'.includes(stat[stat.lastIndexOf(')') + 2] ?? '')
  } catch {
    return true
  }
}
