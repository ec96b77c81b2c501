import { parsePerfdata } from '../model/perfdata.ts'
import { CUT_MARK } from '../text/cut.ts'
import { onOneLine } from '../text/printable.ts'
import { isoTime, type TimeText, withTimes } from '../text/time.ts'

interface Said {
  readonly reason: string
  readonly output: string
}

/** Sequences that colour a terminal. */
const ANSI = /\u001b\[[0-?]*[ -/]*[@-~]/g
/** curl's table of progress, and the head of Python's stack traces, whose end says what happened. */
const PROGRESS = /^(?:% Total\s.*|Dload\s+Upload\s.*|[\d.\sGMkTP]*(?:[\d-]+:[\d-]+:[\d-]+\s*){2,}.*)$/
/** The table is as wide as a terminal; more of a line would take long to look through. */
const PROGRESS_WIDTH = 80
const TRACEBACK = /^Traceback \(most recent call last\):$/

/**
 * The first line of an output that says something, without what is for machines: performance data, colours, a table of
 * progress. Empty where no line does. As long as the line is: mask secrets in it before it is cut.
 */
export function firstLine(output: string): string {
  let isInTrace = false
  let number = ''
  // Line by line: nearly always the first one says something, and every check asks.
  for (const [written] of output.replace(CUT_MARK, '\n').matchAll(/[^\r\n]+/g)) {
    const line = onOneLine(written.replace(ANSI, ''))
    if (isInTrace && /^\s/.test(written)) continue
    isInTrace = TRACEBACK.test(line)
    const text = withoutData(line)
    if (isInTrace || PROGRESS.test(text.slice(0, PROGRESS_WIDTH))) continue
    if (/\p{L}/u.test(text)) return text
    if (number === '' && /\p{N}/u.test(text)) number = text
  }
  return number
}

function withoutData(line: string): string {
  const bar = line.indexOf('|')
  return bar > 0 && parsePerfdata(line).length > 0 ? line.slice(0, bar).trimEnd() : line
}

/** Whether a command or a job has ended by itself: what it said is the cause. The cause of a timeout is the timeout. */
function isOwnEnding(reason: string): boolean {
  return /^(?:exit code \d|a ping of )/.test(reason)
}

/** Pages ask about the same checks again and again, and a long output takes milliseconds. */
const firstLines = new WeakMap<Said, string>()

function firstLineOf(said: Said): string {
  const line = firstLines.get(said) ?? firstLine(said.output)
  firstLines.set(said, line)
  return line
}

/** The cause of a check's outcome in one line, `{summary}`: the first line of its output that says something, or the reason. */
export function summary(said: Said): string {
  return withReason(said.reason, firstLineOf(said))
}

function withReason(reason: string, line: string): string {
  if (line === '') return reason
  return isOwnEnding(reason) || reason === '' ? line : `${reason}: ${line}`
}

/** The same with the exit code behind it, for people: `curl: (22) The requested URL returned error: 503 (exit code 22)`. */
export function causeText(said: Said, time: TimeText = isoTime): string {
  const reason = withTimes(said.reason, time)
  const [exitCode] = /^exit code \d+/.exec(reason) ?? []
  const text = withReason(reason, firstLineOf(said))
  return exitCode === undefined || text === reason ? text : `${text} (${exitCode})`
}
