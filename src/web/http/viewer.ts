/** A `stranger` may read nothing, the `public` names and states; a `user`, or a program with a token, may do everything. */
export type Viewer =
  | { readonly kind: 'stranger' }
  | { readonly kind: 'public' }
  | { readonly kind: 'user'; readonly name: string }

/** Whether the viewer may see and do everything. */
export function isUser(viewer: Viewer): boolean {
  return viewer.kind === 'user'
}

/** Whose doing something is, for the log and for other people. */
export function whoIs(viewer: Viewer): string {
  return viewer.kind === 'user' ? viewer.name : viewer.kind
}

/** The environment of every route: who asks, and the server. */
export interface WebEnv {
  Variables: { viewer: Viewer }
  Bindings: ServerBindings
}

/** What a route needs from the server. */
export interface ServerBindings {
  /** Sets how many seconds without a byte end the connection of this request; 0 is no limit. */
  readonly setIdleLimit: (seconds: number) => void
  /** The address that the request comes from; behind a trusted proxy, the one it reports. */
  readonly clientAddress: () => string
}
