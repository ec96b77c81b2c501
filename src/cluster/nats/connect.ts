import type { Socket } from 'node:net'
import type { ConnectionOptions, NatsConnection } from '@nats-io/transport-node'
import { NatsConnectionImpl, setTransportFactory } from '@nats-io/transport-node/lib/nats-base-client.js'
import { NodeTransport, nodeResolveHost } from '@nats-io/transport-node/lib/node_transport.js'

/**
 * The client's own way to a server leaves a socket open where nobody has greeted in time: a frozen server, or something else
 * that listens. One more with each try, and each keeps the process from ending.
 */
class Transport extends NodeTransport {
  #isGivenUp = false

  override async dial(server: Parameters<NodeTransport['dial']>[0]): Promise<Socket> {
    const socket = await super.dial(server)
    if (this.#isGivenUp) socket.destroy()
    return socket
  }

  override async close(error?: Error): Promise<void> {
    this.#isGivenUp = true
    await super.close(error)
    if (!this.connected) this.discard()
  }
}

/** Connects over TCP; rejects when nobody greets as NATS does within `timeout`. */
export function connect(options: ConnectionOptions): Promise<NatsConnection> {
  setTransportFactory({ factory: () => new Transport(), dnsResolveFn: nodeResolveHost })
  return NatsConnectionImpl.connect(options)
}
