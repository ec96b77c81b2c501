import type { Telemetry } from '../../core/model/ports.ts'
import { mostDescriptors, openDescriptors } from '../http/descriptors.ts'
import type { Faults } from '../http/faults.ts'
import type { MetricFamily } from './family.ts'

/** What Minitor tells of itself, one value each. */
export function createDaemonFamilies(
  telemetry: Telemetry,
  faults: Pick<Faults, 'count'>,
  version: string,
): MetricFamily[] {
  return [
    {
      name: 'minitor_checks_running',
      help: 'Checks that run at this moment.',
      type: 'gauge',
      samples: () => one(telemetry.runningChecks),
    },
    {
      name: 'minitor_checks_waiting',
      help: 'Checks that are due and wait for a free slot.',
      type: 'gauge',
      samples: () => one(telemetry.waitingChecks),
    },
    {
      name: 'minitor_schedule_lag_seconds',
      help: 'How late checks start.',
      type: 'gauge',
      samples: () => one(telemetry.lagMs / 1_000),
    },
    {
      name: 'minitor_deliveries_pending',
      help: 'Deliveries that are not done yet.',
      type: 'gauge',
      samples: () => one(telemetry.pendingDeliveries),
    },
    {
      name: 'minitor_deliveries_failed_total',
      help: 'Deliveries that reached nobody in the end.',
      type: 'counter',
      samples: () => one(telemetry.failedDeliveries),
    },
    {
      name: 'minitor_unkillable_processes',
      help: 'Processes of checks that are still there after SIGKILL.',
      type: 'gauge',
      samples: () => one(telemetry.unkillableProcesses),
    },
    {
      name: 'minitor_config_last_reload_successful',
      help: 'Whether the last reload of the configuration took (1) or not (0).',
      type: 'gauge',
      samples: () => one(telemetry.isLastReloadOk ? 1 : 0),
    },
    {
      name: 'minitor_http_errors_total',
      help: 'Requests that a bug in Minitor has made fail.',
      type: 'counter',
      samples: () => one(faults.count),
    },
    {
      name: 'minitor_healthy',
      help: 'Whether Minitor itself is healthy (1) or not (0); /healthz says why not.',
      type: 'gauge',
      samples: () => one(telemetry.troubles().length === 0 ? 1 : 0),
    },
    {
      name: 'minitor_build_info',
      help: 'Always 1; the version is in the label.',
      type: 'gauge',
      samples: () => [{ labels: { version }, value: 1 }],
    },
  ]
}

function one(value: number) {
  return [{ labels: {}, value }]
}

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
