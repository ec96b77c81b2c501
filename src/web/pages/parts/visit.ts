import type { Context } from 'hono'
import { printable } from '../../../core/text/printable.ts'
import { originOf, prefixOf, targetOf, withoutPrefix } from '../../http/path.ts'
import type { Viewer, WebEnv } from '../../http/viewer.ts'
import type { WebContext } from '../../http/web-context.ts'

/** One look at a page: who looks, when, and how text is shown to them. */
export interface Visit {
  readonly viewer: Viewer
  /** Whether they may see why: reasons, output, commands, what was measured. */
  readonly isUser: boolean
  /** Whether Minitor is a server of a cluster. */
  readonly hasNodes: boolean
  /** Whether Minitor has a history to show. */
  readonly hasHistory: boolean
  /** Unix epoch milliseconds. */
  readonly nowMs: number
  /** Time zone of the pages where scripts do not run; null is the machine's. */
  readonly zone: string | null
  /** What stands on top of the pages. */
  readonly siteTitle: string
  readonly version: string
  /** `?key=…` of the secret addresses of feed and badges, for users; empty without one. */
  readonly keyQuery: string
  /** Path and query of the page, without `prefix`. */
  readonly address: string
  /** The public address of the pages, or the one asked for; without a slash at the end. */
  readonly base: string
  /** See `prefixOf`. */
  readonly prefix: string
  mask(text: string): string
  /** Any text on one line, without secrets, and with all that would hide or turn written out. */
  shown(text: string): string
  /** The same over several lines. */
  shownLines(text: string): string
}

export function visitOf(context: Context<WebEnv>, { present, past, cluster, mask, version, clock }: WebContext): Visit {
  const viewer = context.get('viewer')
  const prefix = prefixOf(present.web.url)
  return {
    viewer,
    isUser: viewer.kind === 'user',
    hasNodes: cluster !== null,
    hasHistory: past.isKept,
    nowMs: clock(),
    zone: present.web.timezone,
    siteTitle: present.web.title,
    version,
    keyQuery: viewer.kind === 'user' && present.web.feedKey !== null ? `?key=${present.web.feedKey}` : '',
    address: withoutPrefix(targetOf(context.req.url), prefix),
    base: present.web.url ?? originOf(context.req.url),
    prefix,
    mask,
    shown: (text) => printable(mask(text), { newlines: 'escape' }),
    shownLines: (text) => printable(mask(text)),
  }
}
