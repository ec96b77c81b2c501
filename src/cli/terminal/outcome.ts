/** Exit codes of every command, as in its help. */
export const EXIT = { fine: 0, badNews: 1, usage: 2, bug: 70 } as const

/** Exit code of a daemon that a second SIGINT stopped at once, as in a shell. */
export const INTERRUPTED = 130

/** A user's mistake on the command line. Printed without a stack; ends with exit code 2. */
export class UsageError extends Error {
  readonly hint: string | null

  constructor(message: string, hint: string | null = null) {
    super(message)
    this.hint = hint
  }
}

/** What was asked for cannot be done now, through nobody's mistake. Printed as one; ends with exit code 1. */
export class NotNow extends UsageError {}

/** Mistakes in a configuration, already rendered for people. Ends with exit code 2. */
export class ConfigRefused extends Error {}
