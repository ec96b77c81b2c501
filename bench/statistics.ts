/** The value below which the share `q` (0 to 1) of the values lies. NaN when there are none. */
export function quantile(values: readonly number[] | Float64Array, q: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN
}

/** The middle value, or the mean of the two in the middle. NaN when there are none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** `median (lowest–highest)`; of a single value just that. */
export function renderSpread(values: readonly number[], render: (value: number) => string): string {
  const middle = render(median(values))
  return values.length < 2 ? middle : `${middle} (${render(Math.min(...values))}–${render(Math.max(...values))})`
}

export function renderCount(value: number): string {
  return Math.round(value).toLocaleString('en')
}

export function renderMs(value: number): string {
  if (Number.isNaN(value)) return '–'
  if (value < 1) return `${value.toFixed(3)} ms`
  return value < 100 ? `${value.toFixed(1)} ms` : `${renderCount(value)} ms`
}

export function renderMb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}

export function renderPercent(share: number): string {
  return `${(share * 100).toFixed(share > 0.9995 || share < 0.1 ? 2 : 1)} %`
}
