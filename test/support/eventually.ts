import { EVENT_LIMIT_MS } from './pace.ts'

const LOOK_EVERY_MS = 10

export interface EventuallyOptions {
  /** Added to the message when the limit is reached. */
  readonly explain?: () => string
  /** For what takes its time on any machine. */
  readonly withinMs?: number
}

/** Looks until there is a result that is neither false nor undefined, and returns it; rejects at the limit. */
export async function eventually<Result>(
  what: string,
  look: () => Result | Promise<Result>,
  { explain = () => '', withinMs = EVENT_LIMIT_MS }: EventuallyOptions = {},
): Promise<Exclude<Result, false | undefined>> {
  const endMs = performance.now() + withinMs
  for (;;) {
    const result = await look()
    if (result !== false && result !== undefined) return result as Exclude<Result, false | undefined>
    if (performance.now() > endMs) throw new Error(`not within ${withinMs} ms: ${what}${explain()}`)
    await Bun.sleep(LOOK_EVERY_MS)
  }
}
