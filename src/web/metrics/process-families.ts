import { readdirSync, readFileSync } from 'node:fs'
import type { MetricFamily } from './family.ts'

/** What every exporter tells of its own process, under the names that Prometheus gives them. Read from Linux's /proc. */
export function createProcessFamilies(): MetricFamily[] {
  const family = (name: string, help: string, type: 'counter' | 'gauge', read: () => number): MetricFamily => ({
    name: `process_${name}`,
    help,
    type,
    samples: () => {
      const value = read()
      return Number.isFinite(value) ? [{ labels: {}, value }] : []
    },
  })
  return [
    family('cpu_seconds_total', 'CPU time used, of the user and the system.', 'counter', cpuSeconds),
    family('resident_memory_bytes', 'Resident memory.', 'gauge', () => process.memoryUsage.rss()),
    family('open_fds', 'Open file descriptors.', 'gauge', openDescriptors),
    family('max_fds', 'Most file descriptors that may be open.', 'gauge', mostDescriptors),
    family('start_time_seconds', 'Start of the process, Unix time.', 'gauge', () => performance.timeOrigin / 1_000),
  ]
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/** NaN where there are none left to look with. */
function openDescriptors(): number {
  try {
    // Less the one that reads the directory.
    return readdirSync('/proc/self/fd').length - 1
  } catch {
    return Number.NaN
  }
}

function mostDescriptors(): number {
  try {
    const soft = /^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
    return Number(soft)
  } catch {
    return Number.NaN
  }
}
