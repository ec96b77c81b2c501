import type { Announcement } from '../../../core/model/mute.ts'
import { At } from './figures.tsx'
import type { Visit } from './visit.ts'

interface AnnouncementsProps {
  readonly announcements: readonly Announcement[]
  readonly visit: Visit
}

/** Plain text, before everything else: it is what people are to know now. */
export function Announcements({ announcements, visit }: AnnouncementsProps) {
  return (
    <div id="announcements" data-live>
      {announcements.map(({ text, untilMs }) => (
        <p class="card announcement">
          {visit.shownLines(text)}
          {untilMs !== null && (
            <span class="hint">
              {' '}
              until <At ms={untilMs} visit={visit} />
            </span>
          )}
        </p>
      ))}
    </div>
  )
}
