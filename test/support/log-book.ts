import { eventually } from './eventually.ts'

/** One line of the daemon's log on a pipe. */
export interface LogLine {
  readonly time: string
  readonly level: string
  readonly msg: string
  readonly monitor?: string
  readonly status?: string
  readonly outcome?: string
  readonly output?: string
  readonly [field: string]: unknown
}

const LATE = /^Minitor stood still |^checks start \d+ s late/

/** Warnings and errors. That Minitor was late is none of them: that is the machine's doing. */
export function complaintsIn(lines: readonly LogLine[]): LogLine[] {
  return lines.filter(({ level, msg }) => level !== 'info' && !LATE.test(msg))
}

/** Fields that must be equal, or a question. */
export type LineMatch = Partial<LogLine> | ((line: LogLine) => boolean)

/** Reads a log as it comes. A line that is not one JSON object makes every later call throw. */
export function logBook(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
  const lines: LogLine[] = []
  let raw = ''
  let mistake: string | null = null
  let position = 0
  let hasEnded = false

  const read = (text: string) => {
    try {
      lines.push(JSON.parse(text) as LogLine)
    } catch {
      mistake ??= text
    }
  }

  const ended = (async () => {
    let rest = ''
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      raw += text
      const complete = (rest + text).split('\n')
      rest = complete.pop() ?? ''
      for (const line of complete) read(line)
    }
    if (rest !== '') read(rest)
    hasEnded = true
  })()

  const find = (match: LineMatch, from: number): number | undefined => {
    if (mistake !== null) throw new Error(`not a JSON line: ${mistake}`)
    const index = lines.findIndex((line, at) => at >= from && isMatch(line, match))
    return index < 0 ? undefined : index
  }

  const wait = (match: LineMatch, from: number, explain: () => string) => {
    const what = `a line ${typeof match === 'function' ? match : JSON.stringify(match)}`
    const look = () => {
      const index = find(match, from)
      if (index === undefined && hasEnded) throw new Error(`the log has ended without ${what}${explain()}`)
      return index
    }
    return eventually(what, look, { explain })
  }

  return {
    lines,
    ended,
    /** All that was read, as it came. */
    raw: () => raw,
    async line(match: LineMatch, explain: () => string): Promise<LogLine> {
      return structuredClone(lines[await wait(match, 0, explain)] as LogLine)
    },
    async next(match: LineMatch, explain: () => string): Promise<LogLine> {
      const index = await wait(match, position, explain)
      position = index + 1
      // A copy, as Bun's toMatchObject puts its matchers into what it looks at.
      return structuredClone(lines[index] as LogLine)
    },
  }
}

function isMatch(line: LogLine, match: LineMatch): boolean {
  if (typeof match === 'function') return match(line)
  return Object.entries(match).every(([name, value]) => line[name] === value)
}
