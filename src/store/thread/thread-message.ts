import type { Retention } from '../../core/model/config.ts'
import type { Mutes } from '../../core/model/mute.ts'
import type { Holder } from '../file/file-in-use.ts'
import type { Applied, Opening, Replaced } from './messages.ts'

/** What the daemon asks of the thread that works on its database. Each but `retention` has an answer, in their order. */
export type Request =
  | { readonly kind: 'open'; readonly path: string; readonly holder: Holder; readonly nowMs: number }
  /** `writes` is a JSON document: that is a quarter of the work of letting the runtime copy them. */
  | { readonly kind: 'apply'; readonly writes: string; readonly nowMs: number }
  | { readonly kind: 'replace'; readonly nowMs: number }
  | { readonly kind: 'retention'; readonly retention: Retention }
  | { readonly kind: 'check_history'; readonly path: string }
  | { readonly kind: 'close' }

export type Answer =
  | Opening
  | Applied
  | Replaced
  | { readonly kind: 'checked'; readonly finding: string }
  | { readonly kind: 'closed' }

export type Message =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'mutes'; readonly mutes: Mutes }
