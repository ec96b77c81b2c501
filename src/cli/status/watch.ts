import { watchFiles } from '../../config/read/watch-files.ts'
import { type DatabaseOptions, databaseOf, type Found, readOrRefuse, readSurroundings } from '../options/context.ts'
import { UsageError } from '../terminal/outcome.ts'
import { receiveSignals } from '../terminal/signals.ts'
import { colours, createOneLine, fit } from '../terminal/terminal.ts'
import { readReport, type Selection } from './report.ts'
import { renderFoot, renderHead, renderMonitors, SHOWN_WINDOWS } from './text.ts'

const REDRAW_EVERY_MS = 1000
/** More silences than this would push monitors off the screen. */
const FOOT_LINES = 5

const ENTER = '\x1b[?1049h\x1b[?25l'
const LEAVE = '\x1b[?25h\x1b[?1049l'
const HOME = '\x1b[H'
const END_OF_LINE = '\x1b[K'
const END_OF_SCREEN = '\x1b[J'

/** Draws the status anew each second until it is interrupted; resolves to whether all was well at last. */
export async function watchStatus(options: DatabaseOptions, only: Selection): Promise<boolean> {
  const { stdout } = process
  if (stdout.isTTY !== true || process.env.TERM === 'dumb') {
    throw new UsageError('--watch needs a terminal to draw on', 'without it, status is printed once')
  }
  const onSignal = receiveSignals()
  const interrupted = new Promise<void>((resolve) => onSignal(() => resolve()))
  let isOver = false
  void interrupted.then(() => {
    isOver = true
  })
  const news = createNews()
  let known = readSurroundings(options)
  const unwatch = watchFiles(options.config, () => {
    const now = readSurroundings(options)
    // What was whole tells more than what somebody is writing.
    known = now.isWhole || !known.isWhole ? now : { ...known, trouble: now.trouble }
    news.tell()
  })
  stdout.on('resize', news.tell)
  stdout.write(ENTER)
  let isOk = false
  try {
    while (!isOver) {
      const frame = drawFrame(known, { width: stdout.columns, height: stdout.rows, database: options.database, only })
      isOk = frame.isOk
      stdout.write(HOME + frame.lines.map((line) => line + END_OF_LINE).join('\n') + END_OF_SCREEN)
      await Promise.race([interrupted, news.wait(REDRAW_EVERY_MS)])
    }
  } finally {
    news.tell()
    stdout.off('resize', news.tell)
    unwatch()
    stdout.write(LEAVE)
  }
  return isOk
}

/** Something to draw at once, not only at the next second. */
function createNews() {
  let wake = () => {}
  return {
    tell: () => wake(),
    wait: (limitMs: number) =>
      new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, limitMs)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      }),
  }
}

interface Screen {
  readonly width: number
  readonly height: number
  readonly database: string | undefined
  readonly only: Selection
}

interface Frame {
  readonly lines: readonly string[]
  readonly isOk: boolean
}

function drawFrame(known: Found, { width, height, database, only }: Screen): Frame {
  const { config, trouble } = known
  const page = { width, oneLine: createOneLine(config.secrets) }
  const nowMs = Date.now()
  try {
    const report = readOrRefuse(databaseOf(known, database), (file) =>
      readReport(file, { known, nowMs, windows: SHOWN_WINDOWS, limit: height, only }),
    )
    const head = [...renderHead(report, page), ...(trouble === '' ? [] : [colours.yellow(fit(trouble, width))])]
    const foot = footLines(renderFoot(report, page))
    // Two lines stand between the parts, and one is the table's titles.
    const room = Math.max(0, height - head.length - foot.length - (foot.length > 0 ? 3 : 2))
    const { total } = report
    const isCut = total > room
    const monitors = report.monitors.slice(0, isCut ? Math.max(0, room - 1) : room)
    const more = isCut ? [colours.dim(`… and ${total - monitors.length} more`)] : []
    const rows = [...renderMonitors({ ...report, monitors }, page), ...more]
    const lines = [...head, '', ...rows, ...(foot.length > 0 ? ['', ...foot] : [])]
    return { lines: lines.slice(0, height), isOk: report.isOk }
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    return { lines: [colours.red(fit(page.oneLine(error.message), width))], isOk: false }
  }
}

function footLines(lines: readonly string[]): readonly string[] {
  if (lines.length <= FOOT_LINES) return lines
  return [...lines.slice(0, FOOT_LINES - 1), `… and ${lines.length - FOOT_LINES + 1} more`]
}
