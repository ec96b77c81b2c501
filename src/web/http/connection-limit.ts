import { ptr } from 'bun:ffi'
import { readdirSync } from 'node:fs'
import { openCLibrary } from './c-library.ts'
import { connectionsFor, MOST_CONNECTIONS, mostDescriptors, openDescriptors } from './descriptors.ts'
import type { Faults } from './faults.ts'

/** Keeps the connections to a server from taking the descriptors that checks need. */
export interface ConnectionLimit {
  /** A request from this peer begins; returns what to call at its end. Null if too many are being answered: refuse it. */
  enter(peer: { readonly port: number } | null): (() => void) | null
  close(): void
}

/** How often the open descriptors are counted, which costs some microseconds; and where a burst can take them all. */
const CALM_MS = 250
const CALM_MS_WHERE_FEW = 50
/** The same when more than half are taken, as a client can open thousands in a second; but at most a tenth of the time. */
const BUSY_MS = 10
const COSTS_APART = 10
/** How many may wait to be accepted, as the runtime accepts all that wait at once; and under pressure. */
const WAITING_COUNT = 16
const WAITING_COUNT_UNDER_PRESSURE = 4
/** What is left of the allowed connections when there were too many and enough of them are idle. */
const KEPT_SHARE = 0.75

/**
 * Ends connections to `port` when there are too many: first idle ones, the oldest first. Bun has no limit of its own and
 * does not say what is connected, so the descriptors are asked.
 */
export function limitConnections(port: number, faults: Faults): ConnectionLimit {
  const before = openDescriptors()
  const most = mostDescriptors()
  const limit = connectionsFor(most, before)
  /** How many requests are being answered, by the port of the peer. Two peers with the same one count as one, busy. */
  const busy = new Map<number, number>()
  let busyCount = 0
  /** Under pressure, in the order of their coming. */
  let known = new Map<string, Connection>()
  const areFew = limit < MOST_CONNECTIONS
  const calmMs = areFew ? CALM_MS_WHERE_FEW : CALM_MS
  // Where a burst can take all descriptors, none would be left to open the library with.
  let sockets = areFew ? openSockets(most) : null
  sockets?.letWait(port, WAITING_COUNT)
  let isPressing = false

  const look = () => {
    try {
      timer = setTimeout(look, relieve()).unref()
    } catch (error) {
      faults.report(error, 'counting connections')
      timer = setTimeout(look, calmMs).unref()
    }
  }

  /** Ends connections where there are too many; returns how soon to look again. */
  const relieve = (): number => {
    const beganMs = performance.now()
    const count = openDescriptors() - before
    const wasPressing = isPressing
    isPressing = !(count <= limit / 2)
    if (isPressing || wasPressing) {
      sockets ??= openSockets(most)
      if (isPressing !== wasPressing) sockets.letWait(port, isPressing ? WAITING_COUNT_UNDER_PRESSURE : WAITING_COUNT)
      const found = new Map(sockets.connectionsTo(port).map((one) => [`${one.descriptor} ${one.peerPort}`, one]))
      const earlier = [...known].filter(([key]) => found.has(key))
      known = new Map([...earlier, ...found])
      if (known.size > limit) endSome()
    }
    return isPressing ? Math.max(BUSY_MS, (performance.now() - beganMs) * COSTS_APART) : calmMs
  }

  /** Idle ones until there is some room again; of those that are being answered, only what is too much. */
  const endSome = () => {
    const all = [...known.values()]
    const idle = all.filter(({ peerPort }) => !busy.has(peerPort)).slice(0, all.length - Math.floor(limit * KEPT_SHARE))
    const others = all
      .filter(({ peerPort }) => busy.has(peerPort))
      .slice(0, Math.max(0, all.length - idle.length - limit))
    for (const { descriptor } of [...idle, ...others]) sockets?.end(descriptor)
  }

  let timer = setTimeout(look, calmMs).unref()

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
  /** Sets how many more connections may wait to be accepted; others have to come again. */
  letWait(port: number, count: number): void
  /** Lets both sides see the end; whoever owns the socket then closes it. */
  end(descriptor: number): void
}

const SHUT_RDWR = 2
const ADDRESS_BYTES = 128

const FUNCTIONS = {
  getsockname: { args: ['int', 'ptr', 'ptr'], returns: 'int' },
  getpeername: { args: ['int', 'ptr', 'ptr'], returns: 'int' },
  listen: { args: ['int', 'int'], returns: 'int' },
  shutdown: { args: ['int', 'int'], returns: 'int' },
} as const

const NO_SOCKETS: Sockets = { connectionsTo: () => [], letWait: () => {}, end: () => {} }

/** `most`: how many descriptors there can be. */
function openSockets(most: number): Sockets {
  const symbols = openCLibrary(FUNCTIONS)
  if (symbols === null) return NO_SOCKETS
  const { getsockname, getpeername, listen, shutdown } = symbols
  const address = new DataView(new ArrayBuffer(ADDRESS_BYTES))
  const length = new Uint32Array(1)
  /** The port, in the third and fourth byte for IPv4 and IPv6 alike; null for what has none. */
  const portOf = (ask: typeof getsockname, descriptor: number) => {
    length[0] = ADDRESS_BYTES
    return ask(descriptor, ptr(address), ptr(length)) === 0 ? address.getUint16(2) : null
  }

  const socketsAt = (port: number) =>
    [...descriptorsInUse(most)].filter((descriptor) => portOf(getsockname, descriptor) === port)

  return {
    connectionsTo: (port) =>
      socketsAt(port).flatMap((descriptor) => {
        const peerPort = portOf(getpeername, descriptor)
        return peerPort === null ? [] : [{ descriptor, peerPort }]
      }),
    letWait(port, count) {
      // The one without a peer listens.
      for (const descriptor of socketsAt(port)) {
        if (portOf(getpeername, descriptor) === null) listen(descriptor, count)
      }
    },
    end(descriptor) {
      shutdown(descriptor, SHUT_RDWR)
    },
  }
}

function descriptorsInUse(most: number): Iterable<number> {
  try {
    return readdirSync('/proc/self/fd').map(Number)
  } catch {
    // There is none left to read the directory with, so each number may be one.
    return Array(most).keys()
  }
}
