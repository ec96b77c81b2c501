import { servePast } from './store/thread/serve-past.ts'

// Like database-worker.ts.
servePast()
