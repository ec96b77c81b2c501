import { openSync, writeFileSync } from 'node:fs'
import { inPrivateDirectory } from './private-directory.ts'

/**
 * A descriptor from which the text can be read, for a command's standard input; the caller closes it. It is a file
 * without a name: it can be read, reopened or ignored, and nobody waits for anybody. (What Bun makes of a text is a
 * file in memory, too, but stays open until the garbage collector comes by.) Throws what the system says.
 */
export function openInput(text: string): number {
  return inPrivateDirectory(['input'], ([path = '']) => {
    writeFileSync(path, text, { mode: 0o600 })
    return openSync(path, 'r')
  })
}
