import { openEngine } from '../../../src/cluster/nats/open-engine.ts'
import type { Engine } from '../../../src/core/model/cluster.ts'
import { freePort } from '../../daemon/scrape.ts'
import { eventually } from '../eventually.ts'
import { freeze } from '../freeze.ts'
import { type Nats, type NatsOptions, startNats } from '../nats.ts'
import { limitMs } from '../pace.ts'
import { type Life, openSite, runIn, type Site } from '../site.ts'
import { type Machine, type Network, openNetwork } from './network.ts'

/** How long a leader may be silent in these tests: the shortest that the configuration takes, on an ordinary machine. */
export const TAKEOVER_MS = limitMs(3000)

/** One Minitor of the cluster, server or agent, in a directory of its own; it can be started again and again. */
export interface Node {
  readonly name: string
  /** Its working directory: `config.yml` and `minitor.db` of a server. */
  readonly site: Site
  /** Where it runs; null for this machine. */
  readonly machine: Machine | null
  /** The process that was started last. */
  readonly life: Life
  /** All processes, in order. */
  readonly lives: readonly Life[]
  start(options?: StartOptions): Life
  /** SIGSTOP, and on again. */
  freeze(): void
  thaw(): void
  /** Whether it runs and is not frozen. */
  isAwake(): boolean
  /** Of a server's pages. */
  url(path: string): string
  /** `minitor` with these arguments, on its machine and in its directory. */
  minitor(...args: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }>
}

