import { createColors } from 'picocolors'
import { excerpt } from '../core/excerpt.ts'
import type { LogFields } from '../core/ports.ts'
import { printable } from '../core/printable.ts'
import type { LineFormat } from './line-format.ts'

const MESSAGE_LIMIT_CHARS = 2_000
const FIELD_LIMIT_CHARS = 200
// Some ten lines of a terminal: the beginning and the end of what a command said.
const BLOCK_LIMIT_CHARS = 800

// Width of the longest status, so that messages stand below each other.
const WORD_WIDTH = 'pending'.length

// The word before the message says the status; ids serve those who search the JSON form.
const HIDDEN_FIELD = /^status$|_id$/

export interface HumanFormatOptions {
  readonly mask: (text: string) => string
  /** Unix epoch milliseconds. */
  readonly now: () => number
  readonly hasColour: boolean
}

/**
 * Lines for people at a terminal: local time, one coloured word (the `status` field, else the level), the message, the
 * other fields; texts of several lines and `output` below it. Masked, shortened, and nothing in it moves the cursor.
 */
export function createHumanFormat({ mask, now, hasColour }: HumanFormatOptions): LineFormat {
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

  const block = (text: string) =>
    printable(excerpt(mask(text).trimEnd(), BLOCK_LIMIT_CHARS))
      .split('\n')
      .map((line) => `${colours.dim(`${' '.repeat(WORD_WIDTH + 10)}| ${line}`)}\n`)
      .join('')

  return (level, message, fields) => {
    const time = new Date(now()).toTimeString().slice(0, 8)
    const word = typeof fields.status === 'string' ? oneLine(fields.status, FIELD_LIMIT_CHARS) : level
    const shown = Object.entries(fields).filter(([name, value]) => !HIDDEN_FIELD.test(name) && isTold(value))
    const facts = shown.filter(([name, value]) => !isBlock(name, value)).map(fact)
    const blocks = shown.filter(([name, value]) => isBlock(name, value)).map(([, value]) => block(String(value)))
    const paint = paintWord[word] ?? String
    const factText = facts.map((text) => ` ${oneLine(text, FIELD_LIMIT_CHARS)}`).join('')
    const head = `${colours.dim(time)} ${paint(word.padEnd(WORD_WIDTH))} ${oneLine(message, MESSAGE_LIMIT_CHARS)}`
    return `${head}${factText === '' ? '' : colours.dim(` ${factText}`)}\n${blocks.join('')}`
  }
}

function isTold(value: LogFields[string] | undefined): boolean {
  return value !== null && value !== undefined && String(value).trim() !== ''
}

function fact([name, value]: [string, LogFields[string] | undefined]): string {
  const text = String(value)
  return text.includes(' ') ? `${name}="${text}"` : `${name}=${text}`
}

function isBlock(name: string, value: LogFields[string] | undefined): boolean {
  return typeof value === 'string' && (name === 'output' || value.trimEnd().includes('\n'))
}
