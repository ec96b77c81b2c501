import type { MonitorPast } from '../core/past.ts'
import type { PresentMonitor } from '../core/present.ts'

/** A monitor with what an overview shows of its past; null until that was read for the first time. */
export interface BoardMonitor extends PresentMonitor {
  readonly past: MonitorPast | null
}

/** Present and past of every monitor in one cheap view. */
export interface Board {
  /** In the order of the configuration. */
  monitors(): readonly BoardMonitor[]
  bySlug(slug: string): BoardMonitor | undefined
  /** Grows with every change of something that is shown. */
  readonly version: number
  /**
   * Calls with the slugs of monitors that have changed, gathered, at most four times a second; with null each of them
   * may have. Returns how to stop.
   */
  onChange(listener: (monitors: ReadonlySet<string> | null) => void): () => void
  close(): void
}
