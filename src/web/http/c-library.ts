import { dlopen, type FFIFunction, type Library } from 'bun:ffi'

/** The first that there is. */
const LIBRARIES = ['libc.so.6', `libc.musl-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}.so.1`]

/** Functions of the C library, for what the runtime has none for. Null where the library cannot be opened. */
export function openCLibrary<Functions extends Record<string, FFIFunction>>(
  functions: Functions,
): Library<Functions>['symbols'] | null {
  for (const library of LIBRARIES) {
    try {
      return dlopen(library, functions).symbols
    } catch {
      // The next one.
    }
  }
  return null
}