export interface StartOptions {
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

export interface ClusterSite extends AsyncDisposable {
  readonly nats: Nats
  /** Null where all is on one machine. */
  readonly network: Network | null
  /** What checks look at and alerts write is here, whatever node runs them. */
  readonly shared: Site
  readonly servers: readonly Node[]
  /** The engine as a node sees it that is neither server nor agent. */
  readonly engine: Engine
  /** Who has the lease, and whose process is awake; waits until there is one. */
  leader(): Promise<Node>
  /** An agent with these tags; it is not started. */
  addAgent(name: string, ...tags: string[]): Promise<Node>
  /** All directories stay when it is disposed of. */
  keep(): void
}

export interface ClusterOptions {
  /** What all servers have in their configuration, without `cluster`; `directory` is that of `shared`. */
  readonly config: (directory: string) => readonly string[]
  /** More of `cluster`, such as `alerts: [tell]`. */
  readonly more?: string
  readonly serverCount?: number
  /** `TAKEOVER_MS` if it is not given. Three nats-servers need up to ten seconds to elect when one is lost. */
  readonly takeoverMs?: number
  readonly nats?: NatsOptions
  /** Each server gets a machine of its own, and with three nats-servers one of them is on each. */
  readonly hasNetwork?: boolean
}

/** What is used of what NATS says of its streams. */
interface Listing {
  readonly account_details?: readonly {
    readonly stream_detail?: readonly { readonly name: string; readonly state: { readonly last_seq: number } }[]
  }[]
}

const NAMES = ['a', 'b', 'c'] as const

/** The engine and the directories; nothing of Minitor runs yet. */
export async function openCluster(options: ClusterOptions): Promise<ClusterSite> {
  const { config, more = '', serverCount = 2, nats: natsOptions = {}, hasNetwork = false } = options
  const { takeoverMs = TAKEOVER_MS } = options
  await using opening = new AsyncDisposableStack()
  let stack = opening
  const network = hasNetwork ? stack.use(await openNetwork()) : null
  const machines = await Promise.all(NAMES.slice(0, serverCount).map(async () => network?.addMachine() ?? null))
  const own = machines.filter((machine) => machine !== null)
  const engineMachines = natsOptions.size === 3 || network === null ? own : [await network.addMachine()]
  const nats = stack.use(await startNats({ machines: engineMachines, ...natsOptions }))
  const shared = stack.use(openSite())
  const sites: Site[] = [shared]

  const newNode = async (
    name: string,
    machine: Machine | null,
    { args, files = {} }: { args: readonly string[]; files?: Readonly<Record<string, string>> },
  ): Promise<Node> => {
    const site = stack.use(openSite(files))
    sites.push(site)
    const listen = `${machine?.address ?? '127.0.0.1'}:${await freePort()}`
    const own = args[0] === 'run' ? ['--listen', listen] : []
    const wrapper = machine?.wrapper ?? []
    const lives: Life[] = []
    let isFrozen = false
    const current = () => {
      const life = lives.at(-1)
      if (life === undefined) throw new Error(`${name} was never started`)
      return life
    }
    return {
      name,
      site,
      machine,
      get life() {
        return current()
      },
      lives,
      start({ args: more = [], env = {} } = {}) {
        isFrozen = false
        const life = site.start({ args: [...args, ...own, ...more], env: { NODE: name, ...env }, wrapper })
        lives.push(life)
        return life
      },
      freeze() {
        isFrozen = true
        freeze(current().pid)
      },
      thaw() {
        isFrozen = false
        current().signal('SIGCONT')
      },
      isAwake: () => lives.at(-1)?.isOver() === false && !isFrozen,
      url: (path) => `http://${listen}${path}`,
      minitor: (...args) => runIn(site.directory, { args, wrapper }),
    }
  }

  const servers = await Promise.all(
    machines.map((machine, index) => {
      const name = NAMES[index] ?? ''
      const text = [
        `cluster: { name: test, node: ${name}, servers: [ ${nats.urls.map((url) => `"${url}"`).join(', ')} ],`,
        `  takeover: ${takeoverMs}ms${more === '' ? '' : `, ${more}`} }`,
        ...config(shared.directory),
      ]
      return newNode(name, machine, { args: ['run'], files: { 'config.yml': text.join('\n') } })
    }),
  )

  const access = { servers: nats.urls, name: 'test', login: { kind: 'none' }, tls: null } as const
  const start = await openEngine(access, { node: 'test', kind: 'agent', takeoverMs })
  if (start.kind === 'refused') throw new Error(start.reason)
  const { engine } = start
  stack.defer(() => engine.close())
  stack = opening.move()

  let isMade = false
  /** Whether servers have made the stream of the lease: NATS 2.9 breaks if one asks for a message of one that is being made. */
  const hasLease = async () => {
    const { account_details: accounts } = (await nats.servers[0].monitor('/jsz?streams=1')) as Listing
    isMade ||= (accounts ?? []).some(({ stream_detail: streams }) =>
      streams?.some(({ name, state }) => name === 'KV_MINITOR_test_LEASE' && state.last_seq > 0),
    )
    return isMade
  }

  return {
    nats,
    network,
    shared,
    servers,
    engine,
    leader: () =>
      eventually(
        'a server leads',
        async () => {
          if (!isMade && !(await hasLease().catch(() => false))) return undefined
          const holder = await engine.lease.holder().catch(() => null)
          return servers.find(({ name, isAwake }) => name === holder?.node && isAwake())
        },
        { explain: () => servers.map(({ name, life }) => `\n${name}: ${life.rawLog()}${life.stderr()}`).join('') },
      ),
    async addAgent(name, ...tags) {
      const args = ['agent', '--cluster', nats.urls.join(','), '--name', 'test', '--node', name]
      const machine = (await network?.addMachine()) ?? null
      return newNode(name, machine, { args: [...args, ...tags.flatMap((tag) => ['--tag', tag])] })
    },
    keep() {
      for (const site of sites) site.keep()
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** What all servers have logged since they were last started. */
export function logsOf({ servers }: ClusterSite): string {
  return servers
    .map((server) => {
      try {
        return `\n== ${server.name}\n${server.life.rawLog()}${server.life.stderr()}`
      } catch {
        return ''
      }
    })
    .join('')
}
