import { type Letters, type LetterTopic, NoLeader } from '../../../src/core/model/cluster.ts'

/** Letters within one process; refused until somebody answers. `sent` are the sizes of all requests and parts. */
export function createLetters(): Letters & { readonly sent: number[] } {
  type Answerer = Parameters<Letters['answer']>[1]
  const answerers = new Map<LetterTopic, Answerer>()
  const sent: number[] = []
  return {
    sent,
    async ask(topic, request, signal = new AbortController().signal) {
      const answerer = answerers.get(topic)
      if (answerer === undefined) throw new NoLeader('nobody leads')
      sent.push(request.length)
      const parts = answerer(request.slice(), signal)[Symbol.asyncIterator]()
      const iterator: AsyncIterator<Uint8Array> = {
        async next() {
          const { done, value } = await parts.next()
          if (done) return { done, value: undefined }
          sent.push(value.length)
          return { done: false, value: value.slice() }
        },
        return: async () => ({ done: true, value: await parts.return?.() }),
      }
      return { [Symbol.asyncIterator]: () => iterator }
    },
    answer(topic, answerTo) {
      answerers.set(topic, answerTo)
      return () => answerers.delete(topic)
    },
  }
}
