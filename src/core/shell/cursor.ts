import type { Placeholder, TemplateMistake } from './placeholder.ts'
import type { Arithmetic, Assignment, Reference, SimpleCommand, Span } from './syntax.ts'

/** Ends the reading of a script at the first thing that is not surely understood. Caught in `readShell`. */
export class NotUnderstood extends Error {
  readonly mistake: TemplateMistake
  constructor(mistake: TemplateMistake) {
    super(mistake.message)
    this.mistake = mistake
  }
}

export interface PendingDocument {
  readonly delimiter: string
  readonly isQuoted: boolean
  readonly stripsTabs: boolean
  readonly command: SimpleCommand
}

/** A position in a script that only moves forward, and what was found on the way. */
export class ShellCursor {
  readonly text: string
  readonly placeholders: ReadonlyMap<number, Placeholder>
  readonly references: Reference[] = []
  readonly commands: SimpleCommand[] = []
  readonly bindings: Assignment[] = []
  readonly arithmetics: Arithmetic[] = []
  /** Names of the parameters read so far, in order; a word takes its own part. */
  readonly parameters: string[] = []
  /** Here-documents announced on this line, whose text begins on the next one. */
  pending: PendingDocument[] = []
  position = 0
  /** Where this part ends: the script, the content of backticks, or a here-document. */
  end: number

  /** Reads commands up to the end, or up to `closing`. Words hold commands again: the reader is carried along. */
  readonly readCommands: (cursor: ShellCursor, closing: ')' | null) => void

  constructor(text: string, placeholders: readonly Placeholder[], readCommands: ShellCursor['readCommands']) {
    this.text = text
    this.readCommands = readCommands
    this.placeholders = new Map(placeholders.map((placeholder) => [placeholder.offset, placeholder]))
    this.end = text.length
  }

  get isAtEnd(): boolean {
    return this.position >= this.end
  }

  /** The next unit, or an empty string at the end. */
  get next(): string {
    return this.isAtEnd ? '' : this.text.charAt(this.position)
  }

  startsWith(text: string): boolean {
    return this.position + text.length <= this.end && this.text.startsWith(text, this.position)
  }

  /** What a sticky expression finds here, or null. Does not move. */
  match(expression: RegExp): RegExpExecArray | null {
    expression.lastIndex = this.position
    return expression.exec(this.end === this.text.length ? this.text : this.text.slice(0, this.end))
  }

  /** Spaces, continued lines and comments; variables in comments are text. */
  skipBlanks(): void {
    this.position += this.match(/(?:[ \t]|\\\n|#[^\n]*)*/y)?.[0].length ?? 0
  }

  get placeholder(): Placeholder | null {
    return this.isAtEnd ? null : (this.placeholders.get(this.position) ?? null)
  }

  refuse(message: string, hint: string, span?: Partial<Span>): never {
    const offset = span?.offset ?? this.position
    const length = span?.length ?? Math.max(1, this.position - offset)
    throw new NotUnderstood({ message, hint, offset, length })
  }

  refuseUnterminated(opening: Span, closing: string): never {
    return this.refuse(`this is never closed: ${closing} is missing`, 'close it', opening)
  }
}
