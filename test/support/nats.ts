import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../daemon/scrape.ts'
import type { Machine } from './cluster/network.ts'
import { requireDebianPackage } from './debian.ts'
import { eventually } from './eventually.ts'
import { freeze } from './freeze.ts'

/** Whether there is a `nats-server` for `startNats`; if not, the reason is on standard error, for the caller to skip. */
export const hasNats = requireDebianPackage('nats-server', 'nats-server')

/** One `nats-server` process. */
export interface NatsServer {
  /** `nats://ADDRESS:PORT`, the same after a restart. */
  readonly url: string
  readonly pid: () => number
  /** `kill -9`; what it has on disk stays. Resolves when it is gone. */
  kill(): Promise<void>
  /** SIGSTOP, and on again. */
  freeze(): void
  thaw(): void
  /** Starts it again on its files, after `kill`; resolves when it answers. */
  restart(): Promise<void>
  /** A page of its monitoring port, `/jsz` or `/connz`. */
  monitor(path: string): Promise<Readonly<Record<string, unknown>>>
  log(): string
}

/** One server or a cluster, with files in a scratch directory. Disposing ends it and removes them. */
export interface Nats extends AsyncDisposable {
  readonly servers: readonly [NatsServer, ...NatsServer[]]
  readonly urls: readonly [string, ...string[]]
  readonly directory: string
}

export interface NatsOptions {
  /** 1 if it is not given; 3 are a cluster with Raft. */
  readonly size?: 1 | 3
  /** More of the configuration: `authorization {…}`, `accounts {…}`, `tls {…}`. */
  readonly config?: string
  /** What is in `jetstream {…}` besides the directory; null for a server without JetStream. */
  readonly jetStream?: string | null
  /** Where each server runs, if not on this machine's 127.0.0.1; one for each. */
  readonly machines?: readonly Pick<Machine, 'address' | 'wrapper'>[]
}

const HERE = { address: '127.0.0.1', wrapper: [] }

/** Starts it and waits until it can be used: with three servers, until they have agreed on a leader. */
export async function startNats({
  size = 1,
  config = '',
  jetStream = '',
  machines = [],
}: NatsOptions = {}): Promise<Nats> {
  const directory = mkdtempSync(join(tmpdir(), 'minitor-nats-'))
  const ports = await Promise.all(Array.from({ length: 3 * size }, freePort))
  const machineOf = (index: number) => machines[index] ?? HERE
  const routes = ports.slice(2 * size).map((port, index) => `nats-route://${machineOf(index).address}:${port}`)
  const isCluster = size > 1

  const createNatsServer = (index: number): NatsServer & { start(): Promise<void> } => {
    const name = `n${index + 1}`
    const { address, wrapper } = machineOf(index)
    const [port, monitorPort, routePort] = [ports[index], ports[size + index], ports[2 * size + index]]
    const home = join(directory, name)
    mkdirSync(home)
    const file = join(home, 'nats.conf')
    const logFile = join(home, 'log')
    const lines = [
      `server_name: ${name}`,
      `listen: "${address}:${port}"`,
      `http: "${address}:${monitorPort}"`,
      jetStream === null ? '' : `jetstream {\n  store_dir: "${home}"\n  ${jetStream}\n}`,
      isCluster
        ? `cluster {\n  name: test\n  listen: "${address}:${routePort}"\n  routes: ${JSON.stringify(routes)}\n}`
        : '',
      config,
    ]
    writeFileSync(file, lines.join('\n'))
    let child: Bun.Subprocess | undefined
    const monitor = async (path: string) =>
      (await (await fetch(`http://${address}:${monitorPort}${path}`)).json()) as Record<string, unknown>
    const panicFile = join(home, 'panic')
    const textOf = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : '')
    const log = () => textOf(logFile) + textOf(panicFile)
    const isReady = async () => {
      if (child?.exitCode !== null) throw new Error(`nats-server ended:\n${log()}`)
      try {
        const { status, error } = await monitor('/healthz')
        // 2.9 says that for ever of a consumer of which there is nothing to get.
        if (status !== 'ok' && !/^JetStream consumer .* is not current$/.test(String(error))) return false
        if (!isCluster || jetStream === null) return true
        return ((await monitor('/jsz')).meta_cluster as { leader?: string } | undefined)?.leader !== undefined
      } catch {
        return false
      }
    }
    return {
      url: `nats://${address}:${port}`,
      pid: () => child?.pid ?? 0,
      async kill() {
        child?.kill('SIGKILL')
        await child?.exited
      },
      freeze: () => freeze(child?.pid),
      thaw: () => child?.kill('SIGCONT'),
      async restart() {
        await this.start()
      },
      async start() {
        // A test process that is killed takes its servers with it.
        const command = [...wrapper, 'setpriv', '--pdeathsig=KILL', 'nats-server', '--config', file, '--log', logFile]
        // Its last words, should it break, go past its own log.
        child = Bun.spawn(command, { stdio: ['ignore', 'ignore', openSync(panicFile, 'a')] })
        await eventually(`${name} is ready`, isReady, { explain: () => `\n${log()}` })
      },
      monitor,
      log,
    }
  }

  const all = Array.from({ length: size }, (_, index) => createNatsServer(index))
  const dispose = async () => {
    await Promise.all(all.map((server) => server.kill()))
    rmSync(directory, { recursive: true })
  }
  try {
    await Promise.all(all.map((server) => server.start()))
  } catch (error) {
    await dispose()
    throw error
  }
  const [first, ...others] = all
  if (!first) throw new Error('no server')
  return {
    servers: [first, ...others],
    urls: [first.url, ...others.map(({ url }) => url)],
    directory,
    [Symbol.asyncDispose]: dispose,
  }
}
