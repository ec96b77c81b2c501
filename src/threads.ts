/** URL of the code of the thread that works on the database; the same place in the source and in the executable. */
export const DATABASE_WORKER: string = new URL('./database-worker.ts', import.meta.url).href
