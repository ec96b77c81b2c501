import { createMask } from '../../core/text/mask.ts'
import { printable } from '../../core/text/printable.ts'

/** Makes text that checks and people have written fit to stand in a line on a terminal. */
export type OneLine = (text: string) => string

export function createOneLine(secrets: readonly string[]): OneLine {
  const mask = createMask(secrets)
  return (text) => printable(mask(text), { newlines: 'escape' }).replaceAll('\t', ' ')
}
