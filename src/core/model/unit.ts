/** How values of a unit are shown. */
export interface Scale {
  /** Without a prefix: `s`, `B`, `B/s`. Empty for counts. */
  readonly unit: string
  /** How many of it one of the given unit is. */
  readonly factor: number
  /** How many of it make one of the next prefix; 1 where it takes none. */
  readonly step: 1 | 1000 | 1024
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, ms: 1e-3, us: 1e-6, µs: 1e-6, μs: 1e-6, ns: 1e-9 }
const AMOUNT = /^([kKMGTP]?)(i?)(B|b|bits?|Bytes?)(\/s|ps)?$/
const PREFIXES = ['', 'k', 'M', 'G', 'T', 'P']
const TAKES_PREFIX = /^(?:Hz|W|Wh|VA)?$/

/** Reads a unit of performance data, which may have a prefix already: `MB`, `KiB/s`, `ms`. */
export function scaleOf(unit: string): Scale {
  const seconds = SECONDS[unit]
  if (seconds !== undefined) return { unit: 's', factor: seconds, step: 1 }
  const [, prefix = '', binary = '', amount, rate = ''] = AMOUNT.exec(unit) ?? []
  if (amount !== undefined && (binary === '' || prefix !== '')) {
    const step = binary === '' ? 1000 : 1024
    return { unit: amount + rate, factor: step ** PREFIXES.indexOf(prefix.replace('K', 'k')), step }
  }
  const bare = unit === 'c' ? '' : unit
  return { unit: bare, factor: 1, step: TAKES_PREFIX.test(bare) ? 1000 : 1 }
}

/** A value in the unit that all values of its kind are stored in, as some plugins choose the unit by the value. */
export function inOneUnit(value: number, unit: string): { readonly value: number; readonly unit: string } {
  const { unit: bare, factor, step } = scaleOf(unit)
  if (factor === 1) return { value, unit }
  return step === 1024
    ? { value: exact((value * factor) / step), unit: `Ki${bare}` }
    : { value: exact(value * factor), unit: bare }
}

/** Without the last digit, in which 0.1 × 3 is not 0.3. */
function exact(value: number): number {
  return Number(value.toPrecision(15))
}
