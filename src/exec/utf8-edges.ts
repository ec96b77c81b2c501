// A sequence is at most four bytes long, so an edge is never more than three bytes away.
const MAX_CONTINUATION_BYTES = 3

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80

function sequenceLength(lead: number): number {
  if (lead >= 0xf0) return 4
  if (lead >= 0xe0) return 3
  return lead >= 0xc0 ? 2 : 1
}

/** The last place at or before `end` that splits no UTF-8 sequence. Bytes that are no UTF-8 are left alone. Pure. */
export function utf8EdgeBefore(bytes: Uint8Array, end: number): number {
  let lead = end - 1
  while (lead >= 0 && end - lead <= MAX_CONTINUATION_BYTES && isContinuation(bytes[lead])) lead--
  const leadByte = bytes[lead]
  if (leadByte === undefined || isContinuation(leadByte)) return end
  return lead + sequenceLength(leadByte) > end ? lead : end
}

/** The first place at or after `start` that splits no UTF-8 sequence. Pure. */
export function utf8EdgeAfter(bytes: Uint8Array, start: number): number {
  let edge = start
  while (edge - start < MAX_CONTINUATION_BYTES && isContinuation(bytes[edge])) edge++
  return edge
}
