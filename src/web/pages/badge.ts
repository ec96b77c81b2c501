import type { Standing } from '../../core/model/standing.ts'
import { xmlText } from './xml-text.ts'

export interface Badge {
  readonly label: string
  readonly message: string
  /** `#rrggbb` */
  readonly colour: string
}

const STANDING_COLOURS: Readonly<Record<Standing, string>> = {
  up: '#2a7f57',
  down: '#b3122f',
  failing: '#a86200',
  flapping: '#a86200',
  pending: '#5d6772',
  paused: '#5d6772',
}

export function colourOf(standing: Standing): string {
  return STANDING_COLOURS[standing]
}

/** Of an uptime from 0 to 1; null is unknown. Pure. */
export function uptimeColour(share: number | null): string {
  if (share === null) return STANDING_COLOURS.pending
  if (share >= 0.999) return STANDING_COLOURS.up
  return share >= 0.99 ? STANDING_COLOURS.failing : STANDING_COLOURS.down
}

const PADDING = 7

/** As an image of its own, for other pages. Pure. */
export function badgeImage({ label, message, colour }: Badge): string {
  const left = widthOf(label) + 2 * PADDING
  const right = widthOf(message) + 2 * PADDING
  const text = (content: string, x: number, width: number) =>
    `<text x="${x}" y="14" textLength="${width - 2 * PADDING}">${xmlText(content)}</text>`
  const width = left + right
  const name = xmlText(`${label}: ${message}`)
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="20" role="img" aria-label="${name}">` +
    `<title>${name}</title><clipPath id="r"><rect width="${width}" height="20" rx="4"/></clipPath>` +
    `<g clip-path="url(#r)"><rect width="${left}" height="20" fill="#3c444c"/>` +
    `<rect x="${left}" width="${right}" height="20" fill="${colour}"/></g>` +
    '<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">' +
    `${text(label, PADDING, left)}${text(message, left + PADDING, right)}</g></svg>`
  )
}

/** The same in the schema of shields.io's endpoint badge. Pure. */
export function badgeEndpoint({ label, message, colour }: Badge) {
  return { schemaVersion: 1, label, message, color: colour }
}

/** About how wide a text is at 11 pixels; the image stretches it to exactly that. Pure. */
function widthOf(text: string): number {
  let width = 0
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    width += /[\sijlrtfI.,:;'|!()[\]]/.test(character)
      ? 4.4
      : code > 0x2e7f
        ? 11
        : /[mwMW%]/.test(character)
          ? 9.8
          : 6.9
  }
  return Math.ceil(width)
}
