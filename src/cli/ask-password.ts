import { UsageError } from './terminal/outcome.ts'

const ENTER = /[\r\n]/
const BACKSPACE = /[\x08\x7f]/
const CTRL_C = '\x03'
const CTRL_D = '\x04'

/** Asks on the terminal, without showing what is typed. Throws UsageError when the person would rather not. */
export async function askPassword(question: string): Promise<string> {
  // Before the question: what is typed as soon as that is there must not be shown either.
  process.stdin.setRawMode(true).setEncoding('utf8').resume()
  process.stderr.write(question)
  try {
    return await readTyped()
  } finally {
    process.stdin.setRawMode(false).pause()
    process.stderr.write('\n')
  }
}

function readTyped(): Promise<string> {
  return new Promise((resolve, reject) => {
    let typed: readonly string[] = []
    const take = (text: string) => {
      for (const character of text) {
        if (ENTER.test(character)) return finish(() => resolve(typed.join('')))
        if (character === CTRL_C || character === CTRL_D)
          return finish(() => reject(new UsageError('no password given')))
        typed = BACKSPACE.test(character) ? typed.slice(0, -1) : [...typed, character]
      }
    }
    const finish = (settle: () => void) => {
      process.stdin.off('data', take)
      settle()
    }
    process.stdin.on('data', take)
  })
}
