import type { Database } from 'bun:sqlite'
import { PastUnavailable } from '../../core/past/past.ts'
import { createPastFile, type PastFile } from '../file/open-for-reading.ts'
import { ANSWERS, type AnswerTo, type QuestionName } from '../tables/past-answers.ts'
import type { PastReply, PastRequest } from './past-thread.ts'

let file: PastFile | null = null

function reply(request: PastRequest): PastReply {
  switch (request.kind) {
    case 'open':
      file = createPastFile(request.path)
      return { kind: 'done' }
    case 'question':
      try {
        return { kind: 'answered', answer: file?.read((database) => answer(database, request)) }
      } catch (error) {
        if (error instanceof PastUnavailable) return { kind: 'unavailable', cause: String(error.cause) }
        return { kind: 'failed', stack: error instanceof Error ? (error.stack ?? error.message) : String(error) }
      }
    case 'close':
      file?.close()
      file = null
      return { kind: 'done' }
  }
}

function answer(database: Database, { name, of }: Extract<PastRequest, { kind: 'question' }>): AnswerTo<QuestionName> {
  // A name and what is asked of it belong together, which the type of a union cannot say.
  const work = ANSWERS[name] as (database: Database, ...of: readonly unknown[]) => AnswerTo<QuestionName>
  return work(database, ...of)
}

declare const self: Worker

/** Answers questions about the past, one after another, in a thread of its own beside the one that writes. */
export function servePast(): void {
  self.onmessage = ({ data }: MessageEvent<PastRequest>) => postMessage({ kind: 'answer', answer: reply(data) })
}
