import type { Child } from 'hono/jsx'
import type { Standing } from '../../../core/model/state.ts'

/** A shape for every standing, so that none is told by its colour alone. Drawn on 16 by 16. */
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
  pending: <circle class="line" cx="8" cy="8" r="6" stroke-dasharray="3.1 3.2" />,
  paused: (
    <>
      <circle class="line" cx="8" cy="8" r="6.2" />
      <path class="line" d="M6.3 5.6v4.8m3.4-4.8v4.8" />
    </>
  ),
}

/** Stands once on a page; each shape on it is drawn by reference. */
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

/** Says nothing to those who listen: the word stands beside it. */
export function Shape({ of }: { of: Standing }) {
  return (
    <svg class={`shape ${of}`} aria-hidden="true">
      <use href={`#s-${of}`} />
    </svg>
  )
}
