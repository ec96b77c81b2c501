/** One line of the result. */
export interface Figure {
  readonly name: string
  /** What it is compared with; null where it only explains another figure. */
  readonly goal: string | null
  readonly reached: string
  readonly isReached: boolean | null
}

/** A figure without a goal of its own. */
export function fact(name: string, reached: string): Figure {
  return { name, goal: null, reached, isReached: null }
}

/** A row of a Markdown table. */
export function renderFigure({ name, goal, reached, isReached }: Figure): string {
  const verdict = isReached === null ? '' : isReached ? 'yes' : '**no**'
  return `| ${name} | ${goal ?? ''} | ${reached} | ${verdict} |`
}

export const FIGURE_HEADER = '| figure | goal | reached | held |\n| --- | --- | --- | --- |'
