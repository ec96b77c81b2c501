import pc from 'picocolors'
import yoctoSpinner from 'yocto-spinner'
import type { Standing } from '../../core/model/state.ts'
import { createMask } from '../../core/text/mask.ts'
import { printable } from '../../core/text/printable.ts'

/** NO_COLOR, when set and not empty, wins over everything (no-color.org); then what forces colours, then the terminal. */
export function hasColour(stream: { isTTY?: boolean }): boolean {
  const { NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE, TERM } = process.env
  if (NO_COLOR || /^(?:0|false)$/.test(FORCE_COLOR ?? '')) return false
  if (FORCE_COLOR || (CLICOLOR_FORCE && CLICOLOR_FORCE !== '0')) return true
  return stream.isTTY === true && TERM !== 'dumb'
}

/** Colours for standard output; plain text where it is no terminal. */
export const colours = pc.createColors(hasColour(process.stdout))
export const errorColours = pc.createColors(hasColour(process.stderr))

export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

export function printError(text: string): void {
  process.stderr.write(`${text}\n`)
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2))
}

/** Shows that something takes its time, on a terminal only, until the work is done. */
export async function withSpinner<Result>(text: string, work: Promise<Result>): Promise<Result> {
  if (process.stderr.isTTY !== true) return work
  const spinner = yoctoSpinner({ text, stream: process.stderr }).start()
  try {
    return await work
  } finally {
    spinner.stop()
  }
}

/** A longer cell moves what stands behind it, not the other rows. */
export const COLUMN_WIDTH = 40

/** Rows as aligned columns, two spaces apart. Widths count what is visible. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.min(COLUMN_WIDTH, Math.max(widths[column] ?? 0, Bun.stringWidth(cell)))
    }
  }
  const pad = (cell: string, column: number) =>
    cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - Bun.stringWidth(cell)))
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n')
}

/** What text is laid out for. */
export interface Page {
  /** Columns of the terminal; infinite where the text goes to a pipe or a file. */
  readonly width: number
  readonly oneLine: OneLine
}

export function widthOf(stream: { isTTY?: boolean; columns?: number }): number {
  return stream.isTTY === true && stream.columns ? stream.columns : Infinity
}

/** Cuts a line at the edge of the page. Colours stay as they are. */
export function fit(line: string, width: number): string {
  return Bun.stringWidth(line) <= width ? line : Bun.sliceAnsi(line, 0, width, { ellipsis: '…' })
}

/** Makes text that checks and people have written fit to stand in a line on a terminal. */
export type OneLine = (text: string) => string

export function createOneLine(secrets: readonly string[]): OneLine {
  const mask = createMask(secrets)
  return (text) => printable(mask(text), { newlines: 'escape' }).replaceAll('\t', ' ')
}

export const PAINT: Readonly<Record<Standing, (text: string) => string>> = {
  down: (text) => colours.bold(colours.red(text)),
  failing: colours.yellow,
  flapping: colours.magenta,
  maintenance: colours.blue,
  pending: colours.cyan,
  up: colours.green,
  paused: colours.dim,
}
