import type { LogFields, LogLevel } from '../core/model/ports.ts'

/** What a sink writes to: `process.stdout`, or any stream that calls back when the system has taken a chunk. */
export interface LineTarget {
  write(chunk: string, callback: (error?: Error | null) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
}

export interface LineSinkOptions {
  readonly target: LineTarget
  /** Makes the line that stands in the place of lines that were lost; ends in a newline like every line. */
  readonly describeLoss: (lineCount: number) => string
}

/** Takes whole lines, always at once. Nothing about the reader can make it throw, wait or grow. */
export interface LineSink {
  write(line: string): void
  /** Resolves when all that was taken is written or lost, after `limitMs` at the latest. */
  close(limitMs: number): Promise<void>
}

// Holds the burst when 10,000 monitors go down in one moment, and is no burden to a small machine.
const QUEUE_LIMIT_CHARS = 8_000_000

// A write carries little more than this, so that an error loses little.
const CHUNK_CHARS = 65_536

/**
 * Keeps one write in the system's hands and a bounded queue behind it. A reader that stalls costs lines, which are
 * counted and told once it reads again; so does a failed write (a full disk), after which the next line tries anew.
 * A reader that is gone (EPIPE) costs all lines from then on.
 */
export function createLineSink({ target, describeLoss }: LineSinkOptions): LineSink {
  let queue: string[] = []
  let queuedChars = 0
  // Told before the queue: their write failed. And after it: there was no room for them.
  let failedCount = 0
  let overflowCount = 0
  let isWriting = false
  let isReaderGone = false
  let onIdle = () => {}

  // Every error also reaches the callback of its write; a stream without a listener would end the process.
  target.on('error', () => {})

  const tell = (lostCount: number) => (lostCount === 0 ? '' : describeLoss(lostCount))

  const takeChunk = (): { text: string; lineCount: number } => {
    let end = 0
    let chars = 0
    do chars += queue[end++]?.length ?? 0
    while (end < queue.length && chars < CHUNK_CHARS)
    const lines = queue.splice(0, end)
    queuedChars -= chars
    const overflow = queue.length === 0 ? overflowCount : 0
    const chunk = {
      text: tell(failedCount) + lines.join('') + tell(overflow),
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
        // Told with the next line, not at once: on a full disk that would be a busy loop.
        failedCount = lineCount
      }
      onIdle()
    })
  }

  return {
    write: (line) => {
      if (isReaderGone) return
      // What follows a lost line is lost too until the gap is told, so that the gap has one place.
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

/** Makes the text of one log entry, newline at its end included. */
export type LineFormat = (level: LogLevel, message: string, fields: LogFields) => string
