import { isStillThere, type Quarry, type Sighting, scanProcesses, searchFor } from './scan-processes.ts'
import { signalled } from './signal-group.ts'

/** Who was found of a run. `stayed` are those still in its group: they get no signal here. */
export interface Catch {
  readonly escaped: Sighting[]
  readonly stayed: Sighting[]
}

interface Request {
  readonly quarry: Quarry
  readonly signal: 'SIGTERM' | 'SIGKILL'
  readonly found: Catch
  readonly resolve: (found: Catch) => void
}

// Commands that time out together do not die in the same instant.
const GATHER_MS = 10

const CLOSE_PACE_MS = 20

/** Finds and ends the processes that left their command's group (`setsid`), by the run id they inherited. */
export class EscapeeHunt {
  readonly #graceMs: number
  #requests: Request[] = []
  #isScanning = false
  /** Those that got SIGTERM and will get SIGKILL, by the timer for it. */
  readonly #doomed = new Map<ReturnType<typeof setTimeout>, Catch & { readonly quarry: Quarry }>()

  constructor(graceMs: number) {
    this.#graceMs = graceMs
  }

  /** Ends them with SIGTERM; whoever is left after the grace gets SIGKILL, which this does not wait for. */
  async end(quarry: Quarry): Promise<Catch> {
    const found = await this.#find(quarry, 'SIGTERM')
    if (found.escaped.length > 0) {
      const timer = setTimeout(() => {
        this.#doomed.delete(timer)
        void this.#find(quarry, 'SIGKILL')
      }, this.#graceMs)
      this.#doomed.set(timer, { ...found, quarry })
    }
    return found
  }

  /** Ends those that are still waited for; they have at most `graceMs` left. */
  async close(graceMs: number): Promise<void> {
    const deadlineMs = performance.now() + graceMs
    const doomed = [...this.#doomed.values()]
    for (const timer of this.#doomed.keys()) clearTimeout(timer)
    this.#doomed.clear()
    const left = () => doomed.filter(({ escaped }) => escaped.some(isStillThere))
    while (left().length > 0 && performance.now() < deadlineMs) await Bun.sleep(CLOSE_PACE_MS)
    await Promise.all(left().map(({ quarry }) => this.#find(quarry, 'SIGKILL')))
  }

  #find(quarry: Quarry, signal: Request['signal']): Promise<Catch> {
    return new Promise((resolve) => {
      this.#requests.push({ quarry, signal, found: { escaped: [], stayed: [] }, resolve })
      if (!this.#isScanning) void this.#scan()
    })
  }

  /** One look through /proc serves all that asked before it began: hundreds may time out together. */
  async #scan(): Promise<void> {
    this.#isScanning = true
    while (this.#requests.length > 0) {
      await Bun.sleep(GATHER_MS)
      const requests = this.#requests
      this.#requests = []
      try {
        await scanProcesses(searchFor(requests.map((request) => request.quarry)), (sighting) => {
          for (const request of requests) if (request.quarry === sighting.quarry) meet(sighting, request)
        })
      } catch {
        // Without descriptors /proc cannot be read; the runs must end all the same.
      }
      for (const { found, resolve } of requests) resolve(found)
    }
    this.#isScanning = false
  }
}

function meet(sighting: Sighting, { found, signal }: Request): void {
  if (sighting.isInGroup) {
    found.stayed.push(sighting)
    return
  }
  found.escaped.push(sighting)
  signalled(sighting.pid, signal)
  signalled(sighting.pid, 'SIGCONT')
}
