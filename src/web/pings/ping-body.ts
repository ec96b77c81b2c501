/** Of what comes with a ping so much is kept. */
export const PING_BODY_LIMIT_BYTES = 10_000

/**
 * The beginning of a request's body, as valid text without NUL bytes and without a character that was cut in two. The rest
 * is read and thrown away, up to the server's own limit: a client that cannot send all of it would take the ping for lost.
 * Null where it is beyond that limit, or the client has gone.
 */
export async function readPingBody(body: ReadableStream<Uint8Array> | null): Promise<string | null> {
  if (body === null) return ''
  const decoder = new TextDecoder()
  let text = ''
  let roomBytes = PING_BODY_LIMIT_BYTES
  try {
    for await (const chunk of body) {
      const part = chunk.subarray(0, roomBytes)
      roomBytes -= part.length
      text += decoder.decode(part, { stream: true })
    }
  } catch {
    return null
  }
  // What is left of a character at the very end, the limit aside, is one that never was whole.
  return (roomBytes > 0 ? text + decoder.decode() : text).replaceAll('\0', '')
}
