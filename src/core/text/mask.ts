import { CUT_MARK } from './cut.ts'

/** Enough characters to tell secrets apart; keeps the expression small when a secret is a whole file. */
const LONGEST_HEAD = 32

/** Fewer characters of a secret that was cut off reveal nothing. */
const SHORTEST_REST = 3

/**
 * Makes a function that replaces every secret in a text by `***`. Secrets that overlap are covered together, so that no
 * end of one stays readable; so is what is left of one where the text was cut. Takes time proportional to the text, and
 * none when there are no secrets.
 */
export function createMask(secrets: readonly string[]): (text: string) => string {
  const longestFirst = [...new Set(secrets.flatMap(formsOf))].sort((a, b) => b.length - a.length)
  const shortest = longestFirst.at(-1)
  if (shortest === undefined) return (text) => text
  const headLength = Math.min(shortest.length, LONGEST_HEAD)
  const byHead = Map.groupBy(longestFirst, (secret) => secret.slice(0, headLength))
  // A lookahead consumes nothing, so that a secret which begins inside another one is found too.
  const heads = new RegExp(`(?=(${[...byHead.keys()].map(RegExp.escape).join('|')}))`, 'g')

  const coverWhole = (text: string) => {
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

  const coverRests = (text: string) => {
    const marks = text.match(CUT_MARK) ?? []
    const pieces = text.split(CUT_MARK)
    return pieces
      .map((piece, index) => {
        const begun = index < marks.length ? beginOfSecret(piece, longestFirst) : 0
        const rest = index > 0 ? restOfSecret(piece, longestFirst) : 0
        const bare = piece.slice(rest, piece.length - begun)
        return `${rest > 0 ? '***' : ''}${bare}${begun > 0 ? '***' : ''}${marks[index] ?? ''}`
      })
      .join('')
  }

  return (text) => coverRests(coverWhole(text))
}

/** Shorter lines of a file are found in ordinary text, too. */
const SHORTEST_LINE = 6
/** Keys and certificates have fewer; a longer file is found as a whole only, as every line costs time. */
const MOST_LINES = 500

/** The forms in which a secret is met: as it is, trimmed, a line of it, and as it stands in addresses, forms, JSON, HTML and base64. */
function formsOf(secret: string): string[] {
  const lines = secret.split(/\r?\n/).map((line) => line.trim())
  const isWhole = lines.length === 1 || lines.length > MOST_LINES
  const single = isWhole ? [] : lines.filter((line) => line.length >= SHORTEST_LINE && !/^-----/.test(line))
  const whole = isWhole && lines.length > 1 ? [] : base64Of(secret.trim())
  return [...[secret, secret.trim(), ...single].flatMap(encodingsOf), ...whole].filter((form) => form !== '')
}

function encodingsOf(text: string): string[] {
  if (/^[\w.~-]*$/.test(text)) return [text]
  const inAddress = encodeURIComponent(text.toWellFormed())
  const inJson = JSON.stringify(text).slice(1, -1)
  const slashes = inJson.replaceAll('/', '\\/')
  const ascii = inJson.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return [
    ...[text, inAddress, inAddress.replaceAll('%2F', '/'), inAddress.replaceAll('%20', '+'), inAddress.toLowerCase()],
    ...[inJson, slashes, ascii, ascii.replace(/[&<>]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`)],
    ...[inHtml(text, '&#39;'), inHtml(text, '&#x27;'), text.replaceAll("'", "'\\''")],
  ]
}

function inHtml(text: string, apostrophe: string): string {
  const signs: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": apostrophe,
  }
  return text.replace(/[&<>"']/g, (sign) => signs[sign] ?? sign)
}

/** Of a shorter secret, too few characters are the same wherever it stands. */
const SHORTEST_IN_BASE64 = 6

/**
 * What base64 makes of a secret that begins at any byte of a longer text, as after `user:` in Basic authentication: the
 * characters that hang on nothing but the secret.
 */
function base64Of(secret: string): string[] {
  const bytes = Buffer.from(secret)
  if (bytes.length < SHORTEST_IN_BASE64) return []
  return [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    const end = Math.floor(((before + bytes.length) * 8) / 6)
    const standard = text.slice(Math.ceil((before * 8) / 6), end)
    return [standard, standard.replaceAll('+', '-').replaceAll('/', '_')]
  })
}

/** How many characters at the end of a text may be the beginning of a secret. */
function beginOfSecret(text: string, secrets: readonly string[]): number {
  return longest(secrets, (secret, count) => text.endsWith(secret.slice(0, count)))
}

/** How many characters at the beginning of a text may be the end of a secret. */
function restOfSecret(text: string, secrets: readonly string[]): number {
  return longest(secrets, (secret, count) => text.startsWith(secret.slice(-count)))
}

function longest(secrets: readonly string[], isThere: (secret: string, count: number) => boolean): number {
  let most = 0
  for (const secret of secrets) {
    for (let count = secret.length - 1; count >= SHORTEST_REST && count > most; count--) {
      if (isThere(secret, count)) most = count
    }
  }
  return most
}
