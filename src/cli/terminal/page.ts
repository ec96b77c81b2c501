import type { OneLine } from './one-line.ts'

/** What text is laid out for. */
export interface Page {
  /** Columns of the terminal; infinite where the text goes to a pipe or a file. */
  readonly width: number
  readonly oneLine: OneLine
}

export function widthOf(stream: { isTTY?: boolean; columns?: number }): number {
  return stream.isTTY === true && stream.columns ? stream.columns : Number.POSITIVE_INFINITY
}

/** Cuts a line at the edge of the page. Colours stay as they are. */
export function fit(line: string, width: number): string {
  return Bun.stringWidth(line) <= width ? line : Bun.sliceAnsi(line, 0, width, { ellipsis: '…' })
}
