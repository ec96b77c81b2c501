import { z } from 'zod'
import { NODE_ROLES, nodeJson, type PresentCluster } from '../../core/model/node-view.ts'
import type { WebContext } from '../http/web-context.ts'
import { type Operation, operation } from './operation.ts'
import { named, text, time } from './schemas.ts'

const count = z.number().nonnegative()

const nodeSchema = named('Node', {
  name: text,
  role: z.enum(NODE_ROLES),
  is_there: z.boolean().describe('False for one that went without a word.'),
  seen_at: time,
  started_at: time,
  hostname: text,
  version: text,
  tags: z.array(text),
  slots: count.describe('How many commands it runs at once.'),
  running: count,
  sequence: count.nullable().describe('The last record of the journal in its database; null for an agent.'),
  oddities: z.array(text).describe('What is odd about it, for people.'),
})

const nodesSchema = named('Nodes', {
  leader: text.nullable().describe('The name of the server that leads.'),
  trouble: text.nullable().describe('Why this may be out of date; null while the engine of the cluster answers.'),
  nodes: z.array(nodeSchema).describe('Lost ones first.'),
})

export function nodeOperations({ mask }: Pick<WebContext, 'mask'>, cluster: PresentCluster): readonly Operation[] {
  return [
    operation({
      id: 'listNodes',
      route: 'get /nodes',
      summary: 'The nodes of the cluster',
      isForUsers: true,
      answer: nodesSchema,
      async handle() {
        const nodes = cluster.nodes()
        const trouble = cluster.trouble()
        return {
          leader: nodes.find(({ role }) => role === 'leader')?.name ?? null,
          trouble: trouble === null ? null : mask(trouble),
          nodes: nodes.map(nodeJson).map((node) => ({
            ...node,
            hostname: mask(node.hostname),
            version: mask(node.version),
            tags: node.tags.map(mask),
            oddities: node.oddities.map(mask),
          })),
        }
      },
    }),
  ]
}
