import type { Board } from '../board/board.ts'

/** One reader's view of the board's changes. What it has not taken yet is a set: a slow reader costs no more memory. */
export interface FollowedBoard {
  /** Resolves when there is something to take, when it has ended, or after so long. */
  wait(longestMs: number): Promise<void>
  /** Slugs of the monitors that have changed since the last time; null: all may have; undefined: none has. */
  take(): ReadonlySet<string> | null | undefined
  readonly hasEnded: boolean
  end(): void
}

export function followBoard(board: Pick<Board, 'onChange'>): FollowedBoard {
  let changed: Set<string> | null = new Set()
  let hasEnded = false
  let wake = () => {}

  const stop = board.onChange((slugs) => {
    if (slugs === null) changed = null
    else for (const slug of slugs) changed?.add(slug)
    wake()
  })

  return {
    async wait(longestMs) {
      if (hasEnded || changed === null || changed.size > 0) return
      const { promise, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, longestMs)
      wake = resolve
      await promise
      clearTimeout(timer)
    },
    take() {
      const taken = changed
      changed = new Set()
      return taken?.size === 0 ? undefined : taken
    },
    get hasEnded() {
      return hasEnded
    },
    end() {
      hasEnded = true
      stop()
      wake()
    },
  }
}
