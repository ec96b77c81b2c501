import { type FoundProcess, isStillThere, type SoughtRun, scanProcesses, searchFor } from './scan-processes.ts'
import { signalled } from './signal-group.ts'

/** The processes of a run. `stayed` are those still in its group: they get no signal here. */
export interface FoundProcesses {
  readonly escaped: FoundProcess[]
  readonly stayed: FoundProcess[]
}

interface Request {
  readonly run: SoughtRun
  readonly signal: 'SIGTERM' | 'SIGKILL'
  readonly found: FoundProcesses
  readonly resolve: (found: FoundProcesses) => void
}

// Between SIGTERM and SIGKILL.
const GRACE_MS = 5000

// Commands that time out together do not die in the same instant.
const GATHER_MS = 10

const CLOSE_PACE_MS = 20

/** Finds and ends the processes that left their command's group (`setsid`), by the run id they inherited. */
export class Stragglers {
  #requests: Request[] = []
  #isScanning = false
  /** Those that got SIGTERM and will get SIGKILL, by the timer for it. */
  readonly #doomed = new Map<ReturnType<typeof setTimeout>, FoundProcesses & { readonly run: SoughtRun }>()

  /** Ends them with SIGTERM; those left after a grace get SIGKILL, which this does not wait for. */
  async end(run: SoughtRun): Promise<FoundProcesses> {
    const found = await this.#find(run, 'SIGTERM')
    if (found.escaped.length > 0) {
      const timer = setTimeout(() => {
        this.#doomed.delete(timer)
        void this.#find(run, 'SIGKILL')
      }, GRACE_MS)
      this.#doomed.set(timer, { ...found, run })
    }
    return found
  }

  /** Ends those that have not had their SIGKILL yet; they have at most `graceMs` left. */
  async close(graceMs: number): Promise<void> {
    const deadlineMs = performance.now() + graceMs
    const doomed = [...this.#doomed.values()]
    for (const timer of this.#doomed.keys()) clearTimeout(timer)
    this.#doomed.clear()
    const left = () => doomed.filter(({ escaped }) => escaped.some(isStillThere))
    while (left().length > 0 && performance.now() < deadlineMs) await Bun.sleep(CLOSE_PACE_MS)
    await Promise.all(left().map(({ run }) => this.#find(run, 'SIGKILL')))
  }

  #find(run: SoughtRun, signal: Request['signal']): Promise<FoundProcesses> {
    return new Promise((resolve) => {
      this.#requests.push({ run, signal, found: { escaped: [], stayed: [] }, resolve })
      if (!this.#isScanning) void this.#scan()
    })
  }

  /** One search of /proc serves all that asked before it began: hundreds may time out together. */
  async #scan(): Promise<void> {
    this.#isScanning = true
    while (this.#requests.length > 0) {
      await Bun.sleep(GATHER_MS)
      const requests = this.#requests
      this.#requests = []
      try {
        await scanProcesses(searchFor(requests.map((request) => request.run)), (one) => {
          for (const request of requests) if (request.run === one.run) note(one, request)
        })
      } catch {
        // Without descriptors /proc cannot be read; the runs must end all the same.
      }
      for (const { found, resolve } of requests) resolve(found)
    }
    this.#isScanning = false
  }
}

function note(one: FoundProcess, { found, signal }: Request): void {
  if (one.isInGroup) {
    found.stayed.push(one)
    return
  }
  found.escaped.push(one)
  signalled(one.pid, signal)
  signalled(one.pid, 'SIGCONT')
}
