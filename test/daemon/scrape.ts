import { type ReadSample, readMetrics } from '../fixtures/metrics-text.ts'
import { eventually } from '../support/eventually.ts'

// Below those that the system gives to connections, and to who asks for any port.
const FIRST_PORT = 10_000
const LAST_PORT = 32_000

/** A port that nobody listens on, and that nobody is given before the caller has started to. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT))
    try {
      await Bun.serve({ port, fetch: () => new Response() }).stop(true)
      return port
    } catch {
      // Somebody listens.
    }
  }
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
