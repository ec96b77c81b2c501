import type { DaemonProcess } from '../support/daemon-process.ts'

/**
 * Shell text that notes when a check began, in the machine's uptime, which no change of the clock touches. It starts
 * no process of its own.
 */
export const NOTE_START = 'read -r up rest </proc/uptime; echo "$up $MINITOR_MONITOR_NAME" >>starts'

export interface Start {
  readonly monitor: string
  /** Milliseconds of uptime, to ten. */
  readonly atMs: number
}

/** What `NOTE_START` has noted so far, oldest first. */
export function startsOf(daemon: DaemonProcess): Start[] {
  return daemon
    .read('starts')
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [up = '', ...name] = line.split(' ')
      return { monitor: name.join(' '), atMs: Number(up) * 1000 }
    })
    .toSorted((one, other) => one.atMs - other.atMs)
}

/** The greatest number of starts within any window of that length. */
export function busiest(starts: readonly Start[], windowMs: number): number {
  let first = 0
  return Math.max(
    0,
    ...starts.map(({ atMs }, index) => {
      while (atMs - (starts[first]?.atMs ?? atMs) >= windowMs) first++
      return index - first + 1
    }),
  )
}

/** The machine's uptime now, in milliseconds. */
export async function uptimeMs(): Promise<number> {
  return Number((await Bun.file('/proc/uptime').text()).split(' ')[0]) * 1000
}
