import { z } from 'zod'
import type { Place } from '../../core/model/cluster-config.ts'
import { parseEngineAddress } from '../../core/model/engine-address.ts'
import { MINUTE_MS } from '../../core/text/time.ts'
import { field, kinds, says } from './field.ts'
import { alertNames } from './policy-schemas.ts'
import { duration, name, path, text, understood, yesOrNo } from './value-schemas.ts'

const ADDRESS_SAYS = says('must be an address of a NATS server', 'write nats://HOST:4222, or tls://HOST:4222')
const SERVERS_SAYS = says('must be a list of addresses', 'write it in brackets: [nats://HOST:4222]')

const servers = z
  .array(understood(text, parseEngineAddress, ADDRESS_SAYS), SERVERS_SAYS)
  .min(1, SERVERS_SAYS)
  .register(kinds, { type: 'list of addresses' })

/** Longer names do not fit into a line, nor into the names that the engine makes of them. */
const LONGEST_NODE = 64
const NODE_SAYS = says(
  `must be letters, digits, "-", "_" and ".", at most ${LONGEST_NODE}`,
  'write a short name, such as nas or vps-a',
)

/** The name of a node, or of a tag: it becomes part of the engine's own names, in which a dot divides. */
export const nodeName = text.regex(/^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/, NODE_SAYS).max(LONGEST_NODE, NODE_SAYS)

export const clusterName = text
  .regex(/^[A-Za-z0-9_-]+$/, says('must be letters, digits, "-" and "_"', 'write name: minitor'))
  .max(LONGEST_NODE, `must be at most ${LONGEST_NODE} characters long`)

const TAGS_SAYS = says('must be a list of tags', 'write it in brackets: [lan]')
/** A seed of a user, as `nk -gen user` makes it. */
const seed = text.regex(
  /^SU[A-Z2-7]{56}$/,
  says('must be the seed of a user', 'it begins with SU; `nk -gen user` makes one'),
)

export const tlsShape = {
  ca: field(path, {
    meaning: 'File with the authorities whose certificates are trusted.',
    type: 'path',
    defaultText: "the machine's",
  }),
  cert: field(path, { meaning: 'File with the certificate of this node.', type: 'path' }),
  key: field(path, { meaning: 'File with the key of that certificate.', type: 'path' }),
}

const TLS_SAYS = says('must be true, false or a map of files', 'write true, or {ca: /etc/minitor/ca.pem}')

const tls = z
  .union([yesOrNo, z.strictObject(tlsShape, TLS_SAYS)], TLS_SAYS)
  .transform((given, context) => {
    if (given === false) return null
    const { ca = null, cert = null, key = null } = given === true ? {} : given
    if ((cert === null) === (key === null)) return { ca, cert, key }
    const [has, lacks] = cert === null ? ['key', 'cert'] : ['cert', 'key']
    context.addIssue({ code: 'custom', message: `needs ${lacks}, too`, path: [has] })
    return z.NEVER
  })
  .register(kinds, { type: 'boolean or map' })

export const clusterShape = {
  servers: field(servers, {
    meaning:
      'Addresses of the NATS servers, such as `nats://10.0.0.5:4222`; `tls://` with TLS. The environment variable `MINITOR_CLUSTER` is used instead where it is set, with commas between addresses.',
    defaultText: 'those in `MINITOR_CLUSTER`',
  }),
  name: field(clusterName, {
    meaning: 'Name of the cluster; clusters of other names on the same NATS servers share nothing with it.',
    default: 'minitor',
  }),
  node: field(nodeName, { meaning: 'Name of this machine, unique in the cluster.', defaultText: 'its hostname' }),
  tags: field(z.array(nodeName, TAGS_SAYS), {
    meaning: 'Tags of this machine, for `run_on: {tag: …}`.',
    type: 'list of texts',
    default: [],
  }),
  credentials: field(path, { meaning: 'To log in: a file, as `nsc` makes it.', type: 'path' }),
  user: field(name, { meaning: 'To log in, with `password`.' }),
  password: field(text.min(1, 'must not be empty'), { meaning: 'To log in, with `user`.' }),
  token: field(text.min(1, 'must not be empty'), { meaning: 'To log in.' }),
  nkey: field(seed, { meaning: 'To log in: the seed of a user, `SU…`.' }),
  tls: field(tls, {
    meaning: '`true`: TLS only, whatever the addresses say. A map names files in PEM.',
    defaultText: 'as the addresses say',
  }),
  alerts: field(alertNames, {
    meaning: 'Alerts to run when a node is lost, and when it is back.',
    default: ['log'],
  }),
  takeover: field(duration({ atLeastMs: 3000, atMostMs: 10 * MINUTE_MS }), {
    meaning: 'How long the leader may be silent before another server takes over; from `3s` to `10m`.',
    default: '15s',
  }),
}

const PLACE_SAYS = says('must be the name of a node, or a tag', 'write nas, {tag: lan}, or a list of those')

const place = z
  .union([nodeName, z.strictObject({ tag: nodeName }, PLACE_SAYS)], PLACE_SAYS)
  .transform((given): Place => (typeof given === 'string' ? { kind: 'node', node: given } : { kind: 'tag', ...given }))

/** Where a command runs: one place, or a list of places. */
export const places = z
  .union([place, z.array(place, PLACE_SAYS)], PLACE_SAYS)
  .transform((given): readonly Place[] => (Array.isArray(given) ? given : [given]))
  .register(kinds, { type: 'name, map or list' })
