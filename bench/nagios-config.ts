import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

interface NagiosLoad {
  readonly count: number
  readonly intervalSeconds: number
  /** Takes two arguments in the place of its own last two: the file of stamps and the service's number. */
  readonly stamp: string
  readonly stampFile: string
}

export interface NagiosFiles {
  readonly main: string
  readonly status: string
}

/**
 * Writes a configuration for Nagios that does nothing but run checks: no notifications, no history, no event handlers, no
 * limit on concurrency, its status written no more often than we need it. Nagios gives up root for a user of its own,
 * so its files lie in a directory that everybody may write to.
 */
export function writeNagiosConfig(
  scratch: string,
  { count, intervalSeconds, stamp, stampFile }: NagiosLoad,
): NagiosFiles {
  const directory = join(scratch, 'nagios')
  mkdirSync(directory, { recursive: true })
  chmodSync(directory, 0o777)
  const path = (name: string) => join(directory, name)
  const services = Array.from({ length: count }, (_, index) =>
    define('service', { use: 'check', service_description: `m${index}`, check_command: `stamp!${index}` }),
  )
  const objects = [
    define('command', { command_name: 'stamp', command_line: `${stamp} ${stampFile} $ARG1$` }),
    define('command', { command_name: 'nothing', command_line: '/bin/true' }),
    define('contact', {
      contact_name: 'nobody',
      host_notification_commands: 'nothing',
      service_notification_commands: 'nothing',
      host_notification_period: 'never',
      service_notification_period: 'never',
    }),
    define('timeperiod', { timeperiod_name: 'never', alias: 'never' }),
    define('timeperiod', { timeperiod_name: 'always', alias: 'always', ...everyDay('00:00-24:00') }),
    define('host', {
      host_name: 'here',
      address: '127.0.0.1',
      active_checks_enabled: 0,
      max_check_attempts: 1,
      check_period: 'never',
      contacts: 'nobody',
      notifications_enabled: 0,
    }),
    define('service', {
      name: 'check',
      register: 0,
      host_name: 'here',
      check_interval: intervalSeconds,
      retry_interval: intervalSeconds,
      max_check_attempts: 3,
      check_period: 'always',
      notification_period: 'never',
      contacts: 'nobody',
      notifications_enabled: 0,
      process_perf_data: 0,
    }),
    ...services,
  ]
  writeFileSync(path('objects.cfg'), objects.join('\n'))
  const settings = {
    cfg_file: path('objects.cfg'),
    log_file: path('nagios.log'),
    object_cache_file: path('objects.cache'),
    precached_object_file: path('objects.precache'),
    status_file: path('status.dat'),
    status_update_interval: 5,
    temp_file: path('temp'),
    temp_path: directory,
    check_result_path: directory,
    lock_file: path('lock'),
    command_file: path('commands'),
    query_socket: path('query'),
    use_syslog: 0,
    log_initial_states: 0,
    log_passive_checks: 0,
    check_external_commands: 0,
    interval_length: 1,
    max_concurrent_checks: 0,
    // In minutes: nearest to one interval that can be said.
    max_service_check_spread: 1,
    service_inter_check_delay_method: intervalSeconds / count,
    service_interleave_factor: 1,
    auto_reschedule_checks: 0,
    enable_notifications: 0,
    enable_event_handlers: 0,
    enable_flap_detection: 0,
    execute_host_checks: 0,
    process_performance_data: 0,
    retain_state_information: 0,
    enable_environment_macros: 0,
    use_large_installation_tweaks: 1,
    check_for_orphaned_services: 0,
    check_service_freshness: 0,
    check_for_updates: 0,
    illegal_macro_output_chars: '`~$&|<>',
  }
  writeFileSync(path('nagios.cfg'), pairs(settings, '=').join('\n'))
  return { main: path('nagios.cfg'), status: path('status.dat') }
}

const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']

function everyDay(hours: string): Values {
  return Object.fromEntries(DAYS.map((day) => [day, hours]))
}

type Values = Readonly<Record<string, string | number>>

function define(type: string, values: Values): string {
  return `define ${type} {\n${pairs(values, ' ').join('\n')}\n}`
}

function pairs(values: Values, between: string): string[] {
  return Object.entries(values).map(([name, value]) => `${name}${between}${value}`)
}
