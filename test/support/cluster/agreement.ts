import { eventually } from '../eventually.ts'
import { type ClusterSite, logsOf, type Node } from './cluster-site.ts'
import { digestOf } from './digest.ts'

/** What servers have in common when they have the same journal: nothing in it depends on when a process started. */
const TABLES: readonly (readonly [name: string, sql: string])[] = [
  [
    'checks',
    // What passes have printed is there until the next one, or for longer where the file was closed between.
    `SELECT m.name, c.started_at_ms, c.outcome, CASE WHEN c.outcome > 1 THEN c.output END FROM checks c JOIN monitors m ON m.id = c.monitor_id
     ORDER BY m.name, c.started_at_ms`,
  ],
  [
    'incidents',
    `SELECT i.id, m.name, i.started_at_ms, i.ended_at_ms, i.ending FROM incidents i JOIN monitors m ON m.id = i.monitor_id
     ORDER BY i.id`,
  ],
  ['notifications', 'SELECT id, incident_id, monitor, at_ms FROM notifications ORDER BY id'],
  ['deliveries', 'SELECT id, alert, status FROM deliveries ORDER BY id'],
  ['unwatched', 'SELECT * FROM unwatched ORDER BY monitor_id, from_ms'],
  [
    'pings',
    'SELECT m.name, p.number, p.at_ms, p.kind FROM pings p JOIN monitors m ON m.id = p.monitor_id ORDER BY m.name, p.number',
  ],
  ['silences', 'SELECT target_kind, target, until_ms, reason FROM silences ORDER BY 1, 2'],
  ['pauses', 'SELECT monitor, who, reason FROM pauses ORDER BY monitor'],
  ['announcements', 'SELECT id, text, until_ms FROM announcements ORDER BY id'],
]

function contentOf({ site }: Node): readonly (readonly [string, readonly unknown[]])[] {
  try {
    return TABLES.map(([name, sql]) => [name, site.rows(sql)])
  } catch (error) {
    // There is no file yet, or another one is put in its place.
    return [['file', [`${site.directory}: ${error}`]]]
  }
}

/** Resolves when the files of all servers say the same, and not that there is nothing yet; rejects with what is different. */
export async function filesAgree(cluster: ClusterSite): Promise<void> {
  let different = ''
  const look = () => {
    const [first, ...others] = cluster.servers.map((server) => ({ name: server.name, content: contentOf(server) }))
    different = others
      .flatMap(({ name, content }) =>
        differences(first?.content ?? [], content).map((one) => `${first?.name}, ${name}: ${one}`),
      )
      .join('\n')
    return different === '' && first?.content.find(([name]) => name === 'checks')?.[1].length !== 0
  }
  await eventually('the files of all servers agree', look, { explain: () => `\n${different}${logsOf(cluster)}` })
}

function differences(one: ReturnType<typeof contentOf>, other: ReturnType<typeof contentOf>): string[] {
  return one.flatMap(([name, rows], index) => {
    const [left, right] = [rows, other[index]?.[1] ?? []].map((some) => new Set(some.map((row) => JSON.stringify(row))))
    const [more, less] = [left?.difference(right ?? new Set()), right?.difference(left ?? new Set())]
    if (!more?.size && !less?.size && rows.length === other[index]?.[1].length) return []
    return [
      `${name}: ${rows.length} and ${other[index]?.[1].length} rows; ${[...(more ?? [])].slice(0, 3)} | ${[...(less ?? [])].slice(0, 3)}`,
    ]
  })
}

/** The same of everything that is in the files, down to sums: slower, and in vain while much is written. */
export async function digestsAgree(cluster: ClusterSite): Promise<void> {
  let different = ''
  const look = () => {
    const [first, ...others] = cluster.servers.map(({ site }) =>
      digestOf(site.path('minitor.db'), site.path('tmp/digest.db')),
    )
    different = others
      .flatMap((other) => Object.entries(other).filter(([table, digest]) => first?.[table] !== digest))
      .map(([table, digest]) => `${table}: ${first?.[table]}, ${digest}`)
      .join('\n')
    return different === ''
  }
  await eventually('the files of all servers have the same digest', look, { explain: () => `\n${different}` })
}
