// Makes the charts of a page interactive: hover for values, drag to zoom, double-click to zoom out.

const HEIGHT = 190

/** @param {{scale: {unit: string, factor: number, step: number}, startMs: number, stepMs: number, places: number[], series: {name: string, values: (number | null)[]}[], failed: number[], limits: Record<string, number[]>}} data */
function toColumns({ startMs, stepMs, places, series, failed }) {
  const seconds = places.map((place) => (startMs + place * stepMs) / 1000)
  const columns = [seconds, ...series.map(({ values }) => values)]
  return failed.length === 0 ? columns : [...columns, failed]
}

const PREFIXES = { 1: [''], 1000: ['', 'k', 'M', 'G', 'T', 'P'], 1024: ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi'] }

/** As the server writes it, but the same for all ticks of an axis. */
function textOf(value, { unit, factor, step }) {
  if (value === null || value === undefined) return '–'
  const scaled = value * factor
  if (unit === 's') {
    const ms = scaled * 1000
    return ms < 999.5 ? `${Number(ms.toPrecision(3))} ms` : `${Number(scaled.toPrecision(3))} s`
  }
  if (unit === '%') return `${Number(scaled.toPrecision(3))}%`
  const prefixes = PREFIXES[step]
  const power = step === 1 ? 0 : Math.floor(Math.log(Math.abs(scaled) || 1) / Math.log(step) + 1e-9)
  const shown = Math.min(prefixes.length - 1, Math.max(0, power))
  return `${Number((scaled / step ** shown).toPrecision(step === 1 ? 6 : 3))} ${prefixes[shown]}${unit}`.trim()
}

const times = window.pageTimes

/** Formats a time as the rest of the page does: `2026-03-01` and `12:05:00`, on the same clock. */
function timeOf(seconds) {
  return { day: times.dayText(seconds * 1000), time: times.clockText(seconds * 1000) }
}

function timeTexts(_, splits) {
  const spanSeconds = (splits.at(-1) ?? 0) - (splits[0] ?? 0)
  const isFine = splits.some((seconds) => seconds % 60 !== 0)
  return splits.map((seconds) => {
    const { day, time } = timeOf(seconds)
    if (isFine) return time
    return spanSeconds > 3 * 86_400 || time === '00:00:00' ? day.slice(5) : time.slice(0, 5)
  })
}

function optionsFor(figure, data) {
  const style = getComputedStyle(figure)
  const colour = (name) => style.getPropertyValue(name).trim()
  const font = `12px ${style.fontFamily}`
  const axis = { stroke: colour('--soft'), grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false }, font }
  const dashes = [[], [5, 4], [1, 4]]
  const lines = data.series.map(({ name }, index) => ({
    label: name,
    stroke: colour(`--line-${index}`),
    width: index === 2 ? 1.5 : 2,
    dash: dashes[index],
    value: (_, value) => textOf(value, data.scale),
    points: { size: 4 },
  }))
  const failed = {
    label: 'failed',
    class: 'failures',
    scale: 'failed',
    stroke: colour('--down'),
    paths: () => null,
    points: { show: true, filter: failedPlaces, size: 7, fill: colour('--down') },
    value: (_, value) => (value === null ? '–' : String(value)),
  }
  return {
    width: figure.clientWidth,
    height: HEIGHT,
    // The last time of the axis is wider than its place.
    padding: [null, 28, null, null],
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), times.zone),
    series: [{ label: 'at', value: (_, at) => timeWords(at) }, ...lines, ...(data.failed.length === 0 ? [] : [failed])],
    // The place of failures on their scale does not matter: all are at the bottom.
    scales: {
      x: { range: (plot, low, high) => timeRangeOf(plot.data[0], data.stepMs / 1000) ?? [low, high] },
      y: { range: (_, low, high) => rangeOf(data.limits, low, high) },
      failed: { range: () => [0, 1e9] },
    },
    axes: [
      { ...axis, values: timeTexts, size: 32 },
      { ...axis, size: 64, values: (_, values) => values.map((value) => textOf(value, data.scale)) },
    ],
    cursor: { drag: { x: true, y: false }, y: false },
    legend: { markers: { fill: ({ series }, index) => series[index].stroke(null, index) } },
    hooks: { setLegend: [showLast], draw: [(plot) => drawLimits(plot, data.limits, colour)] },
  }
}

/** The time around a single point, which would otherwise stand before some years; null where there are more. */
function timeRangeOf(seconds, stepSeconds) {
  return seconds.length === 1 ? [seconds[0] - stepSeconds / 2, seconds[0] + stepSeconds / 2] : null
}

/** Thresholds are in sight, too. */
function rangeOf({ warning, critical }, low, high) {
  const all = [0, low ?? 0, high ?? 0, ...warning, ...critical]
  return [Math.min(...all), Math.max(...all) || 1]
}

function drawLimits({ ctx, bbox, valToPos }, limits, colour) {
  ctx.save()
  ctx.lineWidth = 1.5 * devicePixelRatio
  ctx.setLineDash([8 * devicePixelRatio, 4 * devicePixelRatio])
  for (const [kind, name] of [
    ['warning', '--bar-some'],
    ['critical', '--bar-bad'],
  ]) {
    ctx.strokeStyle = colour(name)
    for (const value of limits[kind]) {
      const y = valToPos(value, 'y', true)
      ctx.beginPath()
      ctx.moveTo(bbox.left, y)
      ctx.lineTo(bbox.left + bbox.width, y)
      ctx.stroke()
    }
  }
  ctx.restore()
}

function timeWords(seconds) {
  if (seconds === null || seconds === undefined) return '–'
  const { day, time } = timeOf(seconds)
  return `${day} ${time.slice(0, 5)}`
}

/** While nobody points at the chart, the legend shows the latest values. */
function showLast(plot) {
  if (plot.legend.idx !== null && plot.legend.idx !== undefined) return
  const idx = plot.data[1].findLastIndex((value) => value !== null)
  if (idx >= 0) plot.setLegend({ idx })
}

function failedPlaces(plot, series) {
  return plot.data[series].flatMap((count, index) => (count > 0 ? [index] : []))
}

function isEmpty({ series }) {
  return series.every(({ values }) => values.every((value) => value === null))
}

function draw(figure) {
  const data = JSON.parse(figure.dataset.chart)
  if (isEmpty(data)) return null
  const plot = new uPlot(optionsFor(figure, data), toColumns(data), (self, init) => {
    figure.replaceChildren(self.root)
    init()
  })
  showLast(plot)
  return plot
}

for (const figure of document.querySelectorAll('figure[data-chart]')) {
  let plot = draw(figure)
  const drawAnew = () => {
    plot?.destroy()
    plot = draw(figure)
  }
  figure.addEventListener('chart-data', (event) => {
    const data = JSON.parse(figure.dataset.chart)
    if (plot === null || isEmpty(data)) return
    event.preventDefault()
    const columns = toColumns(data)
    if (columns.length === plot.data.length) plot.setData(columns)
    else drawAnew()
  })
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAnew)
  new ResizeObserver(() => {
    if (plot !== null && plot.width !== figure.clientWidth) plot.setSize({ width: figure.clientWidth, height: HEIGHT })
  }).observe(figure)
}
