import { createSlowDown } from './slow-down.ts'
import { createTurnstile } from './turnstile.ts'

// Each takes a core and some 20 to 60 MiB for a while: checks need them, too.
const AT_ONCE = 2
const WAITING = 20

export interface PasswordAttempt {
  readonly user: string
  readonly password: string
  /** The address that it comes from. */
  readonly client: string
}

/** `slow`: this client has failed too often lately; `busy`: too many try at once. Both were not looked at. */
export type PasswordVerdict = 'right' | 'wrong' | 'slow' | 'busy'

/**
 * Makes a function that verifies passwords, few at once. Who fails is slowed down: a client, for this user; so nobody can
 * lock others out. That a user does not exist takes as long to say as that a password is wrong.
 */
export function createPasswordCheck(monotonicMs: () => number) {
  const slowDown = createSlowDown(monotonicMs)
  const turnstile = createTurnstile({ atOnce: AT_ONCE, waiting: WAITING })

  return async (attempt: PasswordAttempt, users: ReadonlyMap<string, string>): Promise<PasswordVerdict> => {
    const { user, password, client } = attempt
    const hash = users.get(user)
    // Names that do not exist share one count.
    const key = `${client}\n${hash === undefined ? '' : user}`
    const [anyHash] = users.values()
    if (anyHash === undefined || password === '') return 'wrong'
    if (!slowDown.take(key)) return 'slow'
    const isRight = await turnstile.pass(() => verify(password, hash ?? anyHash))
    if (isRight === null) return 'busy'
    if (!isRight || hash === undefined) return 'wrong'
    slowDown.forgive(key)
    return 'right'
  }
}

async function verify(password: string, hash: string): Promise<boolean> {
  try {
    return await Bun.password.verify(password, hash)
  } catch {
    // A hash that nobody can compute, as one that wants more memory than there is, fits no password.
    return false
  }
}
