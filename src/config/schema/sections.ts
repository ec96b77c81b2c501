import { z } from 'zod'
import { parseListenAddress } from '../../core/model/address.ts'
import { DAY_MS, HOUR_MS, isTimeZone, MINUTE_MS, SECOND_MS } from '../../core/text/time.ts'
import { field, says } from './field.ts'
import {
  command,
  duration,
  heartbeatKey,
  interval,
  mapOf,
  name,
  names,
  shellCommand,
  text,
  understood,
  yesOrNo,
} from './value-schemas.ts'

/** The two ways to give a command, one of which is required, unless there is one of `others`. */
export function commandKeys(meaning: string, others: readonly string[] = []) {
  return {
    command: field(command, {
      meaning,
      type: 'list or text',
      required: {
        or: ['shell_command', ...others],
        message: 'it has no command',
        hint: 'add command: [PROGRAM, ARGUMENT, …]',
      },
    }),
    shell_command: field(shellCommand, { meaning: 'The same as a text `command`.' }),
  }
}

export const timezoneKey = field(name, {
  meaning: 'Time zone of `schedule`, such as `Europe/Berlin`.',
  defaultText: "the machine's",
})

export const guardShape = {
  ...commandKeys('What to run. A list is executed as it is; text runs in `sh -c`. Exit code 0 is a pass.'),
  check_interval: field(interval, {
    meaning: 'Time from the start of one run to the start of the next; at least `100ms`.',
    defaultText: "the top level's `check_interval`",
  }),
  timeout: field(interval, {
    meaning: 'A run that takes longer is killed and counts as failed.',
    defaultText: 'the interval, but no less than `10s` and no more than `60s`',
  }),
}

export const heartbeatShape = {
  key: field(heartbeatKey, {
    meaning:
      'The secret part of the address to ping, `/ping/KEY`: letters, digits, `.`, `_`, `~` and `-`, at most 100. Unique.',
    required: { hint: 'add key: …, which nobody can guess' },
  }),
  interval: field(duration({ atLeastMs: SECOND_MS }), {
    meaning: 'How long after the last ping the next one is due; at least `1s`.',
    required: {
      or: ['schedule'],
      message: 'it does not say when pings are due',
      hint: 'add interval: 1d, or schedule: "0 3 * * *"',
    },
  }),
  schedule: field(name, { meaning: 'A cron expression for when pings are due; with six fields the first is seconds.' }),
  timezone: timezoneKey,
  grace: field(duration({ atLeastMs: 0 }), {
    meaning: 'How late a ping may be: jobs do not always take equally long.',
    defaultText: 'a tenth of the interval, but no less than `1m` and no more than `1h`; `1h` with `schedule`',
  }),
}

const some = names.min(1, says('must name at least one', 'to mean all monitors, leave the key out'))

export const maintenanceShape = {
  schedule: field(name, {
    meaning: 'When it begins, as a cron expression such as `0 3 * * 0`; with six fields the first is seconds.',
    required: { hint: 'add schedule: "0 3 * * 0", or another cron expression' },
  }),
  // Nobody plans more than a month; for a longer time there is `enabled: false`.
  duration: field(duration({ atLeastMs: MINUTE_MS, atMostMs: 31 * DAY_MS }), {
    meaning: 'How long it lasts, from `1m` to `31d`.',
    required: { hint: 'add duration: 2h, or as long as it lasts' },
  }),
  timezone: timezoneKey,
  count_as_downtime: field(yesOrNo, {
    meaning: 'Whether trouble in it counts as downtime; otherwise it counts as maintenance: neither up nor down.',
    default: false,
  }),
  monitors: field(some, {
    meaning: 'Names of the monitors it applies to.',
    defaultText: 'all, if there are no `tags`',
    names: 'monitor',
  }),
  tags: field(some, {
    meaning: 'Tags of the monitors it applies to, besides those in `monitors`.',
    type: 'list of texts',
    defaultText: 'all, if there are no `monitors`',
    names: 'tag',
  }),
}

export const watchdogShape = {
  ...commandKeys('What to run. A list is executed as it is; text runs in `sh -c`.'),
  interval: field(duration({ atLeastMs: 1000 }), {
    meaning: 'Time from the start of one run to the start of the next; at least `1s`.',
    default: '60s',
  }),
}

export const retentionShape = {
  checks: field(duration({ atLeastMs: MINUTE_MS }), {
    meaning: 'Single checks, with the output of failures.',
    default: '7d',
  }),
  hourly: field(duration({ atLeastMs: HOUR_MS }), { meaning: 'Hourly sums; also who did what.', default: '90d' }),
  daily: field(duration({ atLeastMs: DAY_MS }), { meaning: 'Daily sums.', default: '5y' }),
}

export const LOG_FORMATS = ['text', 'json'] as const
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const

