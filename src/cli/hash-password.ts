import type { Command } from 'commander'
import { UsageError } from './terminal/outcome.ts'
import { print, printError } from './terminal/terminal.ts'

// The least that OWASP advises: a sign-in must not take memory and time that checks need.
const ARGON2ID = { algorithm: 'argon2id', memoryCost: 19_456, timeCost: 2 } as const

/** Shorter ones can be guessed (NIST SP 800-63B). */
const SHORTEST = 8

export function addHashPassword(program: Command): void {
  program
    .command('hash-password')
    .argument('[user]', 'the name to sign in with', 'admin')
    .description('Hash a password for web.auth.users.')
    .addHelpText(
      'after',
      '\nAsks for the password, or reads one line of standard input if that is not a\n' +
        'terminal. Put the printed line into the configuration:\n\n' +
        '  web:\n    auth:\n      users:\n        <the line>\n\n' +
        'Exit codes: 0 printed; 2 wrong usage, or the password is too short.',
    )
    .action(async (user: string) => {
      const password = process.stdin.isTTY === true ? await askTwice() : await readLine()
      if (password.length < SHORTEST) {
        throw new UsageError(`the password is too short`, `use ${SHORTEST} characters or more`)
      }
      if (process.stdout.isTTY === true) printError('Put this into the configuration, at web: auth: users:')
      // A name in quotes can be any; JSON's are YAML's, too.
      const name = /^[\p{L}][\p{L}\p{N}_.-]*$/u.test(user) ? user : JSON.stringify(user)
      print(`${name}: '${await Bun.password.hash(password, ARGON2ID)}'`)
    })
}

async function askTwice(): Promise<string> {
  const password = await askPassword('Password: ')
  if ((await askPassword('Repeat password: ')) !== password) throw new UsageError('the passwords differ', 'try again')
  return password
}

async function readLine(): Promise<string> {
  const [line = ''] = (await Bun.stdin.text()).split('\n')
  return line.replace(/\r$/, '')
}

const ENTER = /[\r\n]/
const BACKSPACE = /[\x08\x7f]/
const CTRL_C = '\x03'
const CTRL_D = '\x04'

/** Asks on the terminal, without showing what is typed. Throws UsageError when the person would rather not. */
async function askPassword(question: string): Promise<string> {
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
