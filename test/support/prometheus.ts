import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ask, freePort } from '../daemon/scrape.ts'
import { eventually } from './eventually.ts'

export const EXAMPLE = join(import.meta.dir, '../..', 'examples', 'prometheus-grafana')

/** One series of an answer at one moment. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface Rule {
  readonly name: string
  readonly query: string
  readonly state: 'inactive' | 'pending' | 'firing'
  /** `unknown` until it was evaluated. */
  readonly health: 'ok' | 'err' | 'unknown'
  readonly alerts: readonly { readonly labels: Readonly<Record<string, string>>; readonly state: string }[]
}

/** A real Prometheus with the example's configuration. Disposing ends it and removes what it kept. */
export interface Prometheus extends AsyncDisposable {
  /** Throws what Prometheus says of a query that it cannot answer. */
  query(query: string): Promise<Series[]>
  /** Values of a label in the series that match. */
  labelValues(label: string, match: string): Promise<string[]>
  rules(): Promise<Rule[]>
}

/** Scrapes Minitor on `minitorPort`, and evaluates the rules, several times a second instead of every 15 s. */
export async function startPrometheus(minitorPort: number): Promise<Prometheus> {
  const directory = mkdtempSync(join(tmpdir(), 'minitor-prometheus-'))
  const example = readFileSync(join(EXAMPLE, 'prometheus.yml'), 'utf8')
  const config = example.replace('localhost:8080', `127.0.0.1:${minitorPort}`).replaceAll(': 15s', ': 200ms')
  writeFileSync(join(directory, 'prometheus.yml'), config)
  writeFileSync(join(directory, 'rules.yml'), readFileSync(join(EXAMPLE, 'rules.yml')))
  const port = await freePort()
  const child = Bun.spawn(
    [
      'prometheus',
      `--config.file=${join(directory, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { cwd: directory, stdin: 'ignore', stdout: 'ignore', stderr: Bun.file(join(directory, 'log')) },
  )

  const call = async <Data>(path: string, parameters: Readonly<Record<string, string>> = {}): Promise<Data> => {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/${path}?${new URLSearchParams(parameters)}`)
    const answer = (await response.json()) as { status: string; error?: string; data: Data }
    if (answer.status !== 'success') throw new Error(`${path} ${JSON.stringify(parameters)}: ${answer.error}`)
    return answer.data
  }
  const stop = async () => {
    child.kill()
    await child.exited
    rmSync(directory, { recursive: true })
  }

  try {
    await eventually('Prometheus is ready', async () => (await ask(`http://127.0.0.1:${port}/-/ready`))?.ok, {
      explain: () => `\n${readFileSync(join(directory, 'log'), 'utf8')}`,
    })
  } catch (error) {
    await stop()
    throw error
  }
  return {
    async query(query) {
      type Found = { metric: Record<string, string>; value: [number, string] }
      const { result } = await call<{ result: Found[] }>('query', { query })
      return result.map(({ metric, value: [, value] }) => ({ labels: metric, value: Number(value) }))
    },
    labelValues: (label, match) => call<string[]>(`label/${label}/values`, { 'match[]': match }),
    async rules() {
      const { groups } = await call<{ groups: { rules: Rule[] }[] }>('rules')
      return groups.flatMap(({ rules }) => rules)
    },
    [Symbol.asyncDispose]: stop,
  }
}
