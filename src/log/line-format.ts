import type { LogFields, LogLevel } from '../core/model/ports.ts'

/** Makes the text of one log entry, newline at its end included. */
export type LineFormat = (level: LogLevel, message: string, fields: LogFields) => string
