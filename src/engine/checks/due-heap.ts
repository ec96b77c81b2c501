interface Due {
  readonly dueMs: number
}

/** A binary heap: the entry due first is on top. Entries must not change their `dueMs` while they are in it. */
export interface DueHeap<Entry extends Due> {
  peek(): Entry | undefined
  push(entry: Entry): void
  pop(): Entry | undefined
}

export function createDueHeap<Entry extends Due>(): DueHeap<Entry> {
  const entries: Entry[] = []

  const isBefore = (one: number, other: number) => (entries[one] as Entry).dueMs < (entries[other] as Entry).dueMs

  const swap = (one: number, other: number) => {
    const entry = entries[one] as Entry
    entries[one] = entries[other] as Entry
    entries[other] = entry
  }

  const rise = (from: number) => {
    let index = from
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!isBefore(index, parent)) return
      swap(index, parent)
      index = parent
    }
  }

  const sink = () => {
    let index = 0
    for (;;) {
      const left = 2 * index + 1
      const right = left + 1
      let first = index
      if (left < entries.length && isBefore(left, first)) first = left
      if (right < entries.length && isBefore(right, first)) first = right
      if (first === index) return
      swap(index, first)
      index = first
    }
  }

  return {
    peek: () => entries[0],
    push(entry) {
      entries.push(entry)
      rise(entries.length - 1)
    },
    pop() {
      const top = entries[0]
      const last = entries.pop()
      if (last !== undefined && entries.length > 0) {
        entries[0] = last
        sink()
      }
      return top
    },
  }
}
