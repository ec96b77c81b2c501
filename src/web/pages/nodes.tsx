import type { Hono } from 'hono'
import type { NodeView, PresentCluster } from '../../core/model/node-view.ts'
import { countStandings, type Standing } from '../../core/model/state.ts'
import { worstOf } from '../../core/past/words.ts'
import { plural } from '../../core/text/plural.ts'
import type { WebEnv } from '../http/viewer.ts'
import type { WebContext } from '../http/web-context.ts'
import { answerPage } from './parts/answer-page.tsx'
import { Age, Breakable } from './parts/figures.tsx'
import { Layout } from './parts/layout.tsx'
import { Cause, Shape } from './parts/marks.tsx'
import { type Visit, visitOf } from './parts/visit.ts'

/** The nodes of the cluster: for users. The public does not hear which machines there are. */
export function addNodesPage(app: Hono<WebEnv>, web: WebContext, cluster: PresentCluster): void {
  app.get('/nodes', (context) => {
    const visit = visitOf(context, web)
    if (!visit.isUser) return context.redirect(`/sign-in?next=${encodeURIComponent(visit.address)}`, 303)
    const monitors = web.board.monitors()
    const slugs = new Map(monitors.flatMap(({ monitor: { node }, slug }) => (node === undefined ? [] : [[node, slug]])))
    const page = (
      <NodesPage
        cluster={cluster}
        slugOf={(node) => slugs.get(node)}
        standing={worstOf(countStandings(monitors))}
        visit={visit}
      />
    )
    return answerPage(context, page, visit)
  })
}

interface NodesPageProps {
  readonly cluster: PresentCluster
  /** Of the monitor that watches a node; the server that leads has none. */
  readonly slugOf: (node: string) => string | undefined
  readonly standing: Standing
  readonly visit: Visit
}

function NodesPage({ cluster, slugOf, standing, visit }: NodesPageProps) {
  // A standby shows no pages of its own: the server that answers leads, or is alone.
  const roleOf = ({ name, role }: NodeView) => (name === cluster.node && role === 'standby' ? 'alone' : role)
  const nodes = cluster.nodes()
  const trouble = cluster.trouble()
  const leader = nodes.find(({ role }) => role === 'leader')
  const worst = trouble === null ? worstNode(nodes) : 'failing'
  return (
    <Layout visit={visit} title="Nodes" standing={standing} at="nodes" isLive>
      <div id="head" data-live class={`overall ${worst}`}>
        <Shape of={worst} />
        <div>
          <h1>{trouble === null ? headline(nodes) : 'Cut off from the cluster'}</h1>
          {trouble === null ? (
            <p>{leader === undefined ? 'Nobody leads' : `${visit.shown(leader.name)} leads`}</p>
          ) : (
            <>
              <p>
                {visit.shown(cluster.node)} watches by itself: {visit.shown(trouble)}.
              </p>
              <p>Below is what it knew last.</p>
            </>
          )}
        </div>
      </div>
      <section class="card" id="list" data-live aria-label="List of nodes">
        <table class="nodes">
          <thead>
            <tr>
              <th scope="col">State</th>
              <th scope="col">Node</th>
              <th scope="col">Role</th>
              <th scope="col">Last seen</th>
              <th scope="col" class="number">
                Running
              </th>
              <th scope="col">Tags</th>
              <th scope="col">Machine</th>
            </tr>
          </thead>
          <tbody>
            {nodes.map((node) => (
              <NodeRow node={node} role={roleOf(node)} slug={slugOf(node.name)} visit={visit} />
            ))}
          </tbody>
        </table>
      </section>
    </Layout>
  )
}

function headline(nodes: readonly NodeView[]): string {
  const lost = nodes.filter(({ isThere }) => !isThere).length
  if (lost > 0) return `${lost} of ${plural(nodes.length, 'node')} lost`
  return nodes.length === 1 ? '1 node, and it is there' : `${plural(nodes.length, 'node')}, all there`
}

function worstNode(nodes: readonly NodeView[]): Standing {
  if (nodes.some(({ isThere }) => !isThere)) return 'down'
  return nodes.some(({ oddities }) => oddities.length > 0) ? 'failing' : 'up'
}

interface NodeRowProps {
  readonly node: NodeView
  readonly role: string
  readonly slug: string | undefined
  readonly visit: Visit
}

function NodeRow({ node, role, slug, visit }: NodeRowProps) {
  const { name, isThere, oddities, seenAtMs, running, slots, tags, hostname, version } = node
  const standing = worstNode([node])
  const shownName = <Breakable text={visit.shown(name)} />
  return (
    <tr>
      <td class={`is ${standing}`}>
        <Shape of={standing} />
        <span>{isThere ? (oddities.length > 0 ? 'odd' : 'there') : 'lost'}</span>
      </td>
      <th scope="row">
        {slug === undefined ? shownName : <a href={`/monitors/${slug}`}>{shownName}</a>}
        <Cause text={oddities.map(({ what }) => what).join('; ')} visit={visit} />
      </th>
      <td>{role}</td>
      <td>
        <Age sinceMs={Math.min(seenAtMs, visit.nowMs)} nowMs={visit.nowMs} /> ago
      </td>
      <td class="number">{isThere ? `${running} of ${slots}` : '–'}</td>
      <td>
        {tags.map((tag) => (
          <>
            <span class="badge">{visit.shown(tag)}</span>{' '}
          </>
        ))}
      </td>
      <td>
        <Breakable text={visit.shown(hostname)} /> <small>Minitor {visit.shown(version)}</small>
      </td>
    </tr>
  )
}
