import { connect } from 'node:net'
import { EVENT_LIMIT_MS } from './pace.ts'

/** Sends bytes as they are, and returns all that comes back until the other side has ended it, or the limit is reached. */
export async function sendRaw(port: number, bytes: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let answer = ''
  const socket = connect({ host: '127.0.0.1', port }, () => socket.write(bytes))
  socket.on('data', (data) => {
    answer += data
  })
  socket.once('error', reject)
  socket.once('close', () => resolve(answer))
  const timer = setTimeout(() => socket.destroy(), EVENT_LIMIT_MS)
  try {
    return await promise
  } finally {
    clearTimeout(timer)
  }
}
