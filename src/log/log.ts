import type { LogLevel, LogSettings } from '../core/model/log-settings.ts'
import type { Log } from '../core/model/ports.ts'
import { clockText, dateAndClock } from '../core/text/time.ts'
import { createHumanFormat } from './human-format.ts'
import { createJsonFormat } from './json-format.ts'
import { createLineSink, type FormatOptions, type LineFormat, type LineTarget } from './line-sink.ts'

/** Where the log goes: a terminal, systemd's journal, or anything else. */
export type LogPlace = 'terminal' | 'journal' | 'file'

export interface LogOptions extends FormatOptions, LogSettings {
  readonly target: LineTarget
  readonly place: LogPlace
  readonly hasColour: boolean
}

/** A log that can be closed. Nothing should be written after `close`. */
export interface OpenLog extends Log {
  /** From now on, another format and level. */
  configure(settings: LogSettings): void
  /** Resolves when everything is written, or after a second if the reader has stalled. */
  close(): Promise<void>
}

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

/** As in syslog(3); the journal takes them from the beginning of a line. */
const PRIORITIES: Readonly<Record<LogLevel, number>> = { debug: 7, info: 6, warn: 4, error: 3 }

// A stalled reader must not hold up the shutdown.
const CLOSE_LIMIT_MS = 1_000

/** Creates the daemon's log. `write` returns at once and never throws, whatever the reader does. */
export function createLog({ target, place, hasColour, mask, now, ...settings }: LogOptions): OpenLog {
  let { level, format: chosen } = settings
  const stamps = { terminal: clockText, file: dateAndClock, journal: () => '' }
  const json = createJsonFormat({ mask, now })
  const text = createHumanFormat({ mask, hasColour, stamp: () => stamps[place](now()) })
  const format: LineFormat = (lineLevel, message, fields) => {
    const isText = chosen === null ? place !== 'file' : chosen === 'text'
    const lines = (isText ? text : json)(lineLevel, message, fields)
    return place === 'journal' ? lines.replace(/^(?=.)/gm, `<${PRIORITIES[lineLevel]}>`) : lines
  }
  const sink = createLineSink({
    target,
    describeLoss: (lineCount) =>
      format('warn', `${lineCount} log lines were lost: nothing could be written`, { lost: lineCount }),
  })

  return {
    write: (lineLevel, message, fields = {}) => {
      if (LEVELS.indexOf(lineLevel) >= LEVELS.indexOf(level)) sink.write(format(lineLevel, message, fields))
    },
    configure(anew) {
      level = anew.level
      chosen = anew.format
    },
    close: () => sink.close(CLOSE_LIMIT_MS),
  }
}
