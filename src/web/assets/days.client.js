// Shows the day of the cell of a 90-day bar under the pointer, and what it means.

const MEANINGS = {
  fine: 'no downtime',
  some: 'less than an hour of downtime',
  bad: 'an hour of downtime or more',
  gone: 'nobody was watching',
}

document.addEventListener('pointerover', startPointing)
document.addEventListener('pointermove', startPointing)

function startPointing({ target, clientX }) {
  const bar = target.closest?.('svg.bar') ?? null
  const title = bar?.querySelector('title') ?? null
  if (title === null) return
  const { left, width } = bar.getBoundingClientRect()
  const days = bar.viewBox.baseVal.width
  const daysAgo = days - 1 - Math.min(days - 1, Math.max(0, Math.floor(((clientX - left) / width) * days)))
  const nowMs = Number(document.documentElement.dataset.now)
  const day = new Date(nowMs - daysAgo * 86_400_000).toISOString().slice(0, 10)
  const meaning = MEANINGS[target.getAttribute('class')]
  bar.dataset.summary ??= title.textContent
  title.textContent = meaning === undefined ? bar.dataset.summary : `${day}: ${meaning}`
}
