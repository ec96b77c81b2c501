export interface EventLog {
  note(atMs: number, line: string): void
  /** Of all lines. */
  hash(): string
  readonly lines: readonly string[]
}

/** Everything that happened in a world, in its order: as a hash, and as text for those who want to read it. */
export function createEventLog(keepsLines: boolean): EventLog {
  const hasher = new Bun.CryptoHasher('sha256')
  const lines: string[] = []
  return {
    note(atMs, line) {
      const text = `${(atMs / 1000).toFixed(3).padStart(10)} ${line}`
      hasher.update(`${text}\n`)
      if (keepsLines) lines.push(text)
    },
    hash: () => hasher.copy().digest('hex'),
    lines,
  }
}
