import { dlopen, ptr } from 'bun:ffi'
import { readdirSync } from 'node:fs'
import { connectionsFor, mostDescriptors, openDescriptors } from './descriptors.ts'

/** Keeps the connections to a server from taking the descriptors that checks need. */
export interface ConnectionLimit {
  /** A request from this peer begins; returns what to call at its end. Null if too many are being answered: refuse it. */
  enter(peer: { readonly port: number } | null): (() => void) | null
  close(): void
}

/** How often the open descriptors are counted: that costs some microseconds. */
const CALM_MS = 250
/** The same when more than half are taken, as a client can open thousands in a second; but at most a tenth of the time. */
const BUSY_MS = 10
const COSTS_APART = 10
/** What is left of the allowed connections when there were too many. */
const KEPT_SHARE = 0.75

/**
 * Ends connections to `port` when there are too many: first idle ones, the oldest first. Bun has no limit of its own and
 * does not say what is connected, so the descriptors are asked.
 */
export function limitConnections(port: number): ConnectionLimit {
  const before = openDescriptors()
  const limit = connectionsFor(mostDescriptors(), before)
  /** How many requests are being answered, by the port of the peer. Two peers with the same one count as one, busy. */
  const busy = new Map<number, number>()
  let busyCount = 0
  /** Under pressure, in the order of their coming. */
  let known = new Map<string, Connection>()
  let sockets: Sockets | null = null

  const look = () => {
    const beganMs = performance.now()
    const count = openDescriptors() - before
    const isPressing = !(count <= limit / 2)
    if (isPressing) {
      sockets ??= openSockets()
      const found = new Map(sockets.connectionsTo(port).map((one) => [`${one.descriptor} ${one.peerPort}`, one]))
      const earlier = [...known].filter(([key]) => found.has(key))
      known = new Map([...earlier, ...found])
      if (known.size > limit) endOldest(known.size - Math.floor(limit * KEPT_SHARE))
    }
    const pauseMs = isPressing ? Math.max(BUSY_MS, (performance.now() - beganMs) * COSTS_APART) : CALM_MS
    timer = setTimeout(look, pauseMs).unref()
  }

  const endOldest = (count: number) => {
    const [idle, others] = [false, true].map((isBusy) =>
      [...known.values()].filter((one) => busy.has(one.peerPort) === isBusy),
    )
    for (const { descriptor } of [...(idle ?? []), ...(others ?? [])].slice(0, count)) sockets?.end(descriptor)
  }

  let timer = setTimeout(look, CALM_MS).unref()

  return {
    enter(peer) {
      if (busyCount >= limit) return null
      const peerPort = peer?.port ?? 0
      busyCount++
      busy.set(peerPort, (busy.get(peerPort) ?? 0) + 1)
      let hasLeft = false
      return () => {
        if (hasLeft) return
        hasLeft = true
        busyCount--
        const rest = (busy.get(peerPort) ?? 1) - 1
        if (rest === 0) busy.delete(peerPort)
        else busy.set(peerPort, rest)
      }
    },
    close() {
      clearTimeout(timer)
    },
  }
}

interface Connection {
  readonly descriptor: number
  readonly peerPort: number
}

interface Sockets {
  connectionsTo(port: number): Connection[]
  /** Lets both sides see the end; whoever owns the socket then closes it. */
  end(descriptor: number): void
}

/** Whichever C library there is. */
const LIBRARIES = ['libc.so.6', `libc.musl-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}.so.1`]
const SHUT_RDWR = 2
const ADDRESS_BYTES = 128

const NO_SOCKETS: Sockets = { connectionsTo: () => [], end: () => {} }

function openSockets(): Sockets {
  const library = openLibrary()
  if (library === null) return NO_SOCKETS
  const { getsockname, getpeername, shutdown } = library.symbols
  const address = new DataView(new ArrayBuffer(ADDRESS_BYTES))
  const length = new Uint32Array(1)
  /** The port, in the third and fourth byte for IPv4 and IPv6 alike; null for what has none. */
  const portOf = (ask: typeof getsockname, descriptor: number) => {
    length[0] = ADDRESS_BYTES
    return ask(descriptor, ptr(address), ptr(length)) === 0 ? address.getUint16(2) : null
  }

  return {
    connectionsTo(port) {
      const connections: Connection[] = []
      for (const descriptor of descriptorsInUse()) {
        if (portOf(getsockname, descriptor) !== port) continue
        const peerPort = portOf(getpeername, descriptor)
        if (peerPort !== null) connections.push({ descriptor, peerPort })
      }
      return connections
    },
    end(descriptor) {
      shutdown(descriptor, SHUT_RDWR)
    },
  }
}

function openLibrary() {
  const functions = {
    getsockname: { args: ['int', 'ptr', 'ptr'], returns: 'int' },
    getpeername: { args: ['int', 'ptr', 'ptr'], returns: 'int' },
    shutdown: { args: ['int', 'int'], returns: 'int' },
  } as const
  for (const library of LIBRARIES) {
    try {
      return dlopen(library, functions)
    } catch {
      // The next one.
    }
  }
  return null
}

function descriptorsInUse(): Iterable<number> {
  try {
    return readdirSync('/proc/self/fd').map(Number)
  } catch {
    // There is none left to read the directory with, so each number may be one.
    return Array(mostDescriptors()).keys()
  }
}
