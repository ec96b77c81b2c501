// Keeps a page up to date: after a change on the server it fetches the page again and replaces what differs. Everything works
// without it, too.

const GAP_MS = 1000
/** Beside the assets, also where a proxy serves everything under a path. */
const STREAM = new URL('../api/v1/stream', document.currentScript.src)
const AGE_EVERY_MS = 1000
/** Between attempts to get a stream where the server, or a proxy, answers with an error. */
const FIRST_RETRY_MS = 2000
const LONGEST_RETRY_MS = 30_000
const AGES = 'time[data-age], time[data-until]'
const times = window.pageTimes

/** The page as the server sent it last, without what people have typed and opened since. */
let known = withoutAges(document.cloneNode(true))
times.translate(document)
let stream = null
/** Whether the stream has broken: then ages stand still, as nobody knows how it goes on. */
let isLost = false
let retryMs = FIRST_RETRY_MS
let retryTimer
/** When the server last sent something. */
let lastAnswerMs = Date.now()
let isAsking = false
let isAskedAgain = false
/** A form was sent, and another page is on its way. */
let isLeaving = false

/** Ages count on by themselves: another age is no change, least of all one that a screen reader should announce. */
function withoutAges(page) {
  for (const time of page.querySelectorAll(AGES)) time.textContent = ''
  return page
}

/** The outermost elements in `root` that can be replaced on their own. */
function piecesIn(root) {
  return [...root.querySelectorAll('[data-live]')].filter((one) => {
    const outer = one.parentElement.closest('[data-live]')
    return outer === null || outer === root || !root.contains(outer)
  })
}

/** An element without the content of its pieces. */
function shellOf(element) {
  const copy = element.cloneNode(true)
  for (const piece of piecesIn(copy)) piece.replaceWith(piece.id)
  return copy.outerHTML
}

function takeOver(next) {
  for (const piece of piecesIn(next)) bringUpToDate(piece)
  if (document.title !== next.title) document.title = next.title
  known = next
  times.aheadMs = Number(next.documentElement.dataset.now) - Date.now()
  countTimes()
}

function bringUpToDate(next) {
  const before = known.getElementById(next.id)
  const shown = document.getElementById(next.id)
  if (before === null || shown === null || before.outerHTML === next.outerHTML) return
  if (next.dataset.chart !== undefined) {
    if (before.dataset.chart === next.dataset.chart) return
    shown.dataset.chart = next.dataset.chart
    const isDrawn = !shown.dispatchEvent(new CustomEvent('chart-data', { cancelable: true }))
    if (isDrawn) return
  }
  if (piecesIn(next).length > 0 && shellOf(before) === shellOf(next)) {
    for (const piece of piecesIn(next)) bringUpToDate(piece)
    return
  }
  replace(shown, document.importNode(next, true), before.className !== next.className)
}

/** Replaces `shown` by `next`, and carries over the focus, open details and typed text. */
function replace(shown, next, isOther) {
  for (const { id, open } of shown.querySelectorAll('details[id]')) {
    const same = next.querySelector(`details[id="${CSS.escape(id)}"]`)
    if (same !== null) same.open = open
  }
  for (const field of shown.querySelectorAll('input, select')) {
    const same = twinOf(field, next)
    if (same === null) continue
    if (field.type === 'radio') same.checked = field.checked
    else same.value = field.value
  }
  const focused = document.activeElement
  const twin = shown.contains(focused) ? twinOf(focused, next) : null
  times.translate(next)
  shown.replaceWith(next)
  document.dispatchEvent(new CustomEvent('page-changed'))
  if (isOther) next.classList.add('changed')
  if (twin === null) return
  twin.focus({ preventScroll: true })
  if (twin.type === 'text') twin.setSelectionRange(focused.selectionStart, focused.selectionEnd)
}

/** The same link, field, button or summary as `element`, in `root`. */
function twinOf(element, root) {
  const form = element.closest('form')?.getAttribute('action') ?? null
  const scope = form === null ? closestDetails(element) : `form[action="${CSS.escape(form)}"]`
  const has = (name) => {
    const value = element.getAttribute(name)
    return value === null ? '' : `[${name}="${CSS.escape(value)}"]`
  }
  const choice = element.type === 'radio' ? has('value') : ''
  return root.querySelector(`${scope} ${element.localName}${has('id')}${has('href')}${has('name')}${choice}`)
}

