import { servePast } from './store/serve-past.ts'

// Like database-worker.ts.
servePast()
