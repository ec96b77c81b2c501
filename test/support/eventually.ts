const LOOK_EVERY_MS = 10
const LIMIT_MS = 20_000

export interface EventuallyOptions {
  readonly limitMs?: number
  /** Added to the message when the limit is reached. */
  readonly explain?: () => string
}

/** Looks until there is a result that is neither false nor undefined, and returns it; rejects at the limit. */
export async function eventually<Result>(
  what: string,
  look: () => Result | Promise<Result>,
  { limitMs = LIMIT_MS, explain = () => '' }: EventuallyOptions = {},
): Promise<Exclude<Result, false | undefined>> {
  const endMs = performance.now() + limitMs
  for (;;) {
    const result = await look()
    if (result !== false && result !== undefined) return result as Exclude<Result, false | undefined>
    if (performance.now() > endMs) throw new Error(`not within ${limitMs} ms: ${what}${explain()}`)
    await Bun.sleep(LOOK_EVERY_MS)
  }
}
