// Enough characters to tell secrets apart; keeps the expression small when a secret is a whole file.
const LONGEST_HEAD = 32

/**
 * Makes a function that replaces every secret in a text by `***`. Secrets that overlap are covered together, so that
 * no end of one stays readable. Takes time proportional to the text, and none when there are no secrets. Pure.
 */
export function createMask(secrets: readonly string[]): (text: string) => string {
  const longestFirst = [...new Set(secrets)].filter((secret) => secret !== '').sort((a, b) => b.length - a.length)
  const shortest = longestFirst.at(-1)
  if (shortest === undefined) return (text) => text
  const headLength = Math.min(shortest.length, LONGEST_HEAD)
  const byHead = Map.groupBy(longestFirst, (secret) => secret.slice(0, headLength))
  // A lookahead consumes nothing, so that a secret which begins inside another one is found too.
  const heads = new RegExp(`(?=(${[...byHead.keys()].map(RegExp.escape).join('|')}))`, 'g')

  return (text) => {
    let masked = ''
    let coveredTo = 0
    for (const { 1: head = '', index } of text.matchAll(heads)) {
      const secret = byHead.get(head)?.find((candidate) => text.startsWith(candidate, index))
      if (secret === undefined) continue
      if (index >= coveredTo) masked += `${text.slice(coveredTo, index)}***`
      coveredTo = Math.max(coveredTo, index + secret.length)
    }
    return masked + text.slice(coveredTo)
  }
}
