import type { MetricFamily, Sample } from '../../core/model/metric.ts'

/** Version 0.0.4 of the text format, which every Prometheus reads. */
export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

// About a millisecond of work.
const SLICE_SAMPLES = 1_000

/**
 * Renders a family in the text format of Prometheus, in slices that are small enough for other work to be done between
 * them; whole lines each. A family without samples is only its header. Label names, `name` and `help` are taken as safe.
 */
export function* renderFamily({ name, help, type, samples }: MetricFamily): Generator<string> {
  let text = `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`
  let count = 0
  for (const sample of samples()) {
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

// The format escapes these three in label values; any other character stands for itself.
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' }
const HAS_ESCAPES = /[\\"\n]/

function escaped(text: string): string {
  // Tested first, as hardly any name has one, and replacing costs much more than testing.
  return HAS_ESCAPES.test(text) ? text.replace(/[\\"\n]/g, (character) => ESCAPES[character] ?? character) : text
}

function number(value: number): string {
  if (value === Infinity) return '+Inf'
  return value === -Infinity ? '-Inf' : String(value)
}
