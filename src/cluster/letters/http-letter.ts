/** What is known of who asks, and how to go on without bytes. The same as a route of the pages gets. */
export interface Visit {
  readonly clientAddress: () => string
  readonly setIdleLimit: (seconds: number) => void
}

/** The head of a request; its body stands behind it. */
export interface RequestHead {
  readonly method: string
  /** As it was asked for, with the host. */
  readonly url: string
  readonly headers: readonly (readonly [string, string])[]
  readonly client: string
  /** See `LetterBody`. */
  readonly leftOut: number
}

/** One part of an answer. There is an `answer` before the first `body`, whose bytes stand behind the head. */
export type AnswerPart =
  | { readonly kind: 'idle_limit'; readonly seconds: number }
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly headers: readonly (readonly [string, string])[]
      readonly hasBody: boolean
    }
  | { readonly kind: 'body' }

/** Those of one connection (RFC 9110, 7.6.1), and the length of a body that is sent on piece by piece. */
const OF_THE_CONNECTION = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

export function headersToSend(headers: Headers): [string, string][] {
  return [...headers].filter(([name]) => !OF_THE_CONNECTION.has(name.toLowerCase()))
}
