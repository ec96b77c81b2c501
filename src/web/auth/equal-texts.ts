import { createHash, timingSafeEqual } from 'node:crypto'

/** Compares digests, in constant time: how long it takes tells nothing of how much is right, or how long the secret is. Pure. */
export function equalTexts(one: string, other: string): boolean {
  return timingSafeEqual(digestOf(one), digestOf(other))
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
