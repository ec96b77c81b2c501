import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'

export interface ReceivedMail {
  readonly from: string
  readonly to: readonly string[]
  /** Header and body, lines ended by a newline, dots unstuffed. */
  readonly text: string
}

export interface SmtpSink extends AsyncDisposable {
  readonly port: number
  readonly mails: readonly ReceivedMail[]
}

const ADDRESS = /<([^>]*)>/

/** Takes every mail that is handed to it by SMTP (RFC 5321) on the loopback, and keeps it. */
export async function startSmtpSink(port = 0): Promise<SmtpSink> {
  const mails: ReceivedMail[] = []
  const server = createServer((socket) => {
    void converse(socket, (mail) => mails.push(mail))
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    mails,
    async [Symbol.asyncDispose]() {
      server.close()
      await once(server, 'close')
    },
  }
}

async function converse(socket: Socket, keep: (mail: ReceivedMail) => void) {
  const say = (line: string) => socket.write(`${line}\r\n`)
  let from = ''
  let to: string[] = []
  let data: string[] | null = null
  say('220 sink ready')
  for await (const line of linesOf(socket)) {
    if (data !== null) {
      if (line !== '.') {
        data.push(line.startsWith('.') ? line.slice(1) : line)
        continue
      }
      keep({ from, to, text: `${data.join('\n')}\n` })
      data = null
      to = []
      say('250 kept')
      continue
    }
    const verb = line.slice(0, 4).toUpperCase()
    if (verb === 'MAIL') from = ADDRESS.exec(line)?.[1] ?? ''
    if (verb === 'RCPT') to.push(ADDRESS.exec(line)?.[1] ?? '')
    if (verb === 'DATA') data = []
    if (verb === 'EHLO') say('250-sink')
    if (verb === 'EHLO') say('250 8BITMIME')
    else if (verb === 'DATA') say('354 go on')
    else if (verb === 'QUIT') say('221 bye')
    else say('250 ok')
    if (verb === 'QUIT') socket.end()
  }
}

async function* linesOf(socket: Socket): AsyncGenerator<string> {
  let rest = ''
  const decoder = new TextDecoder()
  for await (const chunk of socket) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\r\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
}
