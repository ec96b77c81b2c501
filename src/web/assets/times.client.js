// Shows the times of a page on the clock of whoever looks at it, and names that clock's zone. Loaded before what uses it.

const page = document.documentElement
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone ?? page.dataset.zone
/** Times that do not count on by themselves. */
const FIXED = 'time[datetime]:not([data-age], [data-until])'
const TEN_MINUTES_MS = 600_000
/** The same format as the server's: `2026-03-01` and `18:04:05`. */
const date = new Intl.DateTimeFormat('en-CA', { dateStyle: 'short', timeZone: zone })
const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', timeZone: zone })

window.pageTimes = {
  zone,
  /** How far the server's clock is ahead of this one. */
  aheadMs: Number(page.dataset.now) - Date.now(),
  nowMs: () => Date.now() + window.pageTimes.aheadMs,
  dayText: (atMs) => date.format(atMs),
  clockText: (atMs) => clock.format(atMs),
  /** To the second; with the date where that is not today's. */
  momentText(atMs) {
    const day = date.format(atMs)
    return day === date.format(window.pageTimes.nowMs()) ? clock.format(atMs) : `${day} ${clock.format(atMs)}`
  },
  /** Rounded down to two units, as the server writes it. */
  ageText(ms) {
    const units = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 }
    const names = Object.keys(units)
    const first = names.findIndex((name) => ms >= units[name])
    if (first < 0) return '0s'
    let restMs = ms
    const parts = names.slice(first, first + 2).map((name) => {
      const count = Math.floor(restMs / units[name])
      restMs -= count * units[name]
      return count === 0 ? '' : `${count}${name}`
    })
    return parts.join('')
  },
  /** Writes the times in `root` anew. */
  translate(root) {
    for (const time of root.querySelectorAll(FIXED)) {
      const atMs = Date.parse(time.dateTime)
      const text = window.pageTimes.momentText(atMs)
      time.textContent = Math.abs(atMs - window.pageTimes.nowMs()) < TEN_MINUTES_MS ? text : text.slice(0, -3)
    }
    for (const name of root.querySelectorAll('.zone')) name.textContent = zone
    for (const aside of root.querySelectorAll('.utc-days')) aside.hidden = zone === 'UTC'
  },
}
