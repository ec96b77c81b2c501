import type { ChartWindow, DurationSeries, MeasuredSeries, MonitorHistory } from '../../../core/past/past.ts'

/** What is read of a monitor's past for its page. The charts are for users only. */
export interface MonitorRecords {
  readonly history: MonitorHistory
  readonly window: ChartWindow
  readonly durations: DurationSeries | null
  readonly measured: readonly MeasuredSeries[]
}
