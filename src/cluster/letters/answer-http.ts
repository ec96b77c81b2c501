import type { Letters } from '../../core/model/cluster.ts'
import { type AnswerPart, headersToSend, type RequestHead, type Visit } from './http-letter.ts'
import { openLetter, sealLetter } from './letter.ts'
import { fillUp } from './request-body.ts'

/** A longer piece of a body goes in several parts. */
const PART_BYTES = 256 * 1024

/** The leader's side: answers what the standbys hand over as if it had come to its own listener. Returns how to stop. */
export function answerHttp(
  letters: Letters,
  answer: (request: Request, visit: Visit) => Promise<Response>,
): () => void {
  return letters.answer('http', (letter, signal) => partsOf(letter, signal, answer))
}

async function* partsOf(
  letter: Uint8Array,
  signal: AbortSignal,
  answer: (request: Request, visit: Visit) => Promise<Response>,
): AsyncGenerator<Uint8Array> {
  const { head, body } = openLetter<RequestHead>(letter)
  const { method, url, client, leftOut } = head
  const hasBody = body.length > 0 && method !== 'GET' && method !== 'HEAD'
  const request = new Request(url, {
    method,
    headers: head.headers.map(([name, text]): [string, string] => [name, text]),
    body: hasBody ? fillUp({ bytes: body, leftOut }) : null,
    signal,
  })
  const idle = Promise.withResolvers<number>()
  const answered = answer(request, { clientAddress: () => client, setIdleLimit: idle.resolve })
  // It is set before the work that takes long.
  const seconds = await Promise.race([idle.promise, answered.then(() => null)])
  if (seconds !== null) yield part({ kind: 'idle_limit', seconds })
  const response = await answered
  const { status, headers } = response
  yield part({ kind: 'answer', status, headers: headersToSend(headers), hasBody: response.body !== null })
  if (response.body === null) return
  const reader = response.body.getReader()
  // An answer that waits for news would wait on, although nobody is there to hear it.
  const leave = () => void reader.cancel()
  signal.addEventListener('abort', leave)
  if (signal.aborted) leave()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      for (let from = 0; from < value.length; from += PART_BYTES) {
        yield part({ kind: 'body' }, value.subarray(from, from + PART_BYTES))
      }
    }
  } finally {
    signal.removeEventListener('abort', leave)
    leave()
  }
}

function part(head: AnswerPart, body?: Uint8Array): Uint8Array {
  return sealLetter(head, body)
}
