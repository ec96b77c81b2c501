/** What Letters takes: a request, or one part of an answer. */
export const LETTER_LIMIT_BYTES = 512 * 1024

const NOTHING = new Uint8Array()
const LENGTH_BYTES = 4
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** A JSON document with bytes behind it: four bytes for the length of the document, the document, the bytes. */
export function sealLetter(head: object, body: Uint8Array = NOTHING): Uint8Array {
  const document = encoder.encode(JSON.stringify(head))
  const letter = new Uint8Array(LENGTH_BYTES + document.length + body.length)
  new DataView(letter.buffer).setUint32(0, document.length)
  letter.set(document, LENGTH_BYTES)
  letter.set(body, LENGTH_BYTES + document.length)
  return letter
}

/** Both ends are Minitors of one cluster: the head is what `sealLetter` was given. Throws for anything else. */
export function openLetter<Head extends object>(
  letter: Uint8Array,
): { readonly head: Head; readonly body: Uint8Array } {
  const length = new DataView(letter.buffer, letter.byteOffset, letter.byteLength).getUint32(0)
  const end = LENGTH_BYTES + length
  return { head: JSON.parse(decoder.decode(letter.subarray(LENGTH_BYTES, end))), body: letter.subarray(end) }
}
