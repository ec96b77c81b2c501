/** Times (Unix epoch milliseconds) on the clock of this machine. */
export function dateText(atMs: number): string {
  const at = new Date(atMs)
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}

export function clockText(atMs: number): string {
  const at = new Date(atMs)
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
}

export function dateAndClock(atMs: number): string {
  return `${dateText(atMs)} ${clockText(atMs)}`
}

/** The clock's time, with the date where it is not the day of `dayMs`. */
export function clockOnDay(atMs: number, dayMs: number): string {
  return dateText(atMs) === dateText(dayMs) ? clockText(atMs) : dateAndClock(atMs)
}

function two(number: number): string {
  return String(number).padStart(2, '0')
}
