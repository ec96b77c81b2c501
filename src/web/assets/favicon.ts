import type { Standing } from '../../core/model/standing.ts'

/** On 16 by 16: the colour says it from afar, the sign to those who do not see the colour. */
const SIGNS: Readonly<Record<Standing, { colour: string; path: string }>> = {
  up: { colour: '#2e8f62', path: 'M4.5 8.3l2.4 2.4 4.6-5' },
  down: { colour: '#b3122f', path: 'M5 5l6 6m0-6l-6 6' },
  failing: { colour: '#c27400', path: 'M8 4v4.6m0 2.9v.1' },
  flapping: { colour: '#c27400', path: 'M4 9l2.4-2.6 3.2 3.2L12 7' },
  pending: { colour: '#69747f', path: 'M5 8h.1M8 8h.1m2.9 0h.1' },
  paused: { colour: '#69747f', path: 'M6.3 5v6m3.4-6v6' },
}

/** The icon of a page, which shows how all is. Pure. */
export function faviconOf(standing: Standing): string {
  const { colour, path } = SIGNS[standing]
  return (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">' +
    `<rect width="16" height="16" rx="4" fill="${colour}"/>` +
    `<path d="${path}" fill="none" stroke="#fff" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/></svg>`
  )
}
