import { readCommands } from './commands.ts'
import { NotUnderstood, ShellCursor } from './cursor.ts'
import type { Placeholder } from './placeholder.ts'
import { readDocuments } from './redirection.ts'
import type { ShellSyntax } from './syntax.ts'
import type { TemplateMistake } from './template-mistake.ts'

/**
 * Reads a script of POSIX sh with placeholders in it. Refuses, with the first place, what dash, bash and busybox could
 * read differently: a reference that is quoted for the wrong place would not arrive as it is. Pure.
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
        {
          offset: joined.index,
          length: joined[0].length - 1,
        },
      )
    readCommands(cursor, null)
    // A script may end on the line of <<; then there is no text, which the shells treat differently.
    if (cursor.pending.length > 0) readDocuments(cursor)
    if (!cursor.isAtEnd) cursor.refuse(`${cursor.next} is not expected here`, 'quote it, or remove it', { length: 1 })
    return cursor
  } catch (error) {
    if (error instanceof NotUnderstood) return error.mistake
    throw error
  }
}
