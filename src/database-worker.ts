import { serveDatabase } from './store/thread/serve-database.ts'

// An entry point of its own, which must lie beside main.ts: in the executable that is where threads find their code.
serveDatabase()
