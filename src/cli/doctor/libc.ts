import { ptr } from 'bun:ffi'
import { openCLibrary } from '../../web/http/c-library.ts'

/** What Bun has no function for. Each gives null or false where the system does not answer. */
export interface Libc {
  /** Whether the kernel's clock is kept right by something, such as NTP. */
  isClockSynchronised(): boolean | null
  /** What a program is given when it is executed, whoever does so; null where that is nothing. */
  capabilitiesOf(file: string): FileCapabilities | null
  /** Goes on with another root directory: as this process sees it from then on. */
  changeRoot(directory: string): boolean
}

/** Capabilities as bits by their numbers. `isEffective`: it is not executed at all where it cannot have them. */
export interface FileCapabilities {
  readonly permitted: bigint
  readonly isEffective: boolean
}

const FUNCTIONS = {
  adjtimex: { args: ['ptr'], returns: 'int' },
  getxattr: { args: ['ptr', 'ptr', 'ptr', 'u64'], returns: 'i64' },
  chroot: { args: ['ptr'], returns: 'int' },
} as const

/** `struct timex` of 64-bit systems, and where `status` is in it. */
const TIMEX_BYTES = 256
const STATUS_AT = 40
const UNSYNCHRONISED = 0x40

/** `struct vfs_ns_cap_data`, the longest form. */
const CAPABILITY_BYTES = 24
const IS_EFFECTIVE = 1

/** Opened before anything else, as the library may be out of sight later. Null where there is none. */
export function openLibc(): Libc | null {
  const symbols = openCLibrary(FUNCTIONS)
  if (symbols === null) return null
  return {
    isClockSynchronised() {
      const timex = new DataView(new ArrayBuffer(TIMEX_BYTES))
      if (symbols.adjtimex(ptr(timex)) === -1) return null
      return (timex.getInt32(STATUS_AT, true) & UNSYNCHRONISED) === 0
    },
    capabilitiesOf(file) {
      const value = new DataView(new ArrayBuffer(CAPABILITY_BYTES))
      const name = cString('security.capability')
      const length = Number(symbols.getxattr(ptr(cString(file)), ptr(name), ptr(value), CAPABILITY_BYTES))
      if (length < 12) return null
      const high = length >= 20 ? value.getUint32(12, true) : 0
      const permitted = (BigInt(high) << 32n) | BigInt(value.getUint32(4, true))
      return { permitted, isEffective: (value.getUint32(0, true) & IS_EFFECTIVE) !== 0 }
    },
    changeRoot: (directory) => symbols.chroot(ptr(cString(directory))) === 0,
  }
}

function cString(text: string): Buffer {
  return Buffer.from(`${text}\0`)
}
