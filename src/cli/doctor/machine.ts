import { accessSync, constants, existsSync, statfsSync } from 'node:fs'
import type { Config } from '../../core/model/config.ts'
import { named } from '../../core/text/printable.ts'
import { isTimeZone } from '../../core/text/time.ts'
import { temporaryPlaces } from '../../exec/private-directory.ts'
import { type Finding, findingsAbout, listed } from './finding.ts'
import type { Libc } from './libc.ts'
import type { Service } from './service-facts.ts'

export interface MachineFact {
  /** Null where the kernel does not say it. */
  readonly isClockSynchronised: boolean | null
  /** The program that keeps the clock right, as far as one is known to run. */
  readonly clockKeeper: string | null
  /** TZ of the service; empty without one, null where it is not known. */
  readonly timeZone: string | null
  readonly hasLocalZone: boolean
  /** Where pipes and inputs can be made, best first, and what is wrong with each. */
  readonly temporary: readonly { readonly directory: string; readonly trouble: string | null }[]
}

/** Files of programs that keep the clock right while they run, or have done so. */
const KEEPERS: readonly (readonly [name: string, file: string])[] = [
  ['systemd-timesyncd', '/run/systemd/timesync/synchronized'],
  ['chronyd', '/run/chrony/chronyd.pid'],
  ['ntpd', '/run/ntpd.pid'],
]

export function lookAtMachine({ environment, directory: own }: Service, libc: Libc | null): MachineFact {
  const temporary = environment?.TMPDIR || '/tmp'
  return {
    isClockSynchronised: libc?.isClockSynchronised() ?? null,
    clockKeeper: KEEPERS.find(([, file]) => existsSync(file))?.[0] ?? null,
    timeZone: environment === null ? null : (environment.TZ ?? ''),
    hasLocalZone: existsSync('/etc/localtime'),
    temporary: [...temporaryPlaces('pipes', temporary)].map((place) => {
      const directory = place === '.' ? own : place
      return { directory, trouble: troubleIn(directory) }
    }),
  }
}

function troubleIn(directory: string): string | null {
  try {
    accessSync(directory, constants.W_OK | constants.X_OK)
    const { bavail, files, ffree } = statfsSync(directory)
    // Some file systems do not count their inodes.
    return bavail === 0 || (files > 0 && ffree === 0) ? 'it is full' : null
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code === 'ENOENT' ? 'there is no such directory' : 'the service may not write there'
  }
}

const clock = findingsAbout('clock')
const zone = findingsAbout('time_zone')
const temporaryFiles = findingsAbout('temporary_files')

export function machineFindings(
  fact: MachineFact,
  config: Pick<Config, 'monitors' | 'maintenance'>,
): readonly Finding[] {
  return [clockFinding(fact), zoneFinding(fact, config), temporaryFinding(fact)]
}

function clockFinding({ isClockSynchronised, clockKeeper }: MachineFact): Finding {
  if (isClockSynchronised || clockKeeper !== null)
    return clock.fine(`the clock is kept right${clockKeeper === null ? '' : ` by ${clockKeeper}`}`)
  if (isClockSynchronised === null) return clock.unknown('whether the clock is kept right is not known', null)
  const message = 'nothing keeps the clock of this machine right: times, schedules and certificates may be wrong'
  return clock.warning(message, 'timedatectl set-ntp true, or install chrony')
}

function zoneFinding(
  { timeZone, hasLocalZone }: MachineFact,
  { monitors, maintenance }: Pick<Config, 'monitors' | 'maintenance'>,
): Finding {
  const relying = [
    ...monitors.flatMap(({ name, schedule }) =>
      schedule.kind === 'cron' && schedule.timezone === null ? [`monitor ${named(name)}`] : [],
    ),
    ...(maintenance.some(({ timezone }) => timezone === null) ? ['maintenance'] : []),
  ]
  const place = listed(relying)
  const help = 'set it: timedatectl set-timezone Europe/Berlin, TZ= of the service, or timezone: in the configuration'
  if (timeZone !== null && timeZone !== '' && !timeZone.replace(/^:/, '').startsWith('/') && !isTimeZone(timeZone)) {
    return zone.warning(`TZ is "${timeZone}", which is no time zone: all times are in UTC`, help, place)
  }
  if (timeZone === '' && !hasLocalZone) {
    return relying.length === 0
      ? zone.fine('times are in UTC')
      : zone.warning('the time zone is not known: schedules are in UTC', help, place)
  }
  return timeZone === null ? zone.unknown('TZ of the service is not known', null) : zone.fine('the time zone is known')
}

function temporaryFinding({ temporary: [first, ...others] }: MachineFact): Finding {
  if (first === undefined || first.trouble === null) return temporaryFiles.fine(`pipes are made in ${first?.directory}`)
  const other = others.find(({ trouble }) => trouble === null)
  const message = `no pipe can be made in ${first.directory}: ${first.trouble}`
  if (other === undefined) {
    const help = 'let TMPDIR name a directory with room that the service may write to'
    return temporaryFiles.error(`${message}, and nowhere else either`, help)
  }
  const help = `make room in ${first.directory}, or let TMPDIR name another directory`
  return temporaryFiles.warning(`${message}; ${other.directory} is used instead`, help)
}
