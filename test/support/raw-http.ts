import { connect } from 'node:net'

/** Sends bytes as they are, and returns all that comes back until the other side has ended it, or a time is over. */
export async function sendRaw(port: number, bytes: string, { limitMs = 5_000 } = {}): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let answer = ''
  const socket = connect({ host: '127.0.0.1', port }, () => socket.write(bytes))
  socket.on('data', (data) => {
    answer += data
  })
  socket.once('error', reject)
  socket.once('close', () => resolve(answer))
  const timer = setTimeout(() => socket.destroy(), limitMs)
  try {
    return await promise
  } finally {
    clearTimeout(timer)
  }
}
