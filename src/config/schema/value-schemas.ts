import { z } from 'zod'
import { DURATION_PATTERN, formatDuration, parseDuration } from '../../core/text/duration.ts'
import { kinds, type Shape, says } from './field.ts'

/** Text. A number or a boolean is taken as written, so that `404` and `true` need no quotes. */
export const text = z.string(says('must be text', 'put it in quotes')).meta({ type: ['string', 'number', 'boolean'] })

/** Longer names do not fit into a line anywhere. */
const LONGEST_NAME = 200

/** Composed: there are two ways to write `é`, which look alike, and mean one name. */
export const name = text
  .normalize('NFC')
  .min(1, 'must not be empty')
  .refine((value) => [...value].length <= LONGEST_NAME, `must be at most ${LONGEST_NAME} characters long`)
  .refine(
    (value) => !/\p{Cc}/u.test(value),
    says('must not contain line breaks or control characters', 'write it on one line, without | or >'),
  )
  .refine((value) => !/^\p{Zs}|\p{Zs}$/u.test(value), 'must not begin or end with a space')

export const path = text
  .min(1, 'must not be empty')
  .refine((value) => !/\p{Cc}/u.test(value), says('must be a path', 'write it without line breaks'))

/** Longer keys are no safer. */
const LONGEST_KEY = 100

/** The unreserved characters of RFC 3986, which need no escapes in an address. */
export const heartbeatKey = text
  .min(1, 'must not be empty')
  .refine((value) => value.length <= LONGEST_KEY, `must be at most ${LONGEST_KEY} characters long`)
  .regex(
    /^[A-Za-z0-9._~-]*$/,
    says('must consist of letters, digits, . _ ~ and -', 'write one that nobody can guess, such as a UUID'),
  )

/** Shells that read a script alike; others would quote in another way. */
export const shell = text.regex(
  /^(?:\/\S*\/)?(?:sh|bash|dash|ash|ksh|mksh|zsh)$/,
  says('must be a shell: sh, bash, dash, ash, ksh, mksh or zsh, or the path of one', 'write shell: bash'),
)

export const names = z
  .array(name, says('must be a list of names', 'write it in brackets: [router]'))
  .register(kinds, { type: 'list of names' })

const DURATION_SAYS = says(
  'must be a duration',
  'a number is seconds; text is 300ms, 30s, 1m30s, 2h or 1d, the largest unit first',
)

/** A duration in milliseconds. */
export function duration({ atLeastMs, atMostMs }: { atLeastMs: number; atMostMs?: number }) {
  const tooShort = `must be at least ${formatDuration(atLeastMs)}`
  const tooLong = atMostMs === undefined ? DURATION_SAYS : `must be at most ${formatDuration(atMostMs)}`
  const maximum = atMostMs === undefined ? {} : { maximum: atMostMs / 1000 }
  return z
    .union(
      [
        z.string(DURATION_SAYS).meta({ pattern: DURATION_PATTERN.source }),
        z.number(DURATION_SAYS).meta({ minimum: atLeastMs / 1000, ...maximum }),
      ],
      DURATION_SAYS,
    )
    .transform((value, context) => {
      const ms = parseDuration(value)
      if (ms !== null && ms >= atLeastMs && ms <= (atMostMs ?? ms)) return ms
      const isTooShort = ms === null ? typeof value === 'number' && value < 0 : ms < atLeastMs
      context.addIssue({ code: 'custom', message: isTooShort ? tooShort : ms === null ? DURATION_SAYS : tooLong })
      return z.NEVER
    })
    .register(kinds, { type: 'duration' })
}

/** Shorter intervals measure little more than the start of processes. */
export const interval = duration({ atLeastMs: 100 })

/** A value as `read` understands it; what it does not is a mistake in these words. */
export function understood<S extends z.ZodType, T>(schema: S, read: (value: z.output<S>) => T | null, words: string) {
  return schema.transform((value, context) => {
    const meaning = read(value)
    if (meaning !== null) return meaning
    context.addIssue({ code: 'custom', message: words })
    return z.NEVER
  })
}

/** The same for a number or text. */
export function spelled<T>(
  read: (value: number | string) => T | null,
  { words, pattern }: { words: string; pattern: string },
) {
  return understood(z.union([z.int(words), z.string(words).meta({ pattern })], words), read, words)
}

export function wholeNumber({ from, to }: { from: number; to: number }) {
  const words = `must be a whole number from ${from} to ${to}`
  return z.int(words).min(from, words).max(to, words).register(kinds, { type: 'number' })
}

export const yesOrNo = z
  .boolean(says('must be true or false', 'in YAML 1.2, yes, no, on and off are text'))
  .register(kinds, { type: 'boolean' })

/** A map with keys of its own; the example shows how to write it. */
export function mapOf<S extends Shape>(shape: S, example: string) {
  return z.strictObject(shape, says('must be a map', `write for example ${example}`)).register(kinds, { type: 'map' })
}

export function listOfMaps<S extends Shape>(shape: S, example: string) {
  const words = says('must be a list of maps', `write for example ${example}`)
  return z.array(z.strictObject(shape, words), words).register(kinds, { type: 'list of maps' })
}

const variable = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, says('is no name for a variable', 'use letters, digits and _, not a digit first'))

export const environment = z
  .record(variable, text, says('must be a map of variables', 'write NAME: value, one a line'))
  .register(kinds, { type: 'map' })

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

const INPUT_SAYS = says(
  'must be text, a map or a list',
  'write input: {text: "{alert_message}"}, or text below input: |',
)

/** What a command reads: text, or what becomes JSON. */
export const commandInput = z
  .union([text, z.array(z.unknown()), z.record(z.string(), z.unknown())], INPUT_SAYS)
  .register(kinds, { type: 'text, map or list' })

export const shellCommand = z
  .string(says('must be text for a shell', 'use command for a list'))
  .regex(/\S/, 'must not be empty')
  .meta({ type: ['string', 'number', 'boolean'] })
