import { plural } from '../../core/text/plural.ts'
import { colours, type OneLine } from '../terminal/terminal.ts'
import type { Finding, Severity } from './finding.ts'
import type { Service } from './service-facts.ts'

/** Trouble first. */
const ORDER: readonly Severity[] = ['error', 'warning', 'unknown', 'fine']

export function worstFirst(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity))
}

interface Page {
  /** Columns of the terminal; infinite where the text goes to a pipe or a file. */
  readonly width: number
  /** Makes text that others have written fit for a line of a terminal, without secrets. */
  readonly oneLine: OneLine
  /** Whether what is fine is listed, too. */
  readonly isVerbose: boolean
}

const PAINT: Readonly<Record<Severity, (text: string) => string>> = {
  error: (text) => colours.bold(colours.red(text)),
  warning: (text) => colours.bold(colours.yellow(text)),
  unknown: (text) => colours.bold(colours.cyan(text)),
  fine: colours.green,
}

/** Findings for people: trouble with what to do, then what is fine, in one line where not asked for. */
export function renderFindings(findings: readonly Finding[], service: Service, page: Page): string {
  const { oneLine, isVerbose } = page
  const { error = [], warning = [], unknown = [], fine = [] } = Object.groupBy(findings, ({ severity }) => severity)
  const fineLines = isVerbose ? fine.map(({ message }) => `${PAINT.fine('fine')}: ${oneLine(message)}`) : []
  const counts = [
    ...(error.length > 0 ? [PAINT.error(plural(error.length, 'error'))] : []),
    ...(warning.length > 0 ? [PAINT.warning(plural(warning.length, 'warning'))] : []),
    ...(unknown.length > 0 ? [PAINT.unknown(`${unknown.length} unknown`)] : []),
    `${plural(fine.length, 'thing is', 'things are')} fine`,
  ]
  return [
    colours.dim(`As the user ${oneLine(service.account.name)}, with the rights of ${oneLine(service.name)}:`),
    '',
    ...[...error, ...warning, ...unknown].flatMap((finding) => [...renderFinding(finding, page), '']),
    ...fineLines,
    ...(fineLines.length > 0 ? [''] : []),
    counts.join(', ') + (isVerbose || fine.length === 0 ? '' : ' (-v lists them)'),
  ].join('\n')
}

function renderFinding({ severity, message, place, help }: Finding, { width, oneLine }: Page): string[] {
  const part = (label: string, painted: string, text: string) => {
    const [first = '', ...others] = wrapped(oneLine(text), width - Bun.stringWidth(label))
    return [painted + first, ...others.map((line) => ' '.repeat(Bun.stringWidth(label)) + line)]
  }
  return [
    ...part(`${severity}: `, `${PAINT[severity](severity)}: `, message),
    ...(place === '' ? [] : part(' --> ', colours.dim(' --> '), place)),
    ...(help === null ? [] : part('  = help: ', colours.dim('  = help: '), help)),
  ]
}

/** Lines of at most `width` columns, broken at blanks where that is possible. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line === undefined || Bun.stringWidth(`${line} ${word}`) > width) lines.push(word)
    else lines[lines.length - 1] = `${line} ${word}`
  }
  return lines
}
