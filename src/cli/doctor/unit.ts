import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { textOf } from './sight.ts'

/** Settings of a `[Service]`, each with its values in order; an empty one resets those before it. */
export type UnitSettings = ReadonlyMap<string, readonly string[]>

export interface Unit {
  readonly file: string
  readonly settings: UnitSettings
}

/** In the order in which systemd prefers them. */
const DIRECTORIES = ['/etc', '/run', '/usr/local/lib', '/usr/lib', '/lib'].map((parent) => `${parent}/systemd/system`)
const NAME = 'minitor.service'

/** The unit that is installed, with its drop-ins; null where there is none. */
export function findUnit(): Unit | null {
  const dropIns = DIRECTORIES.map((directory) => join(directory, `${NAME}.d`))
  const units = DIRECTORIES.map((directory) => readUnit(join(directory, NAME), dropIns))
  return units.find((unit) => unit !== null) ?? null
}

/** A unit with the drop-ins of these directories; the first of those with one name counts. Null if it cannot be read. */
export function readUnit(file: string, dropIns: readonly string[] = [`${file}.d`]): Unit | null {
  const text = textOf(file)
  if (text === null) return null
  const byName = new Map<string, string>()
  for (const path of dropIns.flatMap(filesIn)) if (!byName.has(basename(path))) byName.set(basename(path), path)
  const others = [...byName].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => textOf(path) ?? '')
  return { file, settings: parseUnit([text, ...others].join('\n')) }
}

function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith('.conf'))
      .map((name) => join(directory, name))
  } catch {
    return []
  }
}

/** Reads the settings of `[Service]` (systemd.syntax(7)). */
export function parseUnit(text: string): UnitSettings {
  const settings = new Map<string, string[]>()
  let section = ''
  for (const line of text
    .replace(/^[#;].*\n/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n')) {
    section = /^\s*\[(\w+)\]/.exec(line)?.[1] ?? section
    const [, key, value = ''] = /^\s*(\w+)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    if (section !== 'Service' || key === undefined) continue
    if (value === '') settings.set(key, [])
    else settings.set(key, [...(settings.get(key) ?? []), value])
  }
  return settings
}

/** The value that counts of a setting that has one. */
export function lastOf(settings: UnitSettings, key: string): string | null {
  return settings.get(key)?.at(-1) ?? null
}

export function isOn(settings: UnitSettings, key: string): boolean {
  return /^(?:1|yes|true|on)$/i.test(lastOf(settings, key) ?? '')
}

/** Where the service has another user than root, systemd needs NoNewPrivileges for these (systemd.exec(5)). */
const IMPLYING = [
  'SystemCallFilter',
  'SystemCallArchitectures',
  'RestrictAddressFamilies',
  'RestrictNamespaces',
  'PrivateDevices',
  'ProtectKernelTunables',
  'ProtectKernelModules',
  'ProtectKernelLogs',
  'ProtectClock',
  'ProtectHostname',
  'MemoryDenyWriteExecute',
  'RestrictRealtime',
  'RestrictSUIDSGID',
  'LockPersonality',
]

/** The settings by which programs gain no rights when they are executed; empty where they do. */
export function noNewPrivilegesBy(settings: UnitSettings): readonly string[] {
  const isRoot = !isOn(settings, 'DynamicUser') && /^(?:root|0)?$/.test(lastOf(settings, 'User') ?? '')
  const isSet = (key: string) => !/^(?:|0|no|false|off)$/i.test(lastOf(settings, key) ?? '')
  return [
    ...(isOn(settings, 'NoNewPrivileges') ? ['NoNewPrivileges'] : []),
    ...(isRoot ? [] : IMPLYING.filter(isSet)),
    ...(isOn(settings, 'DynamicUser') ? ['DynamicUser'] : []),
  ]
}

/** What a unit does to the file system, as far as its service will see it. Paths are those of directories. */
export interface UnitReach {
  /** With all that is below them. */
  readonly hidden: readonly string[]
  /** All that can be written, with what is below; null where only permissions decide. */
  readonly writable: readonly string[] | null
}

/** Directories that systemd makes for the service, by the settings that name them. */
const OWN_DIRECTORIES = {
  StateDirectory: '/var/lib',
  CacheDirectory: '/var/cache',
  LogsDirectory: '/var/log',
  RuntimeDirectory: '/run',
} as const

export function reachOf(settings: UnitSettings): UnitReach {
  const wordsIn = (key: string) => (settings.get(key) ?? []).flatMap((value) => value.split(/\s+/))
  const home = lastOf(settings, 'ProtectHome') ?? ''
  const own = Object.entries(OWN_DIRECTORIES).flatMap(([key, parent]) =>
    wordsIn(key).map((name) => join(parent, name.split(':', 1)[0] ?? '')),
  )
  return {
    hidden: isOn(settings, 'ProtectHome') || home === 'tmpfs' ? ['/home', '/root', '/run/user'] : [],
    writable:
      lastOf(settings, 'ProtectSystem') === 'strict'
        ? [
            ...own,
            ...wordsIn('ReadWritePaths').map((path) => path.replace(/^[-+]+/, '')),
            ...(isOn(settings, 'PrivateTmp') ? ['/tmp', '/var/tmp'] : []),
            '/dev/shm',
          ]
        : null,
  }
}

export function isBelow(path: string, directories: readonly string[]): boolean {
  return directories.some((directory) => `${path}/`.startsWith(`${directory.replace(/\/$/, '')}/`))
}
