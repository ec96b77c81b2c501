import { z } from 'zod'
import { DURATION_PATTERN, formatDuration, parseDuration } from '../core/duration.ts'

/** A schema's words to the user: what the value must be, and on a second line how to write it. */
export function says(expected: string, hint: string): string {
  return `${expected}\n${hint}`
}

/** Text; a number or a boolean is taken as it is written, so that `404` and `true` need no quotes. */
export const text = z.string(says('must be text', 'put it in quotes')).meta({ type: ['string', 'number', 'boolean'] })

/** Longer names do not fit into a line of any view. */
const LONGEST_NAME = 200

export const name = text
  .min(1, 'must not be empty')
  .refine((value) => [...value].length <= LONGEST_NAME, `must be at most ${LONGEST_NAME} characters long`)
  .refine(
    (value) => !/\p{Cc}/u.test(value),
    says('must not contain line breaks or control characters', 'write it on one line, without | or >'),
  )
  .refine((value) => !/^\p{Zs}|\p{Zs}$/u.test(value), 'must not begin or end with a space')

const DURATION_SAYS = says(
  'must be a duration',
  'a number is seconds; text is 300ms, 30s, 1m30s, 2h or 1d, the largest unit first',
)

/** A duration in milliseconds, at least so long. */
export function duration({ atLeastMs }: { atLeastMs: number }) {
  const tooShort = `must be at least ${formatDuration(atLeastMs)}`
  return z
    .union(
      [
        z.string(DURATION_SAYS).meta({ pattern: DURATION_PATTERN.source }),
        z.number(DURATION_SAYS).meta({ minimum: atLeastMs / 1000 }),
      ],
      DURATION_SAYS,
    )
    .transform((value, context) => {
      const ms = parseDuration(value)
      if (ms !== null && ms >= atLeastMs) return ms
      const isNegative = typeof value === 'number' && value < 0
      context.addIssue({ code: 'custom', message: ms === null && !isNegative ? DURATION_SAYS : tooShort })
      return z.NEVER
    })
}

/** A number or text that a function of its own reads; what it does not understand is a mistake in these words. */
export function spelled<T>(
  read: (value: number | string) => T | null,
  { words, pattern }: { words: string; pattern: string },
) {
  return z.union([z.int(words), z.string(words).meta({ pattern })], words).transform((value, context) => {
    const meaning = read(value)
    if (meaning !== null) return meaning
    context.addIssue({ code: 'custom', message: words })
    return z.NEVER
  })
}

export function wholeNumber({ from, to }: { from: number; to: number }) {
  const words = `must be a whole number from ${from} to ${to}`
  return z.int(words).min(from, words).max(to, words)
}

export const yesOrNo = z.boolean(says('must be true or false', 'YAML 1.2 knows no yes, no, on and off'))

export const environment = z.record(
  z
    .string()
    .regex(
      /^[A-Za-z_][A-Za-z0-9_]*$/,
      says('is no name for a variable', 'use letters, digits and _, not a digit first'),
    ),
  text,
  says('must be a map of variables', 'write NAME: value, one a line'),
)

const COMMAND_SAYS = says(
  'must be a command',
  'write a list such as [curl, -sf, "https://example.org"], or text for a shell',
)

/** A list is executed as it is; text runs in a shell. */
export const command = z.union(
  [
    text.regex(/\S/, 'must not be empty'),
    z
      .array(text, COMMAND_SAYS)
      .min(1, 'must name a program')
      .refine(([program]) => program !== '', 'must name a program'),
  ],
  COMMAND_SAYS,
)

export const shellCommand = z
  .string(says('must be text for a shell', 'use command for a list'))
  .regex(/\S/, 'must not be empty')
  .meta({ type: ['string', 'number', 'boolean'] })
