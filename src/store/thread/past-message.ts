import type { Past } from '../../core/past/past.ts'
import type { QuestionName } from '../tables/past-answers.ts'

export type Question = {
  [Name in QuestionName]: { readonly name: Name; readonly of: Parameters<Past[Name]> }
}[QuestionName]

/** What is asked of the thread that reads the past. Each has an answer, in their order. */
export type PastRequest =
  | { readonly kind: 'open'; readonly path: string }
  | ({ readonly kind: 'question' } & Question)
  | { readonly kind: 'close' }

export type PastReply =
  | { readonly kind: 'done' }
  | { readonly kind: 'answered'; readonly answer: unknown }
  /** `cause`: why the file cannot be read for now. */
  | { readonly kind: 'unavailable'; readonly cause: string }
  /** A bug in Minitor, which is that question's alone. */
  | { readonly kind: 'failed'; readonly stack: string }
