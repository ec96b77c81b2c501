import { fstatSync } from 'node:fs'
import type { LogSettings } from '../../core/model/log-settings.ts'
import { createLog, type OpenLog } from '../../log/log.ts'
import { hasColour } from './terminal.ts'

/** Opens the log of a program that stays: to standard output, as what that is connected to reads it. */
export function openLog(settings: LogSettings, mask: (text: string) => string): OpenLog {
  const { stdout } = process
  const place = stdout.isTTY === true ? 'terminal' : isJournal() ? 'journal' : 'file'
  return createLog({ target: stdout, place, hasColour: hasColour(stdout), mask, now: Date.now, ...settings })
}

/** Whether standard output is the stream that systemd has connected to its journal (systemd.exec(5)). */
function isJournal(): boolean {
  try {
    const { dev, ino } = fstatSync(1, { bigint: true })
    return process.env.JOURNAL_STREAM === `${dev}:${ino}`
  } catch {
    return false
  }
}
