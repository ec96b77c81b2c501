import type { LogLevel } from '../core/model/log-settings.ts'
import type { LogFields } from '../core/model/ports.ts'

/** `process.stdout`, or any stream that calls back when the system has taken a chunk. */
export interface LineTarget {
  write(chunk: string, callback: (error?: Error | null) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
}

export interface LineSinkOptions {
  readonly target: LineTarget
  /** Makes the line that replaces lost lines; it ends in a newline like every line. */
  readonly describeLoss: (lineCount: number) => string
}

/** Takes whole lines without waiting. No reader can make it throw, block or grow. */
export interface LineSink {
  write(line: string): void
  /** Resolves when every line is written or lost, after `limitMs` at the latest. */
  close(limitMs: number): Promise<void>
}

// Holds the burst when 10,000 monitors go down at once, and is small enough for a small machine.
const QUEUE_LIMIT_CHARS = 8_000_000

// The size of one write: small, so that an error loses little.
const CHUNK_CHARS = 65_536

/**
 * Has one write under way and a bounded queue behind it. If the reader stalls, lines are dropped and counted, and the count
 * is written once it reads again. A failed write (a full disk) drops its lines, too; the next line tries again. If the reader
 * is gone (EPIPE), all further lines are dropped.
 */
export function createLineSink({ target, describeLoss }: LineSinkOptions): LineSink {
  let queue: string[] = []
  let queuedChars = 0
  // Lines whose write failed, reported before the queue; and lines without room in it, reported after it.
  let failedCount = 0
  let overflowCount = 0
  let isWriting = false
  let isReaderGone = false
  let onIdle = () => {}

  // Every error also reaches the callback of its write; a stream without a listener would end the process.
  target.on('error', () => {})

  const report = (lostCount: number) => (lostCount === 0 ? '' : describeLoss(lostCount))

  const takeChunk = (): { text: string; lineCount: number } => {
    let end = 0
    let chars = 0
    do chars += queue[end++]?.length ?? 0
    while (end < queue.length && chars < CHUNK_CHARS)
    const lines = queue.splice(0, end)
    queuedChars -= chars
    const overflow = queue.length === 0 ? overflowCount : 0
    const chunk = {
      text: report(failedCount) + lines.join('') + report(overflow),
      lineCount: failedCount + lines.length + overflow,
    }
    failedCount = 0
    overflowCount -= overflow
    return chunk
  }

  const writeNext = () => {
    const { text, lineCount } = takeChunk()
    if (text === '') return onIdle()
    isWriting = true
    target.write(text, (error) => {
      isWriting = false
      if (!error) return writeNext()
      if ('code' in error && error.code === 'EPIPE') {
        isReaderGone = true
        queue = []
        overflowCount = 0
      } else {
        // Reported with the next line, not at once: on a full disk that would be a busy loop.
        failedCount = lineCount
      }
      onIdle()
    })
  }

  return {
    write: (line) => {
      if (isReaderGone) return
      // Lines after a lost one are dropped, too, until the gap is reported, so that there is one gap.
      if (overflowCount > 0 || queuedChars + line.length > QUEUE_LIMIT_CHARS) {
        overflowCount += 1
      } else {
        queue.push(line)
        queuedChars += line.length
      }
      if (!isWriting) writeNext()
    },
    close: async (limitMs) => {
      if (!isWriting) writeNext()
      if (!isWriting) return
      const { promise, resolve } = Promise.withResolvers<void>()
      onIdle = resolve
      const timer = setTimeout(resolve, limitMs)
      await promise
      clearTimeout(timer)
    },
  }
}

export interface FormatOptions {
  readonly mask: (text: string) => string
  /** Unix epoch milliseconds. */
  readonly now: () => number
}

/** Makes the text of one log entry, with a newline at its end. */
export type LineFormat = (level: LogLevel, message: string, fields: LogFields) => string
