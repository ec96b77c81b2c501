import type { Log, LogLevel } from '../core/model/ports.ts'
import { createHumanFormat } from './human-format.ts'
import { createJsonFormat } from './json-format.ts'
import { createLineSink, type FormatOptions, type LineTarget } from './line-sink.ts'

export interface LogOptions extends FormatOptions {
  readonly target: LineTarget
  /** Whether to write short lines for people, else one JSON object a line. */
  readonly isTerminal: boolean
  readonly hasColour: boolean
  /** Lines below this level are not written. */
  readonly level: LogLevel
}

/** A log that can be closed. Nothing should be written after `close`. */
export interface OpenLog extends Log {
  /** Resolves when everything is written, or after a second if the reader has stalled. */
  close(): Promise<void>
}

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

// A stalled reader must not hold up the shutdown.
const CLOSE_LIMIT_MS = 1_000

/** Creates the daemon's log. `write` returns at once and never throws, whatever the reader does. */
export function createLog({ target, isTerminal, hasColour, level, mask, now }: LogOptions): OpenLog {
  const format = isTerminal ? createHumanFormat({ mask, now, hasColour }) : createJsonFormat({ mask, now })
  const sink = createLineSink({
    target,
    describeLoss: (lineCount) =>
      format('warn', `${lineCount} log lines were lost: nothing could be written`, { lost: lineCount }),
  })

  return {
    write: (lineLevel, message, fields = {}) => {
      if (LEVELS.indexOf(lineLevel) >= LEVELS.indexOf(level)) sink.write(format(lineLevel, message, fields))
    },
    close: () => sink.close(CLOSE_LIMIT_MS),
  }
}
