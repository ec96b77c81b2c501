// Tells of single cells: of the checks in a strip, and of the days in a 90-day bar. By pointer, by touch (the second touch
// follows the link), and by arrow keys while the link is focused.

const OUTCOMES = {
  P: 'passed',
  W: 'passed with a warning',
  F: 'failed',
  M: 'failed, in maintenance',
  T: 'timed out',
  N: 'could not be started',
  V: 'does not count: the fault was not the service’s',
}
const INCIDENTS = new URL('../incidents', document.currentScript.src)

/** Which cell is told of: the id of its link, and its place from the right. Null: none. */
let told = null
const tip = document.createElement('div')
tip.className = 'tip'
tip.setAttribute('role', 'status')
tip.hidden = true
document.body.append(tip)

/** Words for each cell, oldest first; null where there is nothing to tell. A day with downtime has its own address. */
function cellsOf(svg) {
  const { checks, days } = svg.dataset
  if (checks !== undefined) return checkCells(checks, svg.viewBox.baseVal.width)
  return days === undefined ? [] : dayCells(days, svg.closest('a').href)
}

function checkCells(packed, count) {
  let seconds = 0
  const cells = packed.split(' ').map((text) => {
    const [, since, letter, ms] = /^(\w+?)([A-Z])(\w*)$/.exec(text)
    seconds += Number.parseInt(since, 36)
    const took = ms === '' ? '' : `, ${tookText(Number.parseInt(ms, 36))}`
    return { text: `${pageTimes.momentText(seconds * 1000)} ${OUTCOMES[letter]}${took}` }
  })
  return [...Array(count - cells.length).fill(null), ...cells]
}

function dayCells(packed, href) {
  const days = packed.split(' ').flatMap((run) => {
    const [value, count = 1] = run.split('*')
    return Array(Number(count)).fill(value)
  })
  const nowMs = pageTimes.nowMs()
  return days.map((value, index) => {
    const day = new Date(nowMs - (days.length - 1 - index) * 86_400_000).toISOString().slice(0, 10)
    if (value === '-') return { text: `${day}: not watched` }
    const [down, planned] = value.split('M')
    const maintained = planned === undefined ? '' : `, ${pageTimes.ageText(planned * 1000)} in maintenance`
    if (down === '0') return { text: `${day}: no downtime${maintained}` }
    const address = new URL(INCIDENTS)
    address.search = new URLSearchParams({ monitor: new URL(href).searchParams.get('monitor'), day })
    return { text: `${day}: down for ${pageTimes.ageText(Number(down) * 1000)}${maintained}`, address: address.href }
  })
}

function tookText(ms) {
  return ms < 1000 ? `${ms} ms` : ms < 60_000 ? `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s` : pageTimes.ageText(ms)
}

/** Tells of the cell `fromRight` of a link, or nothing. */
function tellOf(link, fromRight) {
  const svg = link.querySelector('svg')
  const cells = cellsOf(svg)
  const index = cells.length - 1 - fromRight
  const cell = cells[index] ?? null
  told = cell === null ? null : { id: link.id, fromRight, address: cell.address ?? null }
  tip.hidden = cell === null
  link.classList.toggle('leads', told?.address !== null && told !== null)
  if (cell === null) return
  if (tip.textContent !== cell.text) tip.textContent = cell.text
  const box = svg.getBoundingClientRect()
  const middle = box.left + ((index + 0.5) / cells.length) * box.width
  const half = tip.offsetWidth / 2
  const left = Math.min(Math.max(middle, half + 4), document.documentElement.clientWidth - half - 4)
  tip.style.left = `${left - half}px`
  tip.style.top = `${box.top - tip.offsetHeight - 6 < 0 ? box.bottom + 6 : box.top - tip.offsetHeight - 6}px`
}

function placeUnder(link, clientX) {
  const svg = link.querySelector('svg')
  const { left, width } = svg.getBoundingClientRect()
  const count = svg.viewBox.baseVal.width
  const index = Math.floor(((clientX - left) / width) * count)
  return count - 1 - Math.min(count - 1, Math.max(0, index))
}

function hush() {
  told = null
  tip.hidden = true
}

const linkAt = ({ target }) => target.closest?.('a.cells') ?? null

for (const type of ['pointerover', 'pointermove']) {
  document.addEventListener(type, (event) => {
    const link = event.pointerType === 'mouse' ? linkAt(event) : null
    if (link !== null) tellOf(link, placeUnder(link, event.clientX))
  })
}
document.addEventListener('pointerout', (event) => {
  if (event.pointerType === 'mouse' && linkAt(event) !== null) hush()
})

document.addEventListener('click', (event) => {
  const link = linkAt(event)
  if (link === null) return hush()
  // The keyboard's Enter has no place.
  const isPointed = event.detail > 0
  const before = told
  if (isPointed) tellOf(link, placeUnder(link, event.clientX))
  const isSame = before !== null && before.id === told?.id && before.fromRight === told.fromRight
  const isFirstTouch = event.pointerType === 'touch' && !isSame
  if (isFirstTouch || told?.address) event.preventDefault()
  if (!isFirstTouch && told?.id === link.id && told.address !== null) location.href = told.address
})

document.addEventListener('focusin', (event) => {
  const link = linkAt(event)
  const isTold = link !== null && link.id === told?.id
  if (link?.matches(':focus-visible')) tellOf(link, isTold ? told.fromRight : 0)
  // The same cell is told of when its part of the page was replaced and got the focus back.
  else if (!isTold) hush()
})

document.addEventListener('keydown', (event) => {
  const link = linkAt(event)
  if (event.key === 'Escape') return hush()
  const step = { ArrowLeft: 1, ArrowRight: -1, Home: Infinity, End: -Infinity }[event.key]
  if (link === null || step === undefined) return
  event.preventDefault()
  const last = cellsOf(link.querySelector('svg')).filter((cell) => cell !== null).length - 1
  tellOf(link, Math.min(Math.max((told?.fromRight ?? 0) + step, 0), Math.max(last, 0)))
})

/** After a part of the page was replaced or moved, the same cell is told of, with what is known now. */
function tellAgain() {
  if (told === null) return
  const link = document.getElementById(told.id)
  if (link === null) hush()
  else tellOf(link, told.fromRight)
}

document.addEventListener('page-changed', tellAgain)
addEventListener('scroll', tellAgain, { passive: true })
