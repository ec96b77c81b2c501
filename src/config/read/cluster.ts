import { hostname } from 'node:os'
import { resolve } from 'node:path'
import type { ClusterConfig, EngineAccess } from '../../core/model/cluster-config.ts'
import { type EngineAddress, parseEngineAddresses, secretOf } from '../../core/model/engine-address.ts'
import { clusterShape } from '../schema/cluster-schema.ts'
import { defaultOf, type Values } from '../schema/field.ts'
import type { settingsShape } from '../schema/schema.ts'
import { type MappingNode, startOf } from '../yaml/node.ts'
import { complain, type Draft, type Loading } from './loading.ts'
import { SHORTEST_SECRET } from './secrets.ts'

type Settings = Values<typeof settingsShape>

/** Names the servers in place of the configuration: each machine may have its own way to them. */
const VARIABLE = 'MINITOR_CLUSTER'

/** The cluster of values in which no mistake was found; null without one, and where its servers are not known. */
export function toCluster(settings: Settings, loading: Loading): ClusterConfig | null {
  const { cluster = {} } = settings
  const { addresses } = addressesOf(cluster, loading)
  const [first, ...others] = addresses.map(({ server }) => server)
  if (first === undefined) return null
  const inDirectory = (path: string | null) => path && resolve(loading.directory, path)
  const { tls = null } = cluster
  return {
    servers: [first, ...others],
    name: cluster.name ?? defaultOf(clusterShape.name),
    node: cluster.node ?? ownName(),
    tags: cluster.tags ?? defaultOf(clusterShape.tags),
    login: addresses.find(hasLogin)?.login ?? loginOf(cluster, loading.directory),
    tls: tls && { ca: inDirectory(tls.ca), cert: inDirectory(tls.cert), key: inDirectory(tls.key) },
    alerts: cluster.alerts ?? defaultOf(clusterShape.alerts),
    takeoverMs: cluster.takeover ?? defaultOf(clusterShape.takeover),
  }
}

/** The hostname, as far as a node can be named so. */
function ownName(): string {
  return (
    hostname()
      .replace(/[^A-Za-z0-9_-]+/g, '.')
      .replace(/^\.|\.$/g, '')
      .slice(0, 64) || 'node'
  )
}

type Cluster = NonNullable<Settings['cluster']>

function loginOf(cluster: Cluster, directory: string): EngineAccess['login'] {
  const { credentials, user, password, token, nkey } = cluster
  if (credentials !== undefined) return { kind: 'credentials', path: resolve(directory, credentials) }
  if (user !== undefined && password !== undefined) return { kind: 'password', user, password }
  if (token !== undefined) return { kind: 'token', token }
  return nkey === undefined ? { kind: 'none' } : { kind: 'nkey', seed: nkey }
}

const hasLogin = ({ login }: EngineAddress) => login.kind !== 'none'

/** `isOrderly`: no address in the variable was left out. */
function addressesOf(
  { servers = [] }: Cluster,
  loading: Loading,
): { readonly addresses: readonly EngineAddress[]; readonly isOrderly: boolean } {
  const text = loading.surroundings.environment[VARIABLE] ?? ''
  return text.trim() === '' ? { addresses: servers, isOrderly: true } : parseEngineAddresses(text)
}

/** Whether this is the configuration of a cluster, in order or not. */
export function isOfCluster({ entries }: Draft, loading: Loading): boolean {
  return entries.has('cluster') || (loading.surroundings.environment[VARIABLE] ?? '').trim() !== ''
}

/** Finds what does not go together in `cluster`, and remembers what is secret in it. */
export function checkCluster(outer: Loading, settings: Draft<typeof settingsShape>, root: MappingNode): void {
  const loading = { ...outer, subject: 'cluster' }
  const cluster = settings.own.cluster ?? {}
  const entry = settings.entries.get('cluster')
  const keys = entry?.value.kind === 'mapping' ? entry.value.entries : new Map<never, never>()
  const place = entry?.key ?? startOf(root)
  const { addresses, isOrderly } = addressesOf(cluster, loading)
  if (!isOrderly) {
    const hint = 'write nats://HOST:4222, with commas between several'
    complain(loading, place, `the environment variable ${VARIABLE} must be addresses of NATS servers`, hint)
  } else if (addresses.length === 0 && entry?.value.kind === 'mapping' && !keys.has('servers')) {
    complain(loading, place, 'the servers are missing', `add servers: [nats://HOST:4222], or set ${VARIABLE}`)
  }
  checkLogin(loading, { cluster, keys, addresses, place })
}

/** The keys that belong to one way to log in. */
const LOGINS = [['credentials'], ['user', 'password'], ['token'], ['nkey']] as const

interface Login {
  readonly cluster: Cluster
  readonly keys: Draft['entries']
  readonly addresses: readonly EngineAddress[]
  readonly place: Parameters<typeof complain>[1]
}

function checkLogin(loading: Loading, { cluster, keys, addresses, place }: Login): void {
  const logins = addresses.filter(hasLogin).map(({ login }) => login)
  const { password, token, nkey } = cluster
  for (const secret of [...logins.map(secretOf), password, token, nkey]) {
    if (secret && secret.length >= SHORTEST_SECRET) loading.secrets.add(secret)
  }
  const pairs = [
    ['user', 'password'],
    ['password', 'user'],
  ] as const
  for (const [given, missing] of pairs) {
    const key = keys.get(given)?.key
    if (key !== undefined && !keys.has(missing)) {
      complain(loading, key, `${given} needs ${missing}, too`, `add ${missing}: …`)
    }
  }
  const different = new Set(logins.map((login) => JSON.stringify(login)))
  const ways = [
    ...[...different].map(() => ({ words: 'one in an address', at: keys.get('servers')?.key ?? place })),
    ...LOGINS.flatMap((some) => {
      const at = some.map((key) => keys.get(key)?.key).find((key) => key !== undefined)
      return at === undefined ? [] : [{ words: some.join(' and '), at }]
    }),
  ]
  const last = ways.at(-1)
  if (last === undefined || ways.length === 1) return
  const words = ways.map((way) => way.words).join(', ')
  complain(loading, last.at, `it has several ways to log in: ${words}`, 'keep one of them')
}
