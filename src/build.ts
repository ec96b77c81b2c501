import { LATEST_VERSION } from './store/file/migrate.ts'
import { VERSION } from './version.ts'

/** Put in by `npm run build`: the environment variable of that name or, without one, what git says. */
declare const MINITOR_COMMIT: string | undefined

/** What `minitor --version --json` prints. */
export const BUILD = {
  version: VERSION,
  /** With `-dirty` behind it where there were changes besides; null where it was not built, or not from a clone. */
  commit: (typeof MINITOR_COMMIT === 'string' && MINITOR_COMMIT) || null,
  runtime: `bun ${Bun.version}`,
  /** The newest form of a database that it can read. */
  schema: LATEST_VERSION,
} as const
