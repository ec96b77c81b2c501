import type { ToldAlone } from '../../core/tell/told-alone.ts'
import { isCopyDue } from './fate.ts'
import type { FollowedFile, WatchingFile } from './own-file.ts'
import { look, type RoleParts } from './role-parts.ts'

const LOOK_EVERY_MS = 10_000
/** After one that failed: a copy may be large. */
const COPY_AGAIN_MS = 60_000

/** Gives the cluster a copy of the own file; resolves to why that is not possible, null if it was. */
export async function putCopy(own: WatchingFile, { engine }: Pick<RoleParts, 'engine'>): Promise<string | null> {
  try {
    await own.copy((path, { id, sequence }) => engine.base.put(path, { journalId: id, sequence }))
    return null
  } catch (error) {
    return (error as Error).message
  }
}

/** Does that now and then, while `isDue`; returns how to end it. */
export function keepCopied(own: WatchingFile, isDue: () => boolean, parts: RoleParts): () => void {
  const { clock, log } = parts
  let isOver = false
  let cancel = () => {}
  const copyIn = (ms: number) => {
    if (!isOver) cancel = clock.setTimer(ms, () => void copy().then(copyIn))
  }
  /** Resolves to when it is to be looked again. */
  const copy = async () => {
    const found = isDue() ? await look(parts) : null
    const position = own.position()
    const isWell = found === null || position === null || isOver || !isCopyDue(found.base, found.journal, position)
    const reason = isWell ? null : await putCopy(own, parts)
    if (reason === null) return LOOK_EVERY_MS
    log.write('warn', `other servers cannot have a new copy of the database: ${reason}`)
    return COPY_AGAIN_MS
  }
  copyIn(LOOK_EVERY_MS)
  return () => {
    isOver = true
    cancel()
  }
}

interface Replaced extends Pick<FollowedFile, 'unpublishedCount' | 'isNew'> {
  /** What only the own file has told, for the server that leads; null for nothing. */
  readonly told: ToldAlone | null
}

/** Puts the cluster's copy in the place of the own file, which is closed; resolves to where that was set aside, if it was. */
export async function fetchCopy({ unpublishedCount, isNew, told }: Replaced, parts: RoleParts): Promise<string | null> {
  const { engine, file, log, pause, lookMs } = parts
  try {
    const aside = await file.replace((path) => engine.base.get(path), { isWorthKeeping: !isNew })
    if (aside !== null) {
      const what = unpublishedCount > 0 ? 'what only this server has seen' : 'what was here before'
      log.write('warn', `the cluster has gone on without this server's database: ${what} is in ${aside}`, {
        path: aside,
      })
    }
    log.write('info', "the cluster's database was copied to this server")
    if (told !== null) parts.handOver(told)
    return aside
  } catch (error) {
    log.write('warn', `the cluster's database cannot be copied to this server for now: ${(error as Error).message}`)
    await pause(lookMs)
    return null
  }
}
