import type { ScalarNode } from './node.ts'
import type { Place } from './source.ts'

/** A stretch of a scalar's text as it was read. */
export interface Stretch {
  readonly text: string
  readonly offset: number
  readonly length: number
}

/**
 * The place of a stretch of a scalar's text in the file. Folding, escapes and variables move it, so it is searched for:
 * if the file has the same words as often as the text, they are in the same order; otherwise it is the whole scalar.
 */
export function placeInScalar(node: ScalarNode, { text, offset, length }: Stretch): Place {
  const [words = ''] = text.slice(offset, offset + length).split('\n')
  if (words === '') return node
  const raw = node.source.text.slice(node.start, node.end)
  const inText = occurrences(text, words)
  const inFile = occurrences(raw, words)
  const position = inFile[inText.indexOf(offset)]
  if (inText.length !== inFile.length || position === undefined) return node
  const start = node.start + position
  return { source: node.source, start, end: start + words.length }
}

function occurrences(text: string, words: string): readonly number[] {
  const found: number[] = []
  for (let at = text.indexOf(words); at !== -1; at = text.indexOf(words, at + 1)) found.push(at)
  return found
}
