import { type ReadSample, readMetrics } from '../fixtures/metrics-text.ts'
import { eventually } from '../support/eventually.ts'

/** A port that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = Bun.serve({ port: 0, fetch: () => new Response() })
  const { port = 0 } = server
  await server.stop(true)
  return port
}

/** All samples of /metrics; waits until the daemon listens. */
export async function scrape(port: number): Promise<ReadSample[]> {
  return readMetrics(await scrapeText(port))
}

export async function scrapeText(port: number): Promise<string> {
  const response = await eventually(`an answer on port ${port}`, () => ask(`http://127.0.0.1:${port}/metrics`))
  return await response.text()
}

/** The value of one sample, by its name and (some of) its labels; undefined if there is none. */
export async function sampleOf(
  port: number,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number | undefined> {
  return findSample(await scrape(port), name, labels)
}

/** Waits until a sample has this value: what is scraped may be a moment old. */
export async function sampleIs(
  port: number,
  value: number,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<void> {
  let last: number | undefined
  const look = async () => {
    last = await sampleOf(port, name, labels)
    return last === value
  }
  await eventually(`${name} is ${value}`, look, { explain: () => `; it is ${last}` })
}

export function findSample(
  samples: readonly ReadSample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const isWanted = (sample: ReadSample) =>
    Object.entries(labels).every(([label, value]) => sample.labels[label] === value)
  return samples.find((sample) => sample.name === name && isWanted(sample))?.value
}

/** The answer, or undefined where nobody listens. */
export async function ask(url: string): Promise<Response | undefined> {
  try {
    return await fetch(url)
  } catch {
    return undefined
  }
}
