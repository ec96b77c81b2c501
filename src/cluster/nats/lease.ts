import { randomUUID } from 'node:crypto'
import { jetstream } from '@nats-io/jetstream'
import { type KV, Kvm } from '@nats-io/kv'
import type { HeldLease, Lease } from '../../core/model/cluster.ts'
import { type Link, QUESTION_TIMEOUT_MS } from './link.ts'
import type { Names } from './names.ts'
import { API_CODE, isApiError, requestReason } from './reason.ts'

/** The only key of the bucket; it runs out by the engine's clock. */
const KEY = 'leader'
const LOOKS = 3

/** What is in the key. `token` names the process, as two may be called the same by mistake. */
interface Holder {
  readonly node: string
  readonly token: string
  /** The revision by which it took the lease; null in that revision itself, which is not known before. */
  readonly epoch: number | null
}

interface Found {
  readonly holder: Holder
  readonly epoch: number
  readonly revision: number
}

export function createLease(link: Link, names: Names): Lease {
  const withBucket = <Answer>(ask: (bucket: KV) => Promise<Answer>) =>
    link.ask(async (connection) => {
      const client = jetstream(connection, { timeout: QUESTION_TIMEOUT_MS })
      return await ask(await new Kvm(client).open(names.lease, { allow_direct: false }))
    })

  const look = async (bucket: KV): Promise<Found | null> => {
    const entry = await bucket.get(KEY)
    if (entry === null || entry.operation !== 'PUT') return null
    const holder = entry.json<Holder>()
    return { holder, epoch: holder.epoch ?? entry.revision, revision: entry.revision }
  }

  const held = (
    node: string,
    token: string,
    first: { readonly epoch: number; readonly revision: number },
  ): HeldLease => {
    const { epoch } = first
    const value = JSON.stringify({ node, token, epoch } satisfies Holder)
    let { revision } = first
    let isReleased = false

    const renewIn = async (bucket: KV): Promise<{ readonly kind: 'held' } | { readonly kind: 'lost' }> => {
      for (let looks = 0; looks < LOOKS; looks++) {
        try {
          revision = await bucket.update(KEY, value, revision)
          return { kind: 'held' }
        } catch (error) {
          if (!isApiError(error, API_CODE.wrongLastSequence)) throw error
          // An answer may have been lost on its way: then the revision is another one, but it is ours.
          const found = await look(bucket)
          if (found?.holder.token !== token || found.epoch !== epoch) return { kind: 'lost' }
          revision = found.revision
        }
      }
      throw new Error('the lease changes faster than it can be renewed')
    }

    return {
      epoch,
      async renew() {
        if (isReleased) return { kind: 'lost' }
        try {
          return await withBucket(renewIn)
        } catch (error) {
          return { kind: 'failed', reason: requestReason(error) }
        }
      },
      async release() {
        isReleased = true
        // If it fails, the lease runs out.
        await withBucket((bucket) => bucket.delete(KEY, { previousSeq: revision })).catch(() => {})
      },
    }
  }

  /** The token of a try whose answer was lost is kept, so that the next one knows the lease as its own. */
  let token: string = randomUUID()

  return {
    async acquire(node) {
      const acquireIn = async (bucket: KV): ReturnType<Lease['acquire']> => {
        for (let looks = 0; looks < LOOKS; looks++) {
          const found = await look(bucket)
          if (found !== null && found.holder.token !== token) return { kind: 'taken', by: found.holder.node }
          try {
            const mine = found ?? (await create(bucket, { node, token, epoch: null }))
            const lease = held(node, token, mine)
            token = randomUUID()
            return { kind: 'held', lease }
          } catch (error) {
            // Another one was faster: who?
            if (!isApiError(error, API_CODE.wrongLastSequence)) throw error
          }
        }
        return { kind: 'failed', reason: 'the lease comes and goes' }
      }
      try {
        return await withBucket(acquireIn)
      } catch (error) {
        return { kind: 'failed', reason: requestReason(error) }
      }
    },
    async holder() {
      try {
        const found = await withBucket(look)
        return found && { node: found.holder.node, epoch: found.epoch }
      } catch (error) {
        throw new Error(requestReason(error))
      }
    },
  }
}

async function create(bucket: KV, holder: Holder): Promise<{ readonly epoch: number; readonly revision: number }> {
  const revision = await bucket.create(KEY, JSON.stringify(holder))
  return { epoch: revision, revision }
}
