import { statsOf } from '../../config/yaml/read-source.ts'
import { type RunFile, stillMs } from '../../control/run-file.ts'
import { listenAddressText, parseListenAddress } from '../../core/model/address.ts'
import { formatAge } from '../../core/text/duration.ts'
import { type Finding, findingsAbout, gather } from './finding.ts'
import type { Viewer } from './service-facts.ts'
import { linkOf, textOf } from './sight.ts'

export interface DaemonFact {
  readonly pid: number
  /** What it says of itself; null where that is out of sight. */
  readonly runFile: Pick<RunFile, 'reload' | 'configuration' | 'database' | 'health' | 'takesPings'> | null
  /** How long it has stood still; null for one that is alive, as far as that can be seen. */
  readonly stillMs: number | null
  /** Whether another file has taken the place of its executable; null where that cannot be seen. */
  readonly isReplaced: boolean | null
  /** Whether its addresses are those of this process, as far as that can be seen. */
  readonly isOnNetwork: boolean
}

export function lookAtDaemon(pid: number, runFile: RunFile | null): DaemonFact {
  return {
    pid,
    runFile,
    stillMs: runFile && stillMs(runFile, Date.now()),
    isReplaced: linkOf(`/proc/${pid}/exe`)?.endsWith(' (deleted)') ?? null,
    isOnNetwork: linkOf(`/proc/${pid}/ns/net`) === linkOf('/proc/self/ns/net'),
  }
}

const daemon = findingsAbout('daemon')

/** `configuration` is the fingerprint of what is in the files now; null where that is not known. */
export function daemonFindings(
  fact: DaemonFact | null,
  configuration: string | null,
  { user, isService }: Viewer,
): readonly Finding[] {
  if (fact === null) {
    if (!isService) return [daemon.unknown(`whether a daemon of the user ${user} runs is not known`, null)]
    return [daemon.warning('no daemon runs on this configuration', 'start it: systemctl start minitor, or minitor run')]
  }
  const { pid, runFile, isReplaced, stillMs } = fact
  const place = `pid ${pid}`
  const restart = 'restart it: systemctl restart minitor'
  return gather(
    [
      stillMs !== null &&
        daemon.error(`the daemon has stood still for ${formatAge(stillMs)}`, 'see its log, and restart it', place),
      isReplaced && daemon.warning('the daemon runs an executable that was replaced since', restart, place),
      configurationFinding(runFile, configuration, place),
    ],
    daemon.fine('a daemon runs on this configuration', place),
  )
}

function configurationFinding(
  runFile: DaemonFact['runFile'],
  configuration: string | null,
  place: string,
): Finding | null {
  if (runFile !== null && !runFile.reload.isOk) {
    const message = 'the daemon has refused the configuration and goes on with the old one'
    return daemon.error(message, 'find the mistakes: minitor validate', place)
  }
  if (runFile?.configuration === undefined || configuration === null)
    return daemon.unknown('whether the daemon runs on the configuration as it is now is not known', null, place)
  if (runFile.configuration === configuration) return null
  const message = 'the configuration has changed since the daemon read it'
  return daemon.warning(message, 'make it read it again: minitor reload', place)
}

/** How long a daemon that works may take to answer, and how much it says at most: a line for each trouble. */
const ANSWER_LIMIT_MS = 5000
const ANSWER_LIMIT_BYTES = 64 * 1024

export interface HealthFact {
  readonly address: string
  readonly isOnNetwork: boolean
  /** Its lines; null where nobody has answered. */
  readonly answer: { readonly status: number; readonly lines: readonly string[] } | null
}

/**
 * Asks a daemon whether it is healthy, as those who may see the reasons where the configuration has a token for that. The
 * token goes to the daemon only: not to a proxy, and not to whoever else listens at its address. Null where the daemon
 * serves nothing, or does not say where.
 */
export async function askHealth(
  { pid, runFile, isOnNetwork }: DaemonFact,
  token: string | null,
): Promise<HealthFact | null> {
  const listen = parseListenAddress(runFile?.health ?? '')
  if (listen === null) return null
  const { hostname, port } = listen
  const own = /^(?:::|0\.0\.0\.0)$/.test(hostname) ? '127.0.0.1' : hostname
  const address = `http://${listenAddressText({ hostname: own, port })}/healthz`
  try {
    const isSafe = token !== null && isOnNetwork && belongsTo(port, pid)
    const headers: Record<string, string> = isSafe ? { Authorization: `Bearer ${token}` } : {}
    // The runtime would send this to the proxy of the shell. Unlike HTTP_PROXY, this is read anew.
    process.env.NO_PROXY = '*'
    const response = await fetch(address, { headers, redirect: 'manual', signal: AbortSignal.timeout(ANSWER_LIMIT_MS) })
    const lines = (await beginningOf(response)).trim().split('\n')
    return { address, isOnNetwork, answer: { status: response.status, lines } }
  } catch {
    return { address, isOnNetwork, answer: null }
  }
}

/** What listens there need not be the daemon, and may never come to an end. */
async function beginningOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body ?? []) {
    chunks.push(chunk)
    length += chunk.length
    if (length >= ANSWER_LIMIT_BYTES) break
  }
  return Buffer.concat(chunks).toString('utf8', 0, Math.min(length, ANSWER_LIMIT_BYTES))
}

/** Whether the process's user listens on this port, and nobody else. */
function belongsTo(port: number, pid: number): boolean {
  const owner = statsOf(`/proc/${pid}`)?.uid
  const owners = ['tcp', 'tcp6'].flatMap((protocol) => listenersIn(textOf(`/proc/net/${protocol}`) ?? '', port))
  return owners.length > 0 && owners.every((uid) => uid === owner)
}

/** The users that listen on a port, from a table such as `/proc/net/tcp` (proc_net(5)). */
export function listenersIn(table: string, port: number): readonly number[] {
  const end = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const rows = table.split('\n').map((line) => line.trim().split(/\s+/))
  return rows.flatMap(([, local = '', , state, , , , uid]) =>
    local.endsWith(end) && state === LISTENING ? [Number(uid)] : [],
  )
}

const LISTENING = '0A'

const health = findingsAbout('health')

/** What a daemon says is wrong with itself. `fact`: null where it cannot be asked. */
export function healthFindings(fact: HealthFact | null): readonly Finding[] {
  if (fact === null)
    return [health.unknown('the daemon serves no pages and no metrics in sight that say whether it is healthy', null)]
  const { address, isOnNetwork, answer } = fact
  if (answer === null && !isOnNetwork) {
    const message = 'the daemon, which has a network of its own, cannot be asked whether it is healthy'
    return [health.unknown(message, null, address)]
  }
  if (answer === null)
    return [health.error('the daemon does not answer', 'is it stuck? See its log, and restart it', address)]
  if (answer.status === 200) return [health.fine('the daemon is healthy', address)]
  if (answer.status !== 503)
    return [health.unknown(`the answer ${answer.status} says nothing of the health of the daemon`, null, address)]
  return answer.lines.map((line) =>
    health.error(`the daemon is not healthy: ${line.replace(/^not healthy; /, '')}`, 'see its log', address),
  )
}
