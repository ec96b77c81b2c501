/** Where a check runs: on the node of this name, or on any one node that has this tag. */
export type Place = { readonly kind: 'node'; readonly node: string } | { readonly kind: 'tag'; readonly tag: string }

/** Where a monitor's command runs: in every one of these places, of which `quorum` have to agree that it fails. */
export interface RunOn {
  readonly places: readonly [Place, ...Place[]]
  readonly quorum: number
}

/** What the configuration says of the cluster that this Minitor belongs to. */
export interface ClusterConfig extends EngineAccess {
  /** The name of this node, unique in the cluster. */
  readonly node: string
  readonly tags: readonly string[]
  /** Alerts to run when a node is lost, and when it is back. */
  readonly alerts: readonly string[]
  /** How long a leader may be silent before another server takes over: the lease of the leader. */
  readonly takeoverMs: number
}

/** How to reach the engine. What is secret in it is shown nowhere. */
export interface EngineAccess {
  /** Addresses like `nats://host:4222`, or `tls://…`. */
  readonly servers: readonly [string, ...string[]]
  /** Clusters of other names share nothing with this one. */
  readonly name: string
  readonly login:
    | { readonly kind: 'none' }
    /** The path of a file as `nsc` makes it. */
    | { readonly kind: 'credentials'; readonly path: string }
    | { readonly kind: 'password'; readonly user: string; readonly password: string }
    | { readonly kind: 'token'; readonly token: string }
    /** A seed (`SU…`). */
    | { readonly kind: 'nkey'; readonly seed: string }
  /** Paths of PEM files; null for what is not given. `{}` of nulls: TLS with the machine's authorities. Null: as the address says. */
  readonly tls: { readonly ca: string | null; readonly cert: string | null; readonly key: string | null } | null
}

/** How the names of the monitors begin that watch nodes; in a cluster no other may begin so. */
export const NODE_MONITOR = 'node '
