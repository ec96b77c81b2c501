import { PENDING } from '../../core/model/state.ts'
import type { MonitorState } from '../../core/model/types.ts'

/** A state as the column `state` of a monitor has it. Written by an older Minitor it may lack what has come since. */
export function parseState(json: string): MonitorState {
  return { ...PENDING, ...(JSON.parse(json) as MonitorState) }
}
