import { BlockList, isIP } from 'node:net'

/** Proxies on this machine. */
const LOOPBACK: readonly string[] = ['127.0.0.0/8', '::1/128']

/**
 * Makes a function that says where a request comes from. A trusted proxy appends its client's address to
 * `X-Forwarded-For`; nobody else is believed, as anybody could claim anything. Several trusted proxies in a row are
 * followed to the first address that is not one of theirs.
 */
export function createClientFinder(trustedProxies: () => readonly string[] | null) {
  let known: readonly string[] | null | undefined
  let trusted = new BlockList()
  const isTrusted = (address: string) => trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')

  return (headers: Headers, peer: string): string => {
    const named = trustedProxies()
    if (named !== known) {
      known = named
      trusted = listOf(named)
    }
    let client = plainAddress(peer) ?? peer
    for (const entry of (headers.get('X-Forwarded-For') ?? '').split(',').toReversed()) {
      const address = plainAddress(entry)
      if (address === null || isIP(client) === 0 || !isTrusted(client)) break
      client = address
    }
    return client
  }
}

/** Null: those on this machine. An empty list trusts nobody; any other adds to those on this machine. */
function listOf(named: readonly string[] | null): BlockList {
  const list = new BlockList()
  for (const network of named?.length === 0 ? [] : [...LOOPBACK, ...(named ?? [])]) {
    const [address = '', prefix] = network.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (prefix === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(prefix), family)
  }
  return list
}

/** An address without a port and brackets, which some proxies add; IPv4 as such. Null if it is none. */
function plainAddress(text: string): string | null {
  const [, bracketed, dotted] = /^\s*(?:\[([\da-f:.]+)\](?::\d+)?|([\d.]+):\d+)\s*$/i.exec(text) ?? []
  const address = (bracketed ?? dotted ?? text.trim()).replace(/^::ffff:(?=[\d.]+$)/i, '')
  return isIP(address) === 0 ? null : address
}

/** Addresses that one client has: of IPv6, a whole network is given to a home or a server. */
export function networkOf(address: string): string {
  return isIP(address) === 6 ? `${groupsOf(address, 4)}::/64` : address
}

/** Addresses that one person can easily have: those that a provider rents out together. */
export function neighbourhoodOf(address: string): string {
  const family = isIP(address)
  if (family === 4) return address.replace(/\d+$/, '0/24')
  return family === 6 ? `${groupsOf(address, 3)}::/48` : address
}

/** The first groups of an IPv6 address. */
function groupsOf(address: string, count: number): string {
  const [head = '', tail] = address.split('::')
  const groups = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? 0 : tail.split(':').length
  const all =
    tail === undefined
      ? groups
      : [
          ...groups,
          ...Array<string>(Math.max(0, 8 - groups.length - after)).fill('0'),
          ...(tail === '' ? [] : tail.split(':')),
        ]
  return all
    .slice(0, count)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
