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

/** What a shell makes one argument of. `isSplit`: the shell may make several words of it, or none. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string; readonly isQuoted: boolean }
  /** `{name}` or `$MINITOR_NAME`. */
  | { readonly kind: 'variable'; readonly variable: VariableName; readonly isSplit: boolean }
  /** `$name`, `${name…}`, `$( )`, `$(( ))`, `<( )` or backticks: only the shell knows the text. */
  | { readonly kind: 'expansion'; readonly text: string; readonly isSplit: boolean }

/** `values`: the foreign texts in it, those of nested commands included, whose output is part of the word. */
export interface Word extends Span {
  readonly pieces: readonly Piece[]
  readonly values: readonly VariableName[]
}

export interface SimpleCommand extends Span {
  /** `name=value` in front of the command. */
  readonly assignments: readonly Word[]
  readonly words: readonly Word[]
  /** What it reads: here-documents, here-strings, files. */
  readonly inputs: Word[]
  /** What follows `>&` and `<&`. */
  readonly duplications: Word[]
  /** The foreign text that a pipe, or a redirection of the block around it, hands to it. */
  fedBy: VariableName | null
}

/** Where bash calculates, and so runs commands that are hidden in a text. */
export interface Arithmetic extends Span {
  readonly values: readonly VariableName[]
}

/** What a script consists of, flat: commands of every nesting stand side by side, in no particular order. */
export interface ShellSyntax {
  readonly references: readonly Reference[]
  readonly commands: readonly SimpleCommand[]
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
export function staticText({ pieces }: Word): string | null {
  return pieces.every(({ kind }) => kind === 'text') ? leadingText({ pieces }) : null
}

/** The text that a word surely begins with, quoted or not. */
export function leadingText({ pieces }: Pick<Word, 'pieces'>): string {
  const end = pieces.findIndex(({ kind }) => kind !== 'text')
  return (end === -1 ? pieces : pieces.slice(0, end)).map((piece) => ('text' in piece ? piece.text : '')).join('')
}

/** The text of a word if all that only the shell knows is empty. */
export function fixedText({ pieces }: Pick<Word, 'pieces'>): string {
  return pieces.map((piece) => (piece.kind === 'text' ? piece.text : '')).join('')
}

/** The text that a word begins with, up to a foreign one, if all that only the shell knows is empty. */
export function startText(word: Word): string {
  return word.values.length === 0 ? fixedText(word) : leadingText(word)
}

/** The text of a word as far as it is not quoted; everything else is a space. */
export function unquotedText({ pieces }: Word): string {
  return pieces.map((piece) => (piece.kind === 'text' && !piece.isQuoted ? piece.text : ' ')).join('')
}

/** Whether it is a foreign text and nothing else. */
export function isValueAlone({ pieces, values }: Word): boolean {
  return values.length > 0 && pieces.every((piece) => piece.kind !== 'text' || piece.text === '')
}

/** What stands in front of the foreign text in it; null where there is none, or something that only the shell knows. */
export function textBeforeValue(word: Word): string | null {
  const first = word.pieces.find(({ kind }) => kind !== 'text')
  return first?.kind === 'variable' && word.values[0] === first.variable ? leadingText(word) : null
}

/** `$options`, which leaves its place to the next word where it is empty. */
export function canVanish({ pieces, values }: Word): boolean {
  return (
    values.length === 0 && pieces.length > 0 && pieces.every((piece) => piece.kind === 'expansion' && piece.isSplit)
  )
}

/** Whether the shell may split a foreign text in it into words of their own. */
export function isValueSplit({ pieces, values }: Word): boolean {
  return values.length > 0 && pieces.some((piece) => piece.kind !== 'text' && piece.isSplit)
}

/** The last part of a program's path: `python3` of `/usr/bin/python3`. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
