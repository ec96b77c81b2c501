import { createColors } from 'picocolors'
import type { LogLevel } from '../core/model/log-settings.ts'
import type { LogFields } from '../core/model/ports.ts'
import { excerpt, someLines } from '../core/text/cut.ts'
import { printable } from '../core/text/printable.ts'
import { dateAndClock, withTimes } from '../core/text/time.ts'
import type { FormatOptions, LineFormat } from './line-sink.ts'

const MESSAGE_LIMIT_CHARS = 2_000
const FIELD_LIMIT_CHARS = 200
// Some ten lines of a terminal: the beginning and the end of a command's output.
const BLOCK_LIMIT_CHARS = 800
const BLOCK_LINES = { head: 6, tail: 13 }

// The width of the longest status, to align messages.
const WORD_WIDTH = 'pending'.length

/** Coloured only where it is news: not in a maintenance. */
const TROUBLE: ReadonlySet<string> = new Set(['down', 'failing'])

interface HumanOptions extends Pick<FormatOptions, 'mask'> {
  /** The time that a line begins with; may be empty. */
  readonly stamp: () => string
  readonly hasColour: boolean
}

/**
 * Formats lines for people: the time, one coloured word (the `status` field, else the level) and the message; below
 * it the command, for warnings and errors, and its output. Other fields are left to the JSON format. Texts are masked and
 * shortened, and nothing in them moves the cursor.
 */
export function createHumanFormat({ mask, stamp, hasColour }: HumanOptions): LineFormat {
  const colours = createColors(hasColour)
  const paintWord: Readonly<Record<string, (text: string) => string>> = {
    up: colours.green,
    down: colours.red,
    failing: colours.yellow,
    pending: colours.dim,
    paused: colours.dim,
    error: colours.red,
    warn: colours.yellow,
    info: colours.cyan,
    debug: colours.dim,
  }

  const oneLine = (text: string, limit: number) => printable(excerpt(mask(text), limit), { newlines: 'escape' })

  const blocks = (level: LogLevel, { command, output, status }: LogFields, indent: number) => {
    const block = (mark: string, text: string) =>
      someLines(printable(excerpt(mask(text).trimEnd(), BLOCK_LIMIT_CHARS)), BLOCK_LINES)
        .map((line) => `${colours.dim(`${' '.repeat(indent)}${mark} ${line}`)}\n`)
        .join('')

    const isTrouble = level === 'warn' || level === 'error'
    const run = isTrouble && command !== undefined ? block('$', shown(command)) : ''
    const said = (isTrouble || status === undefined) && shown(output).trim() !== '' ? block('|', shown(output)) : ''
    return run + said
  }

  return (level, message, fields) => {
    const time = stamp()
    const start = time === '' ? '' : `${colours.dim(time)} `
    const word = typeof fields.status === 'string' ? oneLine(fields.status, FIELD_LIMIT_CHARS) : level
    const paint = paintWord[level === 'info' && TROUBLE.has(word) ? level : word] ?? String
    const text = withTimes(message, dateAndClock)
    const head = `${start}${paint(word.padEnd(WORD_WIDTH))} ${oneLine(text, MESSAGE_LIMIT_CHARS)}`
    return `${head}\n${blocks(level, fields, Bun.stringWidth(start) + WORD_WIDTH + 1)}`
  }
}

function shown(value: LogFields[string] | undefined): string {
  return Array.isArray(value) ? value.join(' ') : String(value ?? '')
}
