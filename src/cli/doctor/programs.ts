import { constants } from 'node:fs'
import { join, resolve } from 'node:path'
import { statsOf } from '../../config/yaml/read-source.ts'
import type { Config } from '../../core/model/config.ts'
import { type NamedProgram, namedPrograms } from '../../core/shell/named-programs.ts'
import { plural } from '../../core/text/plural.ts'
import { named } from '../../core/text/printable.ts'
import { readInterpreter } from '../../exec/not-started.ts'
import { type Finding, findingsAbout, gather, listed } from './finding.ts'
import { type Service, UNIT_PATH, type Viewer } from './service-facts.ts'
import { may } from './sight.ts'
import { isBelow } from './unit.ts'

/** Where a program was looked for, and what was found. */
export type Look =
  | { readonly kind: 'found'; readonly file: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'forbidden'; readonly file: string }
  | { readonly kind: 'hidden'; readonly file: string }
  | { readonly kind: 'directory_missing' }
  | { readonly kind: 'interpreter_missing'; readonly file: string; readonly interpreter: string }

/** A program with all that name it. */
export interface ProgramFact extends NamedProgram {
  /** `monitor "Website"`, in the order of the configuration. */
  readonly by: readonly string[]
  readonly look: Look
}

/** Root's directories, which sudo adds. */
const SUDO_PATH = '/usr/local/sbin:/usr/sbin:/sbin'

interface Caller {
  readonly by: string
  readonly command: readonly (string | null)[]
  readonly env: Readonly<Record<string, string>>
  readonly directory: string | null
}

/** Every program that the configuration names, looked for as the service would. Reads the file system only. */
export function lookForPrograms(config: Config, service: Service): readonly ProgramFact[] {
  const facts = new Map<string, ProgramFact & { readonly by: string[] }>()
  const note = (by: string, named: NamedProgram, place: string, look: () => Look) => {
    const key = JSON.stringify([named, place])
    const known = facts.get(key)
    if (known === undefined) facts.set(key, { ...named, by: [by], look: look() })
    else known.by.push(by)
  }
  // Where the PATH of the service is not known, a program that is in neither is surely missing.
  const path = service.environment === null ? `${process.env.PATH}:${UNIT_PATH}` : (service.environment.PATH ?? '')
  for (const { by, command, env, directory } of callersOf(config, service)) {
    const place = { path: env.PATH ?? path, directory: resolve(service.directory, directory ?? '.') }
    if (directory !== null && statsOf(place.directory)?.isDirectory() !== true) {
      note(by, { ...DIRECTORY, name: place.directory }, '', () => ({ kind: 'directory_missing' }))
      continue
    }
    for (const named of namedPrograms(command)) {
      note(by, named, named.name.includes('/') ? place.directory : place.path, () =>
        asSeen(lookFor(named, place), service),
      )
    }
  }
  return [...facts.values()]
}

const DIRECTORY = { kind: 'program', isForOther: false, hasAlternative: false } as const

function callersOf({ monitors, alerts, guard, watchdog }: Config, { environment }: Service): Caller[] {
  const own = { env: {}, directory: null }
  const isNotified = (environment?.NOTIFY_SOCKET ?? '') !== ''
  return [
    ...monitors.flatMap(({ name, command, env, workingDirectory: directory, isEnabled }) =>
      command === null || !isEnabled ? [] : [{ by: `monitor ${named(name)}`, command, env, directory }],
    ),
    ...[...alerts.values()].flatMap(({ name, command, env }) =>
      command === 'log' ? [] : [{ by: `alert ${named(name)}`, command: command.map(textOf), env, directory: null }],
    ),
    ...(guard === null ? [] : [{ ...own, by: 'guard', command: guard.command }]),
    ...(watchdog === null ? [] : [{ ...own, by: 'watchdog', command: watchdog.command }]),
    { ...own, by: 'Minitor itself', command: ['mkfifo'] },
    ...(isNotified ? [{ ...own, by: 'Minitor itself', command: ['systemd-notify'] }] : []),
  ]
}

function asSeen(look: Look, { reach }: Service): Look {
  return look.kind === 'found' && isBelow(look.file, reach.hidden) ? { kind: 'hidden', file: look.file } : look
}

/** Null for an argument that a notification fills. */
function textOf(argument: readonly (string | object)[]): string | null {
  return argument.every((part) => typeof part === 'string') ? argument.join('') : null
}

function lookFor(
  { kind, name, isForOther }: NamedProgram,
  { path, directory }: { path: string; directory: string },
): Look {
  if (kind === 'script') return may(constants.R_OK, name) ? { kind: 'found', file: name } : lookAt([name], false)
  if (name.includes('/')) return lookAt([resolve(directory, name)], isForOther)
  const directories = `${path}${isForOther ? `:${SUDO_PATH}` : ''}`.split(':').filter((one) => one !== '')
  return lookAt(
    directories.map((one) => join(one, name)),
    isForOther,
  )
}

/** The first of these files that can be executed; of those that cannot, the first says why. */
function lookAt(files: readonly string[], isForOther: boolean): Look {
  let other: Look = { kind: 'missing' }
  for (const file of files) {
    const stats = statsOf(file)
    if (stats === null || stats.isDirectory()) continue
    const isAllowed = isForOther ? (stats.mode & 0o111) !== 0 : may(constants.X_OK, file)
    if (isAllowed) {
      const interpreter = readInterpreter(file)
      if (interpreter === null || statsOf(interpreter) !== null) return { kind: 'found', file }
      return { kind: 'interpreter_missing', file, interpreter }
    }
    if (other.kind === 'missing') other = { kind: 'forbidden', file }
  }
  return other
}

const { error, warning, fine } = findingsAbout('programs')

/** Which of the named programs cannot be run. */
export function programFindings(facts: readonly ProgramFact[], { user, isService }: Viewer): readonly Finding[] {
  const seen = facts.filter(({ look }) => isService || look.kind !== 'forbidden')
  const count = facts.filter(({ look }) => look.kind === 'found').length
  return gather([
    ...seen.map((fact) => findingOf(fact, user)),
    count > 0 && fine(`${plural(count, 'program is', 'programs are')} where commands expect them`),
  ])
}

function findingOf({ kind, name, by, look, hasAlternative }: ProgramFact, user: string): Finding | null {
  const say = hasAlternative ? warning : error
  const place = listed(by)
  switch (look.kind) {
    case 'found':
      return null
    case 'missing':
      if (kind === 'script') return say(`there is no script ${name}`, 'write the path where it is', place)
      return name.includes('/')
        ? say(`there is no program ${name}`, 'install it, or write the path where it is', place)
        : say(`${name} is not installed, or not in PATH`, 'install it, or write its full path', place)
    case 'forbidden':
      return kind === 'script'
        ? say(`the user ${user} may not read ${look.file}`, `let it: chmod a+r ${look.file}`, place)
        : say(`the user ${user} may not execute ${look.file}`, `make it executable: chmod a+x ${look.file}`, place)
    case 'hidden':
      return say(`the unit hides ${look.file} from the service`, 'move it, or set ProtectHome=read-only', place)
    case 'directory_missing': {
      const help = 'make it, or name another with working_directory'
      return error(`the working directory ${name} does not exist`, help, place)
    }
    case 'interpreter_missing': {
      const message = `${look.file} cannot run: ${look.interpreter}, named in its first line, is missing`
      return say(message, `install ${look.interpreter}`, place)
    }
  }
}
