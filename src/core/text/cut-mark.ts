/** Stands where the middle of an output was left out. ASCII, lest the whole text take two bytes a character. */
export function cutMark(byteCount: number): string {
  return `\n[... ${byteCount} bytes left out ...]\n`
}

/** Finds such marks. */
export const CUT_MARK = /\n\[\.\.\. \d+ bytes left out \.\.\.\]\n/g
