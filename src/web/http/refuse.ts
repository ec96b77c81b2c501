import type { Context, HonoRequest } from 'hono'

const CODES = {
  400: 'bad_request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  409: 'conflict',
  413: 'too_large',
  415: 'unsupported_media_type',
  500: 'internal_error',
  503: 'unavailable',
} as const

export type RefusalStatus = keyof typeof CODES
export const REFUSAL_CODES = Object.values(CODES)

interface RefusalDetails {
  readonly headers?: Readonly<Record<string, string>>
  /** Every mistake in the request; for programs. */
  readonly problems?: readonly string[]
}

/** Refuses a request with a reason: as JSON from the API, else as a line of text. */
export function refuse(
  context: Context,
  status: RefusalStatus,
  message: string,
  { headers = {}, problems }: RefusalDetails = {},
): Response {
  if (context.req.path.startsWith('/api/v1/')) {
    return context.json({ error: { code: CODES[status], message, problems } }, status, headers)
  }
  return context.text(`${message}\n`, status, headers)
}

/** Whether a request only reads. */
export function isRead({ method }: Pick<HonoRequest, 'method'>): boolean {
  return method === 'GET' || method === 'HEAD'
}