function closestDetails(element) {
  const id = element.closest('details')?.id ?? ''
  return id === '' ? '' : `details[id="${CSS.escape(id)}"]`
}

/** Fetches the page, at most once per GAP_MS; requests that come meanwhile cause one more fetch afterwards. */
async function ask() {
  if (isAsking) {
    isAskedAgain = true
    return
  }
  isAsking = true
  isAskedAgain = false
  try {
    const answer = await fetchPage()
    if (isSignedOut(answer)) askToSignIn()
    else if ((answer.headers.get('Content-Type') ?? '').startsWith('text/html')) {
      const next = new DOMParser().parseFromString(await answer.text(), 'text/html')
      // A proxy's own page, such as its 502, is none of Minitor's.
      if (next.documentElement.dataset.now !== undefined) takeOver(withoutAges(next))
    }
  } catch {
    // The stream notices a lost connection, too, and shows it.
  }
  setTimeout(() => {
    isAsking = false
    if (isAskedAgain && !document.hidden) ask()
  }, GAP_MS)
}

function fetchPage() {
  return fetch(location.href, { headers: { Accept: 'text/html' }, cache: 'no-store' })
}

/** Whether the server wants to know who asks. */
function isSignedOut(answer) {
  return answer.status === 401 || (answer.redirected && new URL(answer.url).pathname !== location.pathname)
}

/** Not in the place of the page that answers a form: signing out ends the session of this one. */
function askToSignIn() {
  if (!isLeaving) location.reload()
}

function say(isLive) {
  const place = document.getElementById('live')
  place.hidden = false
  place.classList.toggle('lost', !isLive)
  document.getElementById('live-word').textContent = isLive
    ? 'live'
    : `No connection. This is how it was at ${times.clockText(lastAnswerMs + times.aheadMs)}.`
}

function listen() {
  clearTimeout(retryTimer)
  stream?.close()
  stream = new EventSource(STREAM)
  stream.onopen = () => {
    if (isLost) ask()
    isLost = false
    retryMs = FIRST_RETRY_MS
    lastAnswerMs = Date.now()
    say(true)
  }
  stream.onerror = () => {
    if (!isLost) say(false)
    isLost = true
    // Browsers come again by themselves, but not after an answer such as 401, 502 or 503.
    if (stream.readyState === EventSource.CLOSED) listenLater()
  }
  // Catches up with what happened while this page did not listen.
  stream.addEventListener('hello', ({ data }) => {
    if (JSON.parse(data).missed) ask()
  })
  stream.addEventListener('change', ({ data }) => {
    lastAnswerMs = Date.now()
    const { monitors } = JSON.parse(data)
    const { monitor } = document.documentElement.dataset
    if (monitor === undefined || monitors === null || monitors.includes(monitor)) ask()
  })
}

function listenLater() {
  clearTimeout(retryTimer)
  retryTimer = setTimeout(async () => {
    const answer = await fetchPage().catch(() => null)
    if (answer !== null && isSignedOut(answer)) askToSignIn()
    else if (!document.hidden) listen()
  }, retryMs)
  retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS)
}

function countTimes() {
  const nowMs = times.nowMs()
  for (const time of document.querySelectorAll(AGES)) {
    const sinceMs = nowMs - Date.parse(time.dateTime)
    setText(time, time.dataset.until === undefined ? sinceMs : -sinceMs)
  }
}

function setText(time, ms) {
  const text = times.ageText(ms)
  if (time.textContent !== text) time.textContent = text
}

// After those of the document, which may handle a form in place.
window.addEventListener('submit', (event) => {
  isLeaving = !event.defaultPrevented
})
window.addEventListener('pageshow', () => {
  isLeaving = false
})
document.addEventListener('visibilitychange', () => {
  if (document.hidden) {
    clearTimeout(retryTimer)
    return stream?.close()
  }
  listen()
  ask()
})
setInterval(() => {
  if (!document.hidden && !isLost) countTimes()
}, AGE_EVERY_MS)
if (!document.hidden) listen()
