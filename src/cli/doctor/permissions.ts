import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { isSecretName } from '../../config/read/secrets.ts'
import { configFiles, secretFiles } from '../../config/read/watch-files.ts'
import type { Config } from '../../core/model/config.ts'
import { secretOf } from '../../core/model/engine-address.ts'
import { type Finding, findingsAbout, gather } from './finding.ts'
import { textOf } from './sight.ts'

/** A file that other users of the machine may be interested in. */
export interface FileFact {
  readonly path: string
  /** Whether all users of the machine can read it. */
  readonly isOpen: boolean
  readonly hasSecrets: boolean
}

/** `isSecret`: whatever is in it. Of others, only those are told that have one of `secrets` in them. */
export function lookAtFile(path: string, secrets: readonly string[] | 'all'): FileFact[] {
  try {
    const isOpen = canOthersRead(path)
    const has = (text: string) => secrets === 'all' || secrets.some((secret) => text.includes(secret))
    return [{ path, isOpen, hasSecrets: isOpen && has(secrets === 'all' ? '' : (textOf(path) ?? '')) }]
  } catch {
    return []
  }
}

/** It has to allow that, and so do all directories above. */
export function canOthersRead(path: string): boolean {
  const isPassable = (directory: string): boolean =>
    (statSync(directory).mode & 0o001) !== 0 && (directory === dirname(directory) || isPassable(dirname(directory)))
  return (statSync(path).mode & 0o004) !== 0 && isPassable(dirname(path))
}

/** A password in an address, and a token in a header. */
const IN_ARGUMENT = /:\/\/[^\s/@:]+:([^\s/@]+)@|\bBearer\s+([\w.~+/=-]+)/g

/** Values of a configuration that surely are secrets, whether or not they are written in its files. */
export function secretsOf({ web, monitors, alerts, guard, watchdog, cluster }: Config): readonly string[] {
  const inEnvironment = (env: Readonly<Record<string, string>>) =>
    Object.entries(env).flatMap(([name, value]) => (isSecretName(name) ? [value] : []))
  const inArguments = (command: readonly string[]) =>
    command.flatMap((argument) => [...argument.matchAll(IN_ARGUMENT)].flatMap(([, one, other]) => one ?? other ?? []))
  const commands = [
    ...[...monitors, guard, watchdog].map((one) => one?.command ?? []),
    ...[...alerts.values()].map(({ command }) =>
      command === 'log' ? [] : command.flat().filter((part) => typeof part === 'string'),
    ),
  ]
  const secrets = [
    ...(web === null ? [] : [...web.tokens, ...web.users.values(), web.feedKey ?? '']),
    ...(cluster === null ? [] : [secretOf(cluster.login) ?? '']),
    ...monitors.map(({ heartbeat }) => heartbeat?.key ?? ''),
    ...[...monitors, ...alerts.values()].flatMap(({ env }) => inEnvironment(env)),
    ...commands.flatMap(inArguments),
  ]
  return secrets.filter((secret) => secret !== '')
}

/** The files of a configuration, and the secrets that they name. */
export function filesOfConfiguration(path: string, config: Config): readonly FileFact[] {
  try {
    const files = configFiles(path)
    const secrets = secretsOf(config)
    return [
      ...files.flatMap((file) => lookAtFile(file, secrets)),
      ...[...secretFiles(files), ...keysOf(config)].flatMap((file) => lookAtFile(file, 'all')),
    ]
  } catch {
    return []
  }
}

/** The files with which a node shows its cluster who it is. */
function keysOf({ cluster }: Config): readonly string[] {
  const credentials = cluster?.login.kind === 'credentials' ? [cluster.login.path] : []
  return [...credentials, ...(cluster?.tls?.key ? [cluster.tls.key] : [])]
}

const { error, fine } = findingsAbout('permissions')

/** Which secrets all users of the machine can read. */
export function permissionFindings(files: readonly FileFact[]): readonly Finding[] {
  const message = 'all users of this machine can read this file, and there are secrets in it'
  const help = (path: string) => `chmod o-rwx ${path}, and let it belong to the user or the group of the service`
  return gather(
    files.map(({ path, isOpen, hasSecrets }) => isOpen && hasSecrets && error(message, help(path), path)),
    files.length > 0 ? fine('other users of this machine can read no secret') : null,
  )
}
