import type { WebConfig } from '../../core/model/config.ts'
import { defaultOf } from '../schema/field.ts'
import { authShape, webShape } from '../schema/web-shapes.ts'
import type { TopLevel } from './settings.ts'

/** The pages that the configuration asks for; null where it has none. */
export function readWeb({ own: { web } }: TopLevel): WebConfig | null {
  if (web === undefined) return null
  const { listen, title, url, public: isPublic, auth = {} } = web
  return {
    listen: listen ?? defaultOf(webShape.listen),
    title: title ?? defaultOf(webShape.title),
    url: url ?? null,
    isPublic: isPublic ?? defaultOf(webShape.public),
    users: new Map(Object.entries(auth.users ?? {})),
    tokens: auth.tokens ?? defaultOf(authShape.tokens),
  }
}
