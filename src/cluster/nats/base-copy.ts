import { createReadStream, createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createZstdCompress, createZstdDecompress } from 'node:zlib'
import { jetstream } from '@nats-io/jetstream'
import { type ObjectStore, Objm } from '@nats-io/obj'
import type { BaseCopy } from '../../core/model/cluster.ts'
import { type Link, QUESTION_TIMEOUT_MS, REQUEST_TIMEOUT_MS } from './link.ts'
import type { Names } from './names.ts'
import { requestReason } from './reason.ts'

const NAME = 'base'
const CHUNK_BYTES = 256 * 1024
/** A part that does not come within this time does not come any more. */
const STALL_MS = 2 * REQUEST_TIMEOUT_MS
/** While it is read, a newer copy may take its place. */
const TRIES = 3

export function createBaseCopy(link: Link, names: Names): BaseCopy {
  const withStore = async <Answer>(
    ask: (store: ObjectStore) => Promise<Answer>,
    timeout = REQUEST_TIMEOUT_MS,
  ): Promise<Answer> => {
    try {
      return await link.call(async (connection) => {
        const client = jetstream(connection, { timeout })
        return await ask(await new Objm(client).open(names.base, false))
      })
    } catch (error) {
      throw new Error(requestReason(error))
    }
  }

  return {
    put: (path, { journalId, sequence }) =>
      withStore(async (store) => {
        const source = createReadStream(path)
        const content = Readable.toWeb(source.compose(createZstdCompress())) as ReadableStream<Uint8Array>
        const metadata = { journalId, sequence: String(sequence) }
        const options = { max_chunk_size: CHUNK_BYTES }
        try {
          await store.put({ name: NAME, metadata, options }, content, { timeout: REQUEST_TIMEOUT_MS })
        } finally {
          source.destroy()
        }
      }),
    look: () =>
      withStore(async (store) => {
        const info = await store.info(NAME)
        const { journalId, sequence } = info?.metadata ?? {}
        if (info === null || info.deleted || journalId === undefined) return null
        return { journalId, sequence: Number(sequence) }
      }, QUESTION_TIMEOUT_MS),
    async get(path) {
      for (let tries = 1; ; tries++) {
        try {
          return await withStore((store) => copyTo(store, path))
        } catch (error) {
          if (tries === TRIES) throw error
        }
      }
    },
  }
}

async function copyTo(store: ObjectStore, path: string): Promise<void> {
  const found = await store.get(NAME)
  if (found === null) throw new Error('there is no base copy')
  const stalled = new AbortController()
  const stall = () => stalled.abort(new Error('the base copy does not come any more'))
  let timer = setTimeout(stall, STALL_MS)
  const watched = async function* () {
    for await (const chunk of found.data) {
      clearTimeout(timer)
      timer = setTimeout(stall, STALL_MS)
      yield chunk
    }
  }
  try {
    const target = createWriteStream(path, { mode: 0o600 })
    await pipeline(Readable.from(watched()), createZstdDecompress(), target, { signal: stalled.signal })
  } finally {
    clearTimeout(timer)
  }
}
