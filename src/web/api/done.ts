import { Refusal } from './operation.ts'

/** Waits until what people asked for is kept: null, or why it could not be. */
export async function done(action: Promise<unknown>): Promise<Refusal | null> {
  try {
    await action
    return null
  } catch (error) {
    return new Refusal(503, error instanceof Error ? error.message : String(error))
  }
}
