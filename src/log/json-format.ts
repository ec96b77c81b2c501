import { type Logger, pino } from 'pino'
import type { LogFields } from '../core/model/ports.ts'
import { excerpt } from '../core/text/cut.ts'
import { UNPRINTABLE } from '../core/text/printable.ts'
import type { FormatOptions, LineFormat } from './line-sink.ts'

// Enough for the output of a check, and short enough for every log collector.
const TEXT_LIMIT_CHARS = 4_000

/**
 * Formats one JSON object a line: `time` (ISO 8601, UTC), `level`, the fields, `msg`. Texts are masked and shortened, but
 * otherwise exact for a parser; control characters are written as `\uXXXX`.
 */
export function createJsonFormat({ mask, now }: FormatOptions): LineFormat {
  let line = ''
  const logger: Logger = pino(
    {
      level: 'debug',
      base: null,
      timestamp: () => `,"time":"${new Date(now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    {
      write: (json: string) => {
        line = json.replace(UNPRINTABLE, escapeUnits)
      },
    },
  )
  const shown = (text: string) => excerpt(mask(text), TEXT_LIMIT_CHARS)

  return (level, message, fields) => {
    const texts = Object.entries(fields).map(([name, value]) => {
      if (typeof value === 'string') return [name, shown(value)]
      return [name, isList(value) ? value.map(shown) : value]
    })
    logger[level](Object.fromEntries(texts), shown(message))
    return line
  }
}

function isList(value: LogFields[string] | undefined): value is readonly string[] {
  return Array.isArray(value)
}

function escapeUnits(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')
}
