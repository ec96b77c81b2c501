import { realpathSync } from 'node:fs'
import { statsOf } from '../../config/yaml/read-source.ts'
import { capabilityNames, NET_RAW } from './capabilities.ts'
import { type Finding, findingsAbout, gather, listed } from './finding.ts'
import type { FileCapabilities, Libc } from './libc.ts'
import type { ProgramFact } from './programs.ts'
import type { Service } from './service-facts.ts'
import { textOf } from './sight.ts'

/** A program that is given rights when it is executed, and what is done with it. */
export interface PrivilegedFact {
  /** The program that commands name, such as `sendmail`. */
  readonly program: string
  readonly by: readonly string[]
  /** The file that is given the rights: the program, or one that it runs. */
  readonly file: string
  readonly uid: number
  readonly gid: number
  readonly isSetuid: boolean
  readonly isSetgid: boolean
  readonly capabilities: FileCapabilities | null
}

/** These hand mail to `sendmail`. */
const MAILERS = /^(?:sendmail|mail|mailx|bsd-mailx|s-nail|mutt)$/
/** By it, Postfix's sendmail writes into the mail queue. */
const POSTDROP = '/usr/sbin/postdrop'
const SENDMAILS = ['/usr/sbin/sendmail', '/usr/lib/sendmail']

/** Those of the programs, and of what they run, that are given rights. Reads the file system only. */
export function privilegedAmong(facts: readonly ProgramFact[], libc: Libc | null): readonly PrivilegedFact[] {
  const found = new Map<string, PrivilegedFact>()
  for (const { kind, name, by, look, isForOther } of facts) {
    if (look.kind !== 'found' || kind === 'script' || isForOther) continue
    const program = name.slice(name.lastIndexOf('/') + 1)
    for (const file of filesOf(program, look.file)) {
      const rights = rightsOf(file, libc)
      if (rights === null) continue
      const key = `${program} ${file}`
      found.set(key, { program, file, ...rights, by: [...(found.get(key)?.by ?? []), ...by] })
    }
  }
  return [...found.values()]
}

function filesOf(program: string, file: string): string[] {
  if (!MAILERS.test(program)) return [file]
  const sendmail = program === 'sendmail' ? file : SENDMAILS.find((one) => realOf(one) !== null)
  const real = sendmail === undefined ? null : realOf(sendmail)
  if (real === null) return [file]
  return /\/sendmail(?:\.postfix)?$/.test(real) ? [real, POSTDROP] : [real]
}

function realOf(file: string): string | null {
  try {
    return realpathSync(file)
  } catch {
    return null
  }
}

function rightsOf(file: string, libc: Libc | null): Omit<PrivilegedFact, 'program' | 'by' | 'file'> | null {
  const stats = statsOf(file)
  if (stats === null) return null
  const { mode, uid, gid } = stats
  const [isSetuid, isSetgid] = [(mode & 0o4000) !== 0, (mode & 0o2010) === 0o2010]
  const capabilities = libc?.capabilitiesOf(file) ?? null
  return isSetuid || isSetgid || capabilities !== null ? { uid, gid, isSetuid, isSetgid, capabilities } : null
}

/** Whether users of this group may send pings without any right (icmp(7)). */
export function mayPing(groups: readonly number[]): boolean {
  const range = textOf('/proc/sys/net/ipv4/ping_group_range') ?? '1 0'
  const [from = 1, to = 0] = range.trim().split(/\s+/).map(Number)
  return groups.some((gid) => gid >= from && gid <= to)
}

type Restrictions = Pick<Service, 'account' | 'noNewPrivileges' | 'bounding' | 'ambient'> & {
  readonly mayPing: boolean
}

const { error, warning, fine } = findingsAbout('privileges')

/** What commands lose because programs gain no rights where the service runs them. */
export function privilegeFindings(facts: readonly PrivilegedFact[], service: Restrictions): readonly Finding[] {
  const sound = fine('programs with setuid, setgid or capabilities have their rights')
  return gather(
    facts.map((fact) => findingOf(fact, service)),
    facts.length > 0 ? sound : null,
  )
}

const DOCUMENT = 'docs/service.md shows how'

function findingOf(fact: PrivilegedFact, service: Restrictions): Finding | null {
  const { program, file, by, capabilities } = fact
  const { account, noNewPrivileges, bounding, ambient } = service
  const place = listed(by)
  const what = file.endsWith(`/${program}`) ? program : `${program} (${file})`
  const withheld = capabilities === null ? 0n : capabilities.permitted & ~bounding
  if (capabilities?.isEffective && withheld !== 0n) {
    const message = `${what} cannot be executed: the service cannot have ${capabilityNames(withheld).join(' and ')}`
    return error(message, `add it to CapabilityBoundingSet= of the unit; ${DOCUMENT}`, place)
  }
  if (noNewPrivileges.length === 0 || account.uid === 0) return null
  const cause = noNewPrivileges.join(', ')
  const losesUser = fact.isSetuid && fact.uid !== account.uid
  const losesGroup = fact.isSetgid && ![account.gid, ...account.groups].includes(fact.gid)
  if (losesUser || losesGroup) {
    const why = `it is ${losesUser ? 'setuid' : 'setgid'}, which ${cause} takes away`
    if (MAILERS.test(program)) {
      const help = `loosen the unit for mail, or send by msmtp; ${DOCUMENT}`
      return error(`${what} cannot put mail into the queue: ${why}`, help, place)
    }
    if (/^(?:sudo|doas|su)$/.test(program))
      return error(`${what} cannot work: ${why}`, `loosen the unit for ${program}; ${DOCUMENT}`, place)
    return warning(`${what} has no rights of its own: ${why}`, `loosen the unit if it needs them; ${DOCUMENT}`, place)
  }
  const missing = capabilities === null ? 0n : capabilities.permitted & ~ambient
  if (missing === 0n || (missing === NET_RAW && service.mayPing)) return null
  const names = capabilityNames(missing).join(' and ')
  const help = `add AmbientCapabilities=${names} to the unit; ${DOCUMENT}`
  return warning(`${what} may lack ${names}, which ${cause} takes away`, help, place)
}
