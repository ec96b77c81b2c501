// Where the code of threads begins; the same place in the source and in the executable.

/** URL of the thread that works on the database. */
export const DATABASE_WORKER: string = new URL('./database-worker.ts', import.meta.url).href

/** URL of the thread that reads from it, for those who look at the past. */
export const PAST_WORKER: string = new URL('./past-worker.ts', import.meta.url).href
