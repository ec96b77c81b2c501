/**
 * Who asks: a `stranger` may read nothing, the `public` may read names and states, a `user` (or a program with a token) may
 * see and do everything.
 */
export type Viewer =
  | { readonly kind: 'stranger' }
  | { readonly kind: 'public' }
  | { readonly kind: 'user'; readonly name: string }

/** Whether it may see and do everything. */
export function isUser(viewer: Viewer): boolean {
  return viewer.kind === 'user'
}

/** What every route of the web knows of its caller. */
export interface WebEnv {
  Variables: { viewer: Viewer }
  Bindings: ServerBindings
}

/** The server, as far as a route needs it. */
export interface ServerBindings {
  /** How many seconds may pass without a byte before this request's connection is ended; 0 is any time. */
  readonly setIdleLimit: (request: Request, seconds: number) => void
  /** Where the request comes from; behind a proxy on this machine, what that says. */
  readonly clientAddress: (request: Request) => string
}
