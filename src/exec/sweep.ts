/** Something that wants to be visited at `dueMs` (monotonic milliseconds, `performance.now()`). */
export interface Swept {
  dueMs: number
}

/**
 * One timer for everything that runs: a command costs no timer of its own, and most end before they are ever visited.
 * A list that is searched from end to end, not a heap: `dueMs` changes with every visit, and what runs are a few hundred.
 * `visit` is called at or after `dueMs` and moves it on.
 */
export class Sweep<Item extends Swept> {
  readonly #visit: (item: Item, nowMs: number) => void
  readonly #items = new Set<Item>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #timerMs = Infinity

  constructor(visit: (item: Item, nowMs: number) => void) {
    this.#visit = visit
  }

  get items(): Iterable<Item> {
    return this.#items
  }

  get size(): number {
    return this.#items.size
  }

  add(item: Item): void {
    this.#items.add(item)
    this.wake(item)
  }

  /** To be called when an item's `dueMs` has come nearer. */
  wake(item: Item): void {
    if (item.dueMs < this.#timerMs) this.#arm(item.dueMs)
  }

  delete(item: Item): void {
    this.#items.delete(item)
  }

  #arm(dueMs: number): void {
    clearTimeout(this.#timer)
    this.#timerMs = dueMs
    this.#timer = setTimeout(() => this.#tick(), Math.max(1, Math.ceil(dueMs - performance.now())))
  }

  #tick(): void {
    const nowMs = performance.now()
    this.#timerMs = Infinity
    for (const item of this.#items) if (item.dueMs <= nowMs) this.#visit(item, nowMs)
    let nextMs = Infinity
    for (const item of this.#items) nextMs = Math.min(nextMs, item.dueMs)
    if (nextMs < this.#timerMs) this.#arm(nextMs)
  }
}
