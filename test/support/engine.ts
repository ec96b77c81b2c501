import { openEngine } from '../../src/cluster/nats/open-engine.ts'
import type { Engine, NodeKind } from '../../src/core/model/cluster.ts'
import type { EngineAccess } from '../../src/core/model/cluster-config.ts'
import type { Log } from '../../src/core/model/ports.ts'
import type { Nats } from './nats.ts'
import { limitMs } from './pace.ts'

/** A lease, or a card, that a slow machine can keep up, and that a test can wait for the end of. */
export const TAKEOVER_MS = limitMs(2_000)

export interface TestEngine extends Engine, AsyncDisposable {}

export interface EngineOptions {
  readonly node?: string
  readonly kind?: NodeKind
  readonly access?: Partial<EngineAccess>
  readonly takeoverMs?: number
  readonly log?: Log
}

export function accessTo(nats: Pick<Nats, 'urls'>, access: Partial<EngineAccess> = {}): EngineAccess {
  return { servers: nats.urls, name: 'test', login: { kind: 'none' }, tls: null, ...access }
}

/** The engine over real `nats-server`s; throws if it is refused. Disposing closes it. */
export async function openTestEngine(
  nats: Pick<Nats, 'urls'>,
  { node = 'left', kind = 'server', access = {}, takeoverMs = TAKEOVER_MS, log }: EngineOptions = {},
): Promise<TestEngine> {
  const start = await openEngine(accessTo(nats, access), { node, kind, takeoverMs }, log)
  if (start.kind === 'refused') throw new Error(`${start.reason}: ${start.hint}`)
  return { ...start.engine, [Symbol.asyncDispose]: () => start.engine.close() }
}
