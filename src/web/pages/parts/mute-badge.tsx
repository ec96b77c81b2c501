import { quietText } from '../../../core/model/mute.ts'
import type { Mute } from '../../../core/model/types.ts'
import type { Visit } from './visit.ts'

const WORDS: Readonly<Record<Mute['by'], string>> = {
  silence: 'silenced',
  maintenance: 'maintenance',
  acknowledgement: 'acknowledged',
  dependency: 'dependency',
  flapping: 'flapping',
}

/** That it is kept quiet, and by what; why is for users. */
export function MuteBadge({ mute, visit }: { mute: Mute | null; visit: Visit }) {
  if (mute === null) return null
  const reason = visit.isUser ? visit.shown(quietText(mute, visit.nowMs)) : undefined
  return (
    <span class="badge" title={reason}>
      {WORDS[mute.by]}
    </span>
  )
}