export const logShape = {
  format: field(z.enum(LOG_FORMATS, says('must be text or json', 'write format: text')), {
    meaning: 'Short lines for people, or one JSON object a line. `--log-format` overrides it.',
    defaultText: '`text` on a terminal and in the journal of systemd, else `json`',
  }),
  level: field(z.enum(LOG_LEVELS, says('must be debug, info, warn or error', 'write level: info')), {
    meaning: 'The least important lines to write; `debug` has every check. `--log-level` overrides it.',
    default: 'info',
  }),
}

const LISTEN_SAYS = says('must be an address and a port', 'write 127.0.0.1:8080, [::1]:8080 or :8080 for all addresses')

const listen = understood(z.string(LISTEN_SAYS), parseListenAddress, LISTEN_SAYS)

const url = understood(text, readUrl, says('must be an address', 'write https://status.example.org'))

function readUrl(value: string): string | null {
  const parsed = URL.parse(value)
  const isPlain = parsed?.search === '' && parsed.hash === '' && parsed.username === ''
  return isPlain && /^https?:$/.test(parsed.protocol) ? value.replace(/\/+$/, '') : null
}

const network = text.refine(
  isNetwork,
  says('must be an address or a network', 'write 192.0.2.7, 10.0.0.0/8 or fd00::/8'),
)

function isNetwork(value: string): boolean {
  const [address = '', prefix, ...rest] = value.split('/')
  // Only here: it would take every command milliseconds to load.
  const family = process.getBuiltinModule('node:net').isIP(address)
  if (family === 0 || address.includes('%') || rest.length > 0) return false
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128))
}

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
      meaning: 'Names, each with a password hash from `minitor hash-password`.',
      type: 'map of names to hashes',
    },
  ),
  tokens: field(z.array(token, says('must be a list of tokens', `write it in brackets: [\${API_TOKEN}]`)), {
    meaning: `What programs send as \`Authorization: Bearer TOKEN\`; at least ${SHORTEST_TOKEN} characters each.`,
    type: 'list of texts',
    default: [],
  }),
}

const PUBLIC_SAYS = says('must be true, false or a list of groups', 'write true, or groups in brackets: [Website, DNS]')

const secretKey = text.refine(
  (value) => /^[A-Za-z0-9_-]{16,}$/.test(value),
  says('must be at least 16 letters, digits, "-" or "_"', 'make one: openssl rand -hex 16'),
)

const embedder = text.refine(
  (value) => value === '*' || (/^https?:\/\/[^\s;,'"/]+$/.test(value) && URL.parse(value) !== null),
  says('must be an origin', 'write https://dash.example.org, or "*" for any'),
)

export const webShape = {
  listen: field(listen, {
    meaning: 'Address and port of the pages; `:8080` is every address of this machine.',
    default: '127.0.0.1:8080',
  }),
  title: field(name, { meaning: 'Title of the pages.', default: 'Minitor' }),
  url: field(url, {
    meaning: 'Public address of the pages, as behind a proxy; `{url}` in alerts begins with it.',
    defaultText: 'the address in the browser',
  }),
  timezone: field(name.refine(isTimeZone, says('must be a time zone', 'write its name, such as Europe/Berlin')), {
    meaning: 'Time zone of the feed, and of the pages in browsers without scripts; others show the time of the viewer.',
    defaultText: "the machine's",
  }),
  public: field(z.union([yesOrNo, z.array(name, PUBLIC_SAYS)], PUBLIC_SAYS), {
    meaning:
      'Whether anybody may see names and states; commands, output and reasons need signing in. A list of groups shows these; ' +
      '`public` of a monitor decides for it.',
    type: 'boolean or list of groups',
    default: false,
  }),
  feed_key: field(secretKey, {
    meaning:
      'A secret with which the feed and badges can be read: `/feed.atom?key=KEY`. At least 16 letters, digits, `-` or `_`.',
  }),
  embed: field(
    z.array(embedder, says('must be a list of origins', 'write it in brackets: [https://dash.example.org]')),
    {
      meaning: 'Pages that may show these in a frame, as origins such as `https://dash.example.org`; `*` is any.',
      type: 'list of texts',
      default: [],
    },
  ),
  trusted_proxies: field(
    z.array(network, says('must be a list of addresses and networks', 'write it in brackets: [10.0.0.0/8]')),
    {
      meaning:
        'Addresses and networks of proxies in front, whose `X-Forwarded-For` names the client; `[]` believes none.',
      type: 'list of texts',
      defaultText: 'those on this machine, which also stay trusted beside others',
    },
  ),
  auth: field(mapOf(authShape, `{tokens: [\${API_TOKEN}]}`), {
    meaning: 'Who may sign in. Without it, Minitor creates a sign-in key and prints it to its log at startup.',
  }),
}
