import type { Command } from 'commander'
import type { Engine } from '../core/model/cluster.ts'
import type { Config } from '../core/model/config.ts'
import { type NodeView, nodeJson, soundNode, viewNodes } from '../core/model/node-view.ts'
import { formatAge } from '../core/text/duration.ts'
import { suggestion } from '../core/text/nearest.ts'
import { plural } from '../core/text/plural.ts'
import { named, printable } from '../core/text/printable.ts'
import { addConfigOption, loadOrRefuse } from './options/context.ts'
import { withEngine } from './options/engine.ts'
import { EXIT, UsageError } from './terminal/outcome.ts'
import { colours, createOneLine, fit, type Page, print, printJson, table, widthOf } from './terminal/terminal.ts'

interface Options {
  readonly config: string
  readonly forget?: string
  readonly json?: true
}

export function addNodes(program: Command, finish: (exitCode: number) => void): void {
  addConfigOption(program.command('nodes'))
    .description('Show the nodes of the cluster, lost ones first.')
    .option('--forget <name>', 'forget a node that is lost and will not come back')
    .option(
      '--json',
      'print {leader, nodes: [{name, role, is_there, seen_at, started_at, hostname, version, tags, slots, running, sequence, oddities}]}; a role is leader, standby or agent',
    )
    .addHelpText('after', NOTES)
    .action(async ({ config: path, forget, json }: Options) => {
      const config = loadOrRefuse(path)
      const { leader, nodes } = await withEngine(config, async (engine, notNow) => {
        const failed = (error: unknown) => Promise.reject(notNow(error))
        const found = await look(engine).catch(failed)
        if (forget === undefined) return found
        const { name } = findLost(found.nodes, forget)
        await engine.presence.leave(name).catch(failed)
        return await look(engine).catch(failed)
      })
      const isFine = leader !== null && nodes.every(({ isThere }) => isThere)
      finish(isFine || forget !== undefined ? EXIT.fine : EXIT.badNews)
      if (json) return printJson({ leader, nodes: nodes.map(nodeJson) })
      if (forget !== undefined) print(`${printable(named(forget))} is forgotten`)
      else print(render(nodes, { leader, config, width: widthOf(process.stdout), nowMs: Date.now() }))
    })
}

const NOTES = `
Asks the engine of the cluster, also while nobody leads. A node is lost when it
went without a word; one that was stopped is forgotten. RUNNING is how many
commands it runs, and how many it may run at once.

Exit codes: 0 all are there, and one leads; 1 a node is lost, nobody leads, or
the engine cannot be reached; 2 wrong usage or configuration.`

interface Seen {
  readonly leader: string | null
  readonly nodes: readonly NodeView[]
}

async function look({ presence, lease }: Engine): Promise<Seen> {
  const nodes = (await presence.nodes()).map(soundNode)
  const holder = await lease.holder()
  const leader = holder?.node ?? null
  const card = nodes.find(({ name, isThere }) => isThere && name === leader) ?? null
  return { leader, nodes: viewNodes(nodes, { leader, card }) }
}

function findLost(nodes: readonly NodeView[], name: string): NodeView {
  const node = nodes.find((one) => one.name === name)
  if (node === undefined) {
    const names = nodes.map((one) => one.name)
    throw new UsageError(`there is no node ${printable(named(name))}`, suggestion(name, names))
  }
  if (node.isThere) throw new UsageError(`${printable(named(name))} is there`, 'stop it, and it leaves by itself')
  return node
}

interface Look extends Pick<Seen, 'leader'>, Pick<Page, 'width'> {
  readonly config: Pick<Config, 'secrets'>
  readonly nowMs: number
}

/** Where they do not fit, these columns are left out, in this order. */
const MAKE_WAY = ['HOST', 'VERSION', 'TAGS']
const NODE_WIDTH = 24

function render(nodes: readonly NodeView[], { leader, config, width, nowMs }: Look): string {
  const oneLine = createOneLine(config.secrets)
  const head = headOf(nodes, leader === null ? null : oneLine(leader))
  let columns = [
    { title: 'STATE', cellOf: stateOf },
    { title: 'NODE', cellOf: ({ name }: NodeView) => fit(oneLine(name), NODE_WIDTH) },
    { title: 'ROLE', cellOf: ({ role }: NodeView) => role },
    { title: 'SEEN', cellOf: ({ seenAtMs }: NodeView) => `${formatAge(Math.max(0, nowMs - seenAtMs))} ago` },
    { title: 'RUNNING', cellOf: ({ running, slots, isThere }: NodeView) => (isThere ? `${running} of ${slots}` : '') },
    { title: 'VERSION', cellOf: ({ version }: NodeView) => oneLine(version) },
    { title: 'HOST', cellOf: ({ hostname }: NodeView) => oneLine(hostname) },
    { title: 'TAGS', cellOf: ({ tags }: NodeView) => oneLine(tags.join(', ')) },
  ]
  const linesOf = () =>
    table([
      columns.map(({ title }) => colours.dim(title)),
      ...nodes.map((one) => columns.map(({ cellOf }) => cellOf(one))),
    ]).split('\n')
  for (const title of MAKE_WAY) {
    if (Math.max(...linesOf().map((line) => Bun.stringWidth(line))) <= width) break
    columns = columns.filter((column) => column.title !== title)
  }
  const notes = nodes.flatMap(({ name, oddities }) =>
    oddities.flatMap(({ what, help }) => [colours.yellow(oneLine(`${name}: ${what}`)), `  ${help}`]),
  )
  const foot = notes.length === 0 ? [] : ['', ...notes]
  return [head, ...(nodes.length === 0 ? [] : ['', ...linesOf()]), ...foot].map((line) => fit(line, width)).join('\n')
}

function headOf(nodes: readonly NodeView[], leader: string | null): string {
  const lost = nodes.filter(({ isThere }) => !isThere).length
  const all =
    lost === 0 ? `${plural(nodes.length, 'node')}, all there` : `${lost} of ${plural(nodes.length, 'node')} lost`
  const text = `${nodes.length === 0 ? 'no nodes' : all}; ${leader === null ? 'nobody leads' : `${leader} leads`}`
  return lost > 0 || leader === null ? colours.bold(colours.red(text)) : colours.green(text)
}

function stateOf({ isThere, oddities }: NodeView): string {
  if (!isThere) return colours.bold(colours.red('lost'))
  return oddities.length > 0 ? colours.yellow('odd') : colours.green('there')
}
