import { readdirSync, readFileSync } from 'node:fs'
import { oneValue } from '../../core/model/metric.ts'

/** What every exporter says of its own process, under the names that Prometheus gives them. Read from Linux's /proc. */
export const processFamilies = [
  oneValue('counter', 'process_cpu_seconds_total', 'CPU time used, of the user and the system.', cpuSeconds),
  oneValue('gauge', 'process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss()),
  oneValue('gauge', 'process_open_fds', 'Open file descriptors.', openDescriptors),
  oneValue('gauge', 'process_max_fds', 'Most file descriptors that may be open.', mostDescriptors),
  oneValue(
    'gauge',
    'process_start_time_seconds',
    'Start of the process, Unix time.',
    () => performance.timeOrigin / 1000,
  ),
]

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/** NaN if there are none left to read the directory with. */
function openDescriptors(): number {
  try {
    // Minus the one that reads the directory.
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
