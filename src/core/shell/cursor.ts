import type { VariableName } from '../model/types.ts'
import type { Placeholder, TemplateMistake } from './placeholder.ts'
import type { Arithmetic, Reference, SimpleCommand, Span } from './syntax.ts'

/**
 * Ends the reading of a script. Where it is only not understood, that matters to the variables that follow; a script that
 * every shell would refuse is refused. Caught in `readShell`.
 */
export class NotUnderstood extends Error {
  readonly mistake: TemplateMistake
  readonly isBroken: boolean
  constructor(mistake: TemplateMistake, isBroken: boolean) {
    super(mistake.message)
    this.mistake = mistake
    this.isBroken = isBroken
  }
}

export interface PendingDocument {
  readonly delimiter: string
  readonly isQuoted: boolean
  readonly stripsTabs: boolean
  readonly command: SimpleCommand
}

interface Value {
  readonly variable: VariableName
  readonly offset: number
}

/** An open `{`, `(`, `if`, `while` …: what is piped or redirected into it reaches the commands in it. */
interface Block {
  readonly offset: number
  readonly firstCommand: number
  readonly fedBy: VariableName | null
}

/** Far more than any script needs, and far less than what would exhaust the stack. */
const DEPTH_LIMIT = 100

/** A position in a script that only moves forward, and what was found on the way. */
export class ShellCursor {
  readonly text: string
  readonly placeholders: ReadonlyMap<number, Placeholder>
  readonly references: Reference[] = []
  readonly commands: SimpleCommand[] = []
  readonly arithmetics: Arithmetic[] = []
  /** Foreign texts read so far, in order; a word takes its own part. */
  readonly values: Value[] = []
  readonly blocks: Block[] = []
  /** Commands after the end of a block whose redirections are those of the block, with the block's commands. */
  readonly closings: { readonly command: SimpleCommand; readonly inside: readonly SimpleCommand[] }[] = []
  /** Here-documents announced on this line, whose text begins on the next one. */
  pending: PendingDocument[] = []
  /** What a pipe hands to the commands that are read now. */
  fedBy: VariableName | null = null
  /** Where the commands began that are being read, the outermost first. */
  readonly unfinished: number[] = []
  /** Where the command or block began that a pipe would read from. */
  stageOffset = 0
  position = 0
  #depth = 0
  /** Where this part ends: the script, the content of backticks, or a here-document. */
  end: number

  /** The variable whose foreign text the shell's parameter of this name holds. */
  readonly foreign: (name: string) => VariableName | null
  /** Whether bash will read it, and no other shell. */
  readonly isBash: boolean
  /** Reads commands up to the end, or up to `closing`. Words hold commands again: the reader is carried along. */
  readonly readCommands: (cursor: ShellCursor, closing: ')' | null) => void

  constructor(
    text: string,
    {
      placeholders,
      foreign,
      isBash,
      readCommands,
    }: {
      readonly placeholders: readonly Placeholder[]
      readonly foreign: ShellCursor['foreign']
      readonly isBash: boolean
      readonly readCommands: ShellCursor['readCommands']
    },
  ) {
    this.text = text
    this.foreign = foreign
    this.isBash = isBash
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

  /** Reads something that may hold the same again. */
  nest(read: () => void): void {
    this.limit(this.#depth)
    this.#depth++
    read()
    this.#depth--
  }

  /** Refuses what stands in so many others of its kind. */
  limit(depth: number): void {
    if (depth >= DEPTH_LIMIT)
      this.refuseBroken('this is nested too deep', 'a script needs no more than a few levels', { length: 1 })
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

  /** The first variable of Minitor in a stretch of the text, or null. */
  placeholderIn(offset: number, end: number): Placeholder | null {
    for (const placeholder of this.placeholders.values())
      if (placeholder.offset >= offset && placeholder.offset < end) return placeholder
    return null
  }

  /** The foreign texts found since `count` of them were known. */
  valuesSince(count: number): readonly VariableName[] {
    return this.values.slice(count).map(({ variable }) => variable)
  }

  /** This is not understood, which matters to variables in it or after it. */
  refuse(message: string, hint: string, span?: Partial<Span>): never {
    throw new NotUnderstood(this.mistake(message, hint, span), false)
  }

  /** No shell would run this. */
  refuseBroken(message: string, hint: string, span?: Partial<Span>): never {
    throw new NotUnderstood(this.mistake(message, hint, span), true)
  }

  refuseUnterminated(opening: Span, closing: string): never {
    return this.refuseBroken(`this is never closed: ${closing} is missing`, 'close it', opening)
  }

  /** A variable stands where no quotes could protect it. */
  refusePlaceholder({ variable, offset, length }: Placeholder, where: string): never {
    return this.refuseBroken(
      `{${variable}} stands ${where}, where it cannot be quoted`,
      'write it outside, in double quotes',
      { offset, length },
    )
  }

  private mistake(message: string, hint: string, span?: Partial<Span>): TemplateMistake {
    const offset = span?.offset ?? this.position
    return { message, hint, offset, length: span?.length ?? Math.max(1, this.position - offset) }
  }
}
