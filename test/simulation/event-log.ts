export interface EventLog {
  note(atMs: number, line: string): void
  /** The hash of all lines. */
  hash(): string
  readonly lines: readonly string[]
}

/** Everything that happened in a world, in order: as a hash and, where wanted, as text. */
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
