/** A body as it goes into a letter. */
export interface LetterBody {
  readonly bytes: Uint8Array
  /** How many bytes were left out behind the first `HEAD_BYTES`. */
  readonly leftOut: number
}

/** Whoever takes a longer body takes its ends only, and less of them: a ping keeps 10,000 bytes, all else refuses it. */
const HEAD_BYTES = 32 * 1024
const TAIL_BYTES = 224 * 1024
const FILLER = new Uint8Array(64 * 1024)

/** Reads a body to its end, and holds its beginning and its end. Null if the client is gone before that. */
export async function takeEnds(body: ReadableStream<Uint8Array> | null): Promise<LetterBody | null> {
  let head = Buffer.alloc(0)
  const tail: Uint8Array[] = []
  let tailBytes = 0
  let byteCount = 0
  try {
    for await (const chunk of body ?? []) {
      byteCount += chunk.length
      const rest = chunk.subarray(HEAD_BYTES - head.length)
      if (head.length < HEAD_BYTES) head = Buffer.concat([head, chunk.subarray(0, HEAD_BYTES - head.length)])
      tail.push(rest)
      tailBytes += rest.length
      while (tailBytes - (tail[0]?.length ?? 0) >= TAIL_BYTES) tailBytes -= tail.shift()?.length ?? 0
    }
  } catch {
    return null
  }
  const bytes = Buffer.concat([head, Buffer.concat(tail).subarray(-TAIL_BYTES)])
  return { bytes, leftOut: byteCount - bytes.length }
}

/** The body with as much filling as was left out: whoever takes its ends, or its length, takes what was sent. */
export function fillUp({ bytes, leftOut }: LetterBody): ReadableStream<Uint8Array> {
  let left = leftOut
  let isBegun = false
  return new ReadableStream({
    pull(controller) {
      if (!isBegun) {
        isBegun = true
        return controller.enqueue(bytes.slice(0, leftOut === 0 ? bytes.length : HEAD_BYTES))
      }
      if (left > 0) {
        const filler = FILLER.slice(0, left)
        left -= filler.length
        return controller.enqueue(filler)
      }
      if (leftOut > 0) controller.enqueue(bytes.slice(HEAD_BYTES))
      controller.close()
    },
  })
}
