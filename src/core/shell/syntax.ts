import type { VariableName } from '../model/types.ts'
import type { Placeholder } from './placeholder.ts'

/** A stretch of a script, in UTF-16 units. */
export interface Span {
  readonly offset: number
  readonly length: number
}

/** Where a variable stands, which decides how a reference to it is quoted. */
export type Place = 'bare' | 'double' | 'single' | 'here' | 'arithmetic'

export interface Reference {
  readonly placeholder: Placeholder
  readonly place: Place
}

/** What a shell makes one argument of. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string; readonly isQuoted: boolean }
  | { readonly kind: 'variable'; readonly variable: VariableName }
  /** `$name`, `${name…}`, `$( )`, `$(( ))` or backticks: only the shell knows the text. */
  | { readonly kind: 'expansion'; readonly text: string; readonly isQuoted: boolean }

export interface Word extends Span {
  readonly pieces: readonly Piece[]
  /** Variables of Minitor and parameters of the shell in it, those of nested commands included. */
  readonly variables: readonly VariableName[]
  readonly parameters: readonly string[]
}

/** `name=word`, also by `for name in word`, `${name:=word}` and `export name=word`. `word` is the value alone. */
export interface Assignment {
  readonly name: string
  readonly word: Word
}

export interface SimpleCommand extends Span {
  readonly assignments: readonly Assignment[]
  readonly words: readonly Word[]
  /** Contents of its here-documents. */
  readonly documents: Word[]
  /** What follows `>&` and `<&`. */
  readonly duplications: Word[]
}

/** `$(( ))`: the names in it are evaluated as expressions in their turn. */
export interface Arithmetic extends Span {
  readonly names: readonly string[]
  readonly variables: readonly VariableName[]
}

/** What a script consists of, flat: commands of every nesting stand side by side, in no particular order. */
export interface ShellSyntax {
  readonly references: readonly Reference[]
  readonly commands: readonly SimpleCommand[]
  /** Assignments by loops and by `${name:=word}`. */
  readonly bindings: readonly Assignment[]
  readonly arithmetics: readonly Arithmetic[]
}

/** Adds to the text at the end of a word. */
export function addText(pieces: Piece[], text: string, isQuoted: boolean): void {
  const last = pieces.at(-1)
  if (last?.kind === 'text' && last.isQuoted === isQuoted)
    pieces[pieces.length - 1] = { ...last, text: last.text + text }
  else pieces.push({ kind: 'text', text, isQuoted })
}

/** The text of a word that no expansion changes, or null. */
export function staticText(word: Word): string | null {
  let text = ''
  for (const piece of word.pieces) {
    if (piece.kind !== 'text') return null
    text += piece.text
  }
  return text
}

/** The text that a word surely begins with, quoted or not. */
export function leadingText(word: Word): string {
  let text = ''
  for (const piece of word.pieces) {
    if (piece.kind !== 'text') break
    text += piece.text
  }
  return text
}

/** The text of a word as far as it is not quoted; everything else is a space. */
export function unquotedText(word: Word): string {
  return word.pieces.map((piece) => (piece.kind === 'text' && !piece.isQuoted ? piece.text : ' ')).join('')
}

/** The assignment that a word such as `name=value` reads as, or null. */
export function assignmentOf(word: Word): Assignment | null {
  const [first, ...rest] = word.pieces
  if (first?.kind !== 'text' || first.isQuoted) return null
  const name = /^([A-Za-z_]\w*)=/.exec(first.text)?.[1]
  if (name === undefined) return null
  return { name, word: { ...word, pieces: [{ ...first, text: first.text.slice(name.length + 1) }, ...rest] } }
}

/** Whether the shell may make several words of it, or, where nothing else is in it, none. */
export function isSplit(word: Word): boolean {
  return word.pieces.some((piece) => piece.kind === 'expansion' && !piece.isQuoted)
}
