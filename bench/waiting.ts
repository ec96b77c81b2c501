/** Resolves once it is so; rejects after `limitMs`. `what` completes "gave up waiting for". */
export async function waitFor(what: string, limitMs: number, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + limitMs
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`gave up waiting for ${what} after ${limitMs / 1000} s`)
    await Bun.sleep(POLL_MS)
  }
}

// Reading a file's size so often costs nothing that could be measured.
const POLL_MS = 20
