export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** How the daemon's log is written. `format` null depends on where it goes. */
export interface LogSettings {
  readonly format: 'text' | 'json' | null
  /** Lines below it are not written. */
  readonly level: LogLevel
}
