/** Shorter values are found in ordinary text too often to be masked. */
export const SHORTEST_SECRET = 6

/** The shell's own; `…_FILE` and the like say where a secret is, and not what it is. */
const NO_SECRET = /^(?:OLD)?PWD$|_(?:DIR|FILE|HOST|NAME|PATH|PORT|SOCK|URL|URI|USER)$/i
const SECRET_WORD = /TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|APIKEY|PRIVATE/i
const SECRET_PART =
  /(?:^|[_.])(?:PASS|PWD|PW|KEY|AUTH|PIN|PAT|DSN|COOKIE|JWT|OTP|SAS|BEARER|TOPIC|HASH|SALT|SIGNATURE)S?\d*(?:$|[_.])/i

/** Whether a variable, or the key that a value is for, is one for secrets by its name: `API_TOKEN`, `PGPASSWORD`, `deployKey`. */
export function isSecretName(name: string): boolean {
  const parts = name.replace(/([a-z\d])([A-Z])/g, '$1_$2')
  return !NO_SECRET.test(parts) && (SECRET_WORD.test(name) || SECRET_PART.test(parts))
}

/** Services whose addresses are secrets: whoever knows one can write there. */
const SERVICE = /HOOK|SLACK|DISCORD|TEAMS|TELEGRAM|MATTERMOST|NTFY|GOTIFY|PUSHOVER|HEALTHCHECK|PING/i

/** What stands before a secret in a text: `Authorization: Bearer `, `token=`, `--password `, `-u user:`, `https://user:`. */
const BEFORE_SECRET =
  /(?:\b(?:bearer|basic|token|secret|passw(?:or)?d|pass|pwd|key)["']?(?:\s*[:=]\s*|\s+)|-u\s+[^\s:]+:|:\/\/[^\s/@]*:)["']?$/i

/** What says that a secret follows stands right before it: a script may be long, and name many variables. */
const BEFORE_CHARS = 200

/** A UUID, or letters and digits without an order. */
const RANDOM =
  /^(?:[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}|(?=\D*\d)(?=[^a-z]*[a-z])[\w+/=]{20,}|(?=.*[\d.-])[\w-]{10,}(?:\.[\w-]{10,}){2})$/i
/** In an address, also less. */
const RANDOM_SEGMENT = /^(?=.*[\dA-Z])[\w:.~-]{16,}$/

/** A value from outside the configuration, and where it is put. */
export interface Inserted {
  /** Of the variable; null for a file. */
  readonly name: string | null
  readonly value: string
  /** The keys that lead to it, such as `env.PGPASSWORD`. */
  readonly use: string
  /** What stands before it in the same text. */
  readonly before: string
}

/**
 * The parts of a value that are masked wherever text leaves Minitor: files are; other values if the name of their variable, or
 * what they are used for, says so, or if they look like it. Hosts and the names of sites are no secrets.
 */
export function secretsIn({ name, value, use, before }: Inserted): string[] {
  if (value.trim().length < SHORTEST_SECRET) return []
  const isSecret =
    name === null || isSecretName(name) || isForSecrets(use) || BEFORE_SECRET.test(before.slice(-BEFORE_CHARS))
  const secrets = isSecret ? [value, ...partsOfAddress(value)] : secretsOfValue(name, value)
  return secrets.filter((secret) => secret.trim().length >= SHORTEST_SECRET)
}

/** Whether a name that everybody sees would hold a secret. */
export function isSecretInName({ name, use }: Pick<Inserted, 'name' | 'use'>): boolean {
  return isShown(use) && name !== null && isSecretName(name)
}

/** Names stand in addresses and metrics. */
export function isShown(use: string): boolean {
  return /^(?:name|group|tags)$/.test(use)
}

function isForSecrets(use: string): boolean {
  return /^users\b/.test(use) || isSecretName(use)
}

function secretsOfValue(name: string, value: string): string[] {
  const parts = partsOfAddress(value)
  if (parts.length > 0) return [value, ...parts]
  const isService = SERVICE.test(name) && /^\w+:\/\/[^/]+\/./.test(value)
  if (isService || RANDOM.test(value.trim()) || value.includes('PRIVATE KEY-----')) return [value]
  const settings = [...value.matchAll(/\b(?:passw(?:or)?d|pwd|secret|token|key)\s*=\s*["']?([^\s"';]+)/gi)]
  return settings.length > 0 ? [value, ...settings.flatMap(([, secret = '']) => secret)] : []
}

/** What is secret of an address: a password, and what looks like a token in its path or query. */
function partsOfAddress(value: string): string[] {
  const url = /^[a-z][a-z\d+.-]*:\/\//i.test(value) ? URL.parse(value) : null
  if (url === null) return []
  const query = [...url.searchParams].filter(([key, text]) => isSecretName(key) || RANDOM_SEGMENT.test(text))
  const segments = url.pathname.split('/').filter((segment) => RANDOM_SEGMENT.test(segment))
  return [decoded(url.password), ...segments, ...query.map(([, text]) => text)].filter((part) => part !== '')
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
