import { headAndTail } from '../../../core/text/cut.ts'
import { plural } from '../../../core/text/plural.ts'
import type { Visit } from './visit.ts'

/** Shown of one output, most of it from its end, where errors are; the commands show the rest. */
export const OUTPUT_BYTES = 4_000
const HEAD_BYTES = 1_000

/** An output this short needs no summary. */
const SHORT_CHARS = 120

interface OutputProps {
  readonly text: string
  readonly id: string
  /** Whether a long one is shown at once. */
  readonly isOpen?: boolean
  readonly visit: Visit
}

/** What a command printed or a ping sent, as text only. Nothing if it is empty. */
export function Output({ text, id, isOpen = false, visit }: OutputProps) {
  const whole = visit.shownLines(text.trim())
  if (whole === '') return null
  if (whole.length <= SHORT_CHARS && !whole.includes('\n')) return <pre>{whole}</pre>
  const lines = whole.split('\n')
  return (
    <details class="output" id={id} open={isOpen}>
      <summary>
        <code>{startOf(lines[0] ?? '')}</code> <span class="size">{plural(lines.length, 'line')}</span>
      </summary>
      <pre tabindex={0}>{headAndTail(whole, { limitBytes: OUTPUT_BYTES, headBytes: HEAD_BYTES })}</pre>
    </details>
  )
}

function startOf(line: string): string {
  return line.length > SHORT_CHARS ? `${line.slice(0, SHORT_CHARS)} …` : line
}
