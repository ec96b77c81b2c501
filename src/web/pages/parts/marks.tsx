import type { Child } from 'hono/jsx'
import type { Standing } from '../../../core/model/state.ts'
import type { Mute } from '../../../core/model/types.ts'
import { notifiedText, reasonText } from '../../../core/past/words.ts'
import { excerpt } from '../../../core/text/cut.ts'
import type { BoardMonitor } from '../../board/board.ts'
import { At, marked, Timed } from './figures.tsx'
import type { Visit } from './visit.ts'

/** A shape for every standing, so that no two differ by colour alone. Drawn on 16 by 16. */
const SHAPES: Readonly<Record<Standing, Child>> = {
  up: (
    <>
      <circle cx="8" cy="8" r="7" />
      <path class="cut" d="M4.7 8.3l2.3 2.3 4.4-4.8" />
    </>
  ),
  down: (
    <>
      <path d="M5 .8h6L15.2 5v6L11 15.2H5L.8 11V5z" />
      <path class="cut" d="M5.4 5.4l5.2 5.2m0-5.2l-5.2 5.2" />
    </>
  ),
  failing: (
    <>
      <path d="M8 1.2l7.2 13.2H.8z" />
      <path class="cut" d="M8 6v4m0 2v.2" />
    </>
  ),
  flapping: (
    <>
      <path d="M8 .6L15.4 8 8 15.4.6 8z" />
      <path class="cut" d="M4.6 8.6l2.2-2 2.4 2.8 2.2-2" />
    </>
  ),
  maintenance: (
    <>
      <rect x="1" y="1" width="14" height="14" rx="3.5" />
      <path class="cut" d="M8 4.4V8l2.6 1.8" />
    </>
  ),
  pending: <circle class="line" cx="8" cy="8" r="6" stroke-dasharray="3.1 3.2" />,
  paused: (
    <>
      <circle class="line" cx="8" cy="8" r="6.2" />
      <path class="line" d="M6.3 5.6v4.8m3.4-4.8v4.8" />
    </>
  ),
}

/** Once on a page; each shape on it is drawn by reference. */
export function ShapeSprite() {
  return (
    <svg class="sprite" aria-hidden="true">
      {Object.entries(SHAPES).map(([standing, shape]) => (
        <symbol id={`s-${standing}`} viewBox="0 0 16 16">
          {shape}
        </symbol>
      ))}
    </svg>
  )
}

/** Hidden from screen readers: the word stands beside it. */
export function Shape({ of }: { of: Standing }) {
  return (
    <svg class={`shape ${of}`} aria-hidden="true">
      <use href={`#s-${of}`} />
    </svg>
  )
}

const MUTE_WORDS: Readonly<Record<Mute['by'], string>> = {
  silence: 'silenced',
  maintenance: 'maintenance',
  acknowledgement: 'acknowledged',
  dependency: 'dependency',
  flapping: 'flapping',
}

/** What mutes a monitor, unless its standing says so; for users. */
export function MuteBadge({ one: { mute, standing }, visit }: { one: BoardMonitor; visit: Visit }) {
  if (mute === null || mute.by === standing || !visit.isUser) return null
  return (
    <span class="badge">
      {MUTE_WORDS[mute.by]}
      {'untilMs' in mute && (
        <>
          {' until '}
          <At ms={mute.untilMs} visit={visit} />
        </>
      )}
    </span>
  )
}

/** Why a monitor stands where it does, or what it has said, and who was notified: for users. */
export function Why({ one, visit }: { one: BoardMonitor; visit: Visit }) {
  if (!visit.isUser) return null
  // The word and the end of a maintenance stand above.
  const notified = one.standing === 'maintenance' ? '' : notifiedText(one, marked)
  return (
    <>
      <Cause text={reasonText(one, marked)} visit={visit} />
      {notified !== '' && (
        <p class="told">
          <Timed text={notified} visit={visit} />
        </p>
      )}
    </>
  )
}

/** More of a line says no more. */
const CAUSE_CHARS = 300

export function causeLine(text: string, visit: Visit): string {
  return visit.shown(excerpt(visit.mask(text), CAUSE_CHARS))
}

interface CauseProps {
  readonly text: string
  readonly mostChars?: number
  readonly visit: Visit
}

/**
 * A cause in one line, which may have marked times; for users. Nothing if it is empty. The exit code has an element of its
 * own, so that it stays in sight where a style cuts the rest.
 */
export function Cause({ text, mostChars = CAUSE_CHARS, visit }: CauseProps) {
  if (!visit.isUser || text === '') return null
  const [said = '', exitCode] = excerpt(visit.mask(text), mostChars).split(/ (?=\(exit code \d+\)$)/)
  return (
    <p class="why">
      <span>
        <Timed text={said} visit={visit} />
      </span>
      {exitCode !== undefined && (
        <>
          {' '}
          <span>{exitCode}</span>
        </>
      )}
    </p>
  )
}
