import { type Letters, NoLeader } from '../../core/model/cluster.ts'
import { type AnswerPart, headersToSend, type RequestHead, type Visit } from './http-letter.ts'
import { LETTER_LIMIT_BYTES, openLetter, sealLetter } from './letter.ts'
import { noLeaderAnswer } from './no-leader.ts'
import { takeEnds } from './request-body.ts'

/** Answers a request by asking whoever leads. Never rejects. */
export type HandOver = (request: Request, visit: Visit) => Promise<Response>

export function createHandOver(letters: Letters): HandOver {
  return async (request, visit) => {
    const body = await takeEnds(request.body)
    if (body === null) return line('the body is incomplete', 400)
    const head: RequestHead = {
      method: request.method,
      url: request.url,
      headers: headersToSend(request.headers),
      client: visit.clientAddress(),
      leftOut: body.leftOut,
    }
    const letter = sealLetter(head, body.bytes)
    if (letter.length > LETTER_LIMIT_BYTES) return line('the headers are too large', 431)
    const ending = new AbortController()
    request.signal.addEventListener('abort', () => ending.abort())
    try {
      const answer = await letters.ask('http', letter, ending.signal)
      return await responseOf(answer[Symbol.asyncIterator](), { visit, stop: () => ending.abort() })
    } catch (error) {
      // Whatever it was, the leader has not answered; it may have done what it was asked.
      return noLeaderAnswer(request, error instanceof NoLeader)
    }
  }
}

async function responseOf(
  parts: AsyncIterator<Uint8Array>,
  { visit, stop }: { visit: Visit; stop: () => void },
): Promise<Response> {
  for (;;) {
    const { done, value } = await parts.next()
    if (done) throw new Error('the answer has ended before it began')
    const { head } = openLetter<AnswerPart>(value)
    if (head.kind === 'idle_limit') visit.setIdleLimit(head.seconds)
    if (head.kind !== 'answer') continue
    const headers = head.headers.map(([name, text]): [string, string] => [name, text])
    return new Response(head.hasBody ? bodyOf(parts, stop) : null, { status: head.status, headers })
  }
}

/** Asks for more only when the client has taken what there was; a client that leaves ends the answer at the leader, too. */
function bodyOf(parts: AsyncIterator<Uint8Array>, stop: () => void): ReadableStream<Uint8Array> {
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const { done, value } = await parts.next()
          if (done) controller.close()
          else controller.enqueue(openLetter(value).body)
        } catch (error) {
          // The connection breaks off, so that nobody takes what there was for all of it.
          controller.error(error)
        }
      },
      cancel() {
        stop()
        void parts.return?.()
      },
    },
    { highWaterMark: 0 },
  )
}

function line(text: string, status: number): Response {
  return new Response(`${text}\n`, { status, headers: { 'Content-Type': 'text/plain; charset=UTF-8' } })
}
