const SECRET_BYTES = 32

/** Random bytes in hexadecimal. */
export function newSecret(): string {
  return crypto.getRandomValues(new Uint8Array(SECRET_BYTES)).toHex()
}
