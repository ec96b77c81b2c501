import type { MonitorTally } from '../../core/model/ports.ts'

export interface Sample {
  /** Of a histogram's sample, what follows the family's name. */
  readonly suffix?: '_bucket' | '_sum' | '_count'
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** One metric and where its samples come from; nothing of it is kept between two scrapes. */
export interface MetricFamily {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  /** Gets the monitors as they were when the scrape began. No two samples may have the same labels. */
  readonly samples: (tallies: readonly MonitorTally[]) => Iterable<Sample>
}

/** Version 0.0.4 of the text format, which every Prometheus reads. */
export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

// About a millisecond of work.
const SLICE_SAMPLES = 1_000

/**
 * Renders a family in the text format of Prometheus, in slices that are small enough for other work to be done between
 * them; whole lines each. A family without samples is only its header. Label names, `name` and `help` are taken as safe.
 */
export function* renderFamily(family: MetricFamily, tallies: readonly MonitorTally[]): Generator<string> {
  const { name, help, type, samples } = family
  let text = `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`
  let count = 0
  for (const sample of samples(tallies)) {
    if (count === SLICE_SAMPLES) {
      yield text
      text = ''
      count = 0
    }
    text += renderSample(name, sample)
    count++
  }
  yield text
}

function renderSample(name: string, { suffix, labels, value }: Sample): string {
  let text = name + (suffix ?? '')
  let before = '{'
  for (const label in labels) {
    text += `${before}${label}="${escaped(labels[label] ?? '')}"`
    before = ','
  }
  return `${text}${before === '{' ? '' : '}'} ${number(value)}\n`
}

// Of label values the format escapes these three; any other character stands for itself.
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' }
const HAS_ESCAPES = /[\\"\n]/

function escaped(text: string): string {
  // Looked for first, as hardly any name has one, and replacing costs much more than looking.
  return HAS_ESCAPES.test(text) ? text.replace(/[\\"\n]/g, (character) => ESCAPES[character] ?? character) : text
}

function number(value: number): string {
  if (value === Infinity) return '+Inf'
  return value === -Infinity ? '-Inf' : String(value)
}
