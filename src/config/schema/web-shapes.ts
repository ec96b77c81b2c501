import { z } from 'zod'
import { parseListenAddress } from '../../core/model/address.ts'
import { field } from './field.ts'
import { mapOf, name, says, text, yesOrNo } from './value-schemas.ts'

const LISTEN_SAYS = says('must be an address and a port', 'write 127.0.0.1:8080, [::1]:8080 or :8080 for all addresses')

const listen = z.string(LISTEN_SAYS).transform((value, context) => {
  const address = parseListenAddress(value)
  if (address !== null) return address
  context.addIssue({ code: 'custom', message: LISTEN_SAYS })
  return z.NEVER
})

const url = text.transform((value, context) => {
  const parsed = URL.parse(value)
  const isPlain = parsed?.search === '' && parsed.hash === '' && parsed.username === ''
  if (isPlain && /^https?:$/.test(parsed.protocol)) return value.replace(/\/+$/, '')
  context.addIssue({ code: 'custom', message: says('must be an address', 'write https://status.example.org') })
  return z.NEVER
})

const passwordHash = text.refine(
  (value) => /^\$argon2id\$v=19\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+$/.test(value),
  says('must be a password hash of argon2id', '`minitor hash-password` makes one; put it in single quotes'),
)

/** Shorter ones could be guessed over the network. */
const SHORTEST_TOKEN = 16

const token = text.min(
  SHORTEST_TOKEN,
  says(`must be at least ${SHORTEST_TOKEN} characters long`, 'make one: openssl rand -hex 32'),
)

export const authShape = {
  users: field(
    z
      .record(name, passwordHash, says('must be a map of users', "write NAME: '$argon2id$…', one a line"))
      .refine(
        (users) => Object.keys(users).length > 0,
        says('must have at least one user', "write NAME: '$argon2id$…'"),
      ),
    {
      meaning: 'Who may sign in: names, each with the hash of a password that `minitor hash-password` has made.',
      type: 'map of names to hashes',
    },
  ),
  tokens: field(z.array(token, says('must be a list of tokens', `write it in brackets: [\${API_TOKEN}]`)), {
    meaning: `What programs send as \`Authorization: Bearer TOKEN\`; at least ${SHORTEST_TOKEN} characters each.`,
    type: 'list of texts',
    default: [],
  }),
}

export const webShape = {
  listen: field(listen, {
    meaning: 'Address and port of the pages; `:8080` is every address of this machine.',
    type: 'text',
    default: '127.0.0.1:8080',
  }),
  title: field(name, { meaning: 'What stands on top of the pages.', type: 'text', default: 'Minitor' }),
  url: field(url, {
    meaning: 'Where people reach the pages, as behind a proxy; alerts know it as `{url}`.',
    type: 'text',
    defaultText: 'what the browser asked for',
  }),
  public: field(yesOrNo, {
    meaning: '`true`: everybody may see names and states. Commands, output and reasons are for those who sign in.',
    type: 'boolean',
    default: false,
  }),
  auth: field(mapOf(authShape, `{tokens: [\${API_TOKEN}]}`), {
    meaning: 'Who may sign in. Without it, Minitor makes a key to sign in with and says it in its log at the start.',
    type: 'map',
  }),
}
