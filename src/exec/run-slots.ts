import { closeSync, constants, ftruncateSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'

/** Longer than any run id, so that a slot can be written in place by one call. */
const SLOT_BYTES = 64

const RUN_ID = /^[0-9a-z]+-[0-9a-z]+-[0-9a-z]+$/

/**
 * The runs that are under way, in a file: one slot for each, written when it starts and when it ends. The file is never
 * synced: the death of a process loses no write, and the death of the machine leaves no process behind.
 */
export interface RunSlots {
  /** The runs that were under way when the last Minitor died. They stay in the file until `forget`. */
  readonly left: readonly string[]
  forget(): void
  /** Returns the slot to leave. */
  enter(runId: string): number
  leave(slot: number): void
  /** Removes the file, unless a run is still in it. */
  close(): void
}

/** `file` is null, or cannot be written, where nothing is to be found again. Must have only one user at a time. */
export function openRunSlots(file: string | null): RunSlots {
  const left = file === null ? [] : readLeft(file)
  let fd = file === null ? null : attempt(() => openSync(file, FLAGS, 0o600))
  const record = Buffer.alloc(SLOT_BYTES)
  const free: number[] = []
  let count = 0

  // On a full disk a run is not noted, and goes on.
  const write = (slot: number, runId: string) => {
    if (fd === null) return
    record.fill(0)
    record.write(runId, 'latin1')
    try {
      writeSync(fd, record, 0, SLOT_BYTES, slot * SLOT_BYTES)
    } catch {}
  }
  const enter = (runId: string) => {
    const slot = free.pop() ?? count++
    write(slot, runId)
    return slot
  }
  const leave = (slot: number) => {
    write(slot, '')
    free.push(slot)
  }

  // In this order, so that a kill in between loses none.
  let leftSlots = left.map(enter)
  attempt(() => fd !== null && ftruncateSync(fd, count * SLOT_BYTES))
  return {
    left,
    forget() {
      for (const slot of leftSlots) leave(slot)
      leftSlots = []
    },
    enter,
    leave,
    close() {
      if (fd !== null) closeSync(fd)
      fd = null
      // On a disk that has become read-only it stays: every slot in it is empty.
      if (file !== null && free.length === count) attempt(() => rmSync(file, { force: true }))
    },
  }
}

const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW

function readLeft(file: string): readonly string[] {
  const content = attempt(() => readFileSync(file, 'latin1')) ?? ''
  return content.split('\0').filter((text) => RUN_ID.test(text))
}

function attempt<Result>(step: () => Result): Result | null {
  try {
    return step()
  } catch {
    return null
  }
}
