export interface ListenAddress {
  readonly hostname: string
  readonly port: number
}

/** Reads `127.0.0.1:8080`, `[::1]:8080`; `:8080` and `*:8080` are every address of this machine, and `0:8080` every IPv4 one. Null for anything else. */
export function parseListenAddress(text: string): ListenAddress | null {
  const match = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(text)
  const port = Number(match?.[3])
  return match === null || port > 65_535
    ? null
    : { hostname: match[1] ?? (match[2]?.replace(/^\*$/, '').replace(/^0$/, '0.0.0.0') || '::'), port }
}

export function listenAddressText({ hostname, port }: ListenAddress): string {
  return `${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}`
}
