/** The system's name of an error, such as `ENOENT`; empty for an error that came from elsewhere. Pure. */
export function errnoCode(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error)) return ''
  return typeof error.code === 'string' ? error.code : ''
}

const EXHAUSTION = new Set(['EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM', 'ENOSPC', 'EDQUOT'])

/** Whether the machine, or Minitor's share of it, ran out of something, so that trying again later can help. Pure. */
export function isExhaustion(error: unknown): boolean {
  return EXHAUSTION.has(errnoCode(error))
}
