/*
 * The promise of this room: no value of a variable is ever read as code, whatever the check has printed. A template with
 * variables becomes one constant script. Each `{name}` in it turns into a reference to an environment variable, quoted
 * for the place where it stands, and the value reaches the shell through the environment alone. For that, the script is
 * read as dash, bash and busybox all read it (`commands`, `words`, `expansion`, `redirection`); what they could read
 * differently is refused. What the shell or an interpreter would run as code despite the quotes is refused, too (`reach`,
 * `taint`). A script may still write a value to a file and run that file: this is not seen.
 */
import type { VariableName } from '../model/types.ts'
import { readCommands } from './commands.ts'
import { NotUnderstood, ShellCursor } from './cursor.ts'
import { environmentName, type Placeholder, readPlaceholders, type TemplateMistake } from './placeholder.ts'
import { findReach } from './reach.ts'
import { readDocuments } from './redirection.ts'
import type { Place, Reference, ShellSyntax } from './syntax.ts'

export type CompiledScript =
  | { readonly ok: true; readonly script: string }
  | { readonly ok: false; readonly mistakes: readonly TemplateMistake[] }

/**
 * Makes one constant script of a template: each `{name}` becomes a reference to an environment variable, quoted for the
 * place where it stands. So a value never becomes part of the script.
 */
export function compileShell(source: string): CompiledScript {
  const { text, placeholders, mistakes, sourceOffset } = readPlaceholders(source)
  if (mistakes.length > 0) return { ok: false, mistakes }
  if (placeholders.length === 0) return { ok: true, script: text }
  const syntax = readShell(text, placeholders)
  const found = 'message' in syntax ? [syntax] : findReach(syntax)
  if ('message' in syntax || found.length > 0) {
    const placed = found.map((mistake) => {
      const offset = sourceOffset(mistake.offset)
      return { ...mistake, offset, length: sourceOffset(mistake.offset + mistake.length) - offset }
    })
    return { ok: false, mistakes: placed }
  }
  return { ok: true, script: replaceReferences(text, syntax.references) }
}

function replaceReferences(text: string, references: readonly Reference[]): string {
  let script = ''
  let position = 0
  for (const { placeholder, place } of [...references].sort((a, b) => a.placeholder.offset - b.placeholder.offset)) {
    script += text.slice(position, placeholder.offset) + quote(placeholder.variable, place)
    position = placeholder.offset + placeholder.length
  }
  return script + text.slice(position)
}

function quote(variable: VariableName, place: Place): string {
  const reference = `\${${environmentName(variable)}}`
  if (place === 'bare') return `"${reference}"`
  return place === 'single' ? `'"${reference}"'` : reference
}

/**
 * Reads a script of POSIX sh with placeholders in it. Refuses, with the first place, what dash, bash and busybox could
 * read differently: a reference that is quoted for the wrong place would not arrive as it is.
 */
export function readShell(text: string, placeholders: readonly Placeholder[]): ShellSyntax | TemplateMistake {
  const cursor = new ShellCursor(text, placeholders, readCommands)
  try {
    const control = /[\0-\x08\x0b-\x1f\x7f]/.exec(text)
    if (control)
      cursor.refuse('the script holds a control character', 'remove it', { offset: control.index, length: 1 })
    // Shells join such lines before they read anything else: `$`, a line end and `(` is `$(`.
    const joined = /(?:[<>&|;()`]|\$\w*)\\\n/.exec(text)
    if (joined)
      cursor.refuse(
        'a line is continued in the middle of what the shell reads as one',
        'put a blank before the backslash',
        { offset: joined.index, length: joined[0].length - 1 },
      )
    readCommands(cursor, null)
    // A script may end on the line of <<, without a text: the shells treat this differently.
    if (cursor.pending.length > 0) readDocuments(cursor)
    if (!cursor.isAtEnd) cursor.refuse(`${cursor.next} is not expected here`, 'quote it, or remove it', { length: 1 })
    return cursor
  } catch (error) {
    if (error instanceof NotUnderstood) return error.mistake
    throw error
  }
}
