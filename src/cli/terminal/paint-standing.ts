import type { Standing } from '../../core/model/standing.ts'
import { colours } from './terminal.ts'

export const PAINT: Readonly<Record<Standing, (text: string) => string>> = {
  down: (text) => colours.bold(colours.red(text)),
  failing: colours.yellow,
  flapping: colours.magenta,
  pending: colours.cyan,
  up: colours.green,
  paused: colours.dim,
}
