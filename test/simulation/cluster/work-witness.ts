import type { TakenWork, WorkTaker } from '../../../src/core/model/cluster.ts'
import type { Change } from '../../../src/core/model/ports.ts'
import type { NodeLife, Scene } from './scene.ts'

/** Judges what is sent to other nodes: run once, and only the answer to it counts. */
export interface WorkWitness {
  /** The same, seen. */
  watch(taker: WorkTaker): WorkTaker
  /** A command begins on this node; `output` is what it will print. */
  began(life: NodeLife, output: string): void
  /** A leader has made a check of what was answered. */
  committed(change: Change, life: NodeLife): void
}

interface Ran {
  readonly life: NodeLife
  readonly epoch: number
  readonly output: string
}

export function createWorkWitness({ accuse }: Scene): WorkWitness {
  const ran = new Map<string, Ran[]>()
  /** What is being begun at this moment. */
  let beginning: TakenWork['item'] | null = null

  const judgeAgain = (id: string, before: readonly Ran[], life: NodeLife) => {
    const mayRunAgain = ({ life: other }: Ran) => !other.isAlive || other.hasFailed
    // Who has stood still may have had it all the time.
    if (!life.hasFailed && !before.every(mayRunAgain)) {
      accuse('work is run once', `${id} by ${before.map((one) => one.life.node)}, now by ${life.node}`)
    }
  }

  return {
    watch: (taker) => ({
      take: (places, slots, run) =>
        taker.take(places, slots, (work) => {
          beginning = work.item
          const running = run(work)
          beginning = null
          return running
        }),
    }),
    began(life, output) {
      if (beginning === null) return
      const { id, epoch } = beginning
      const before = ran.get(id) ?? []
      judgeAgain(id, before, life)
      ran.set(id, [...before, { life, epoch, output }])
    },
    committed({ check }, { epochs }) {
      for (const { place, node, summary } of check.places ?? []) {
        const marker = /run#\d+/.exec(summary)?.[0]
        if (node === null || marker === undefined) continue
        const all = ran.get(`${check.runId}/${place}`)
        // It ran on the leader itself.
        if (all === undefined) continue
        const answer = all.find((one) => one.output.includes(`${marker} `) && one.life.node === node)
        if (answer === undefined) accuse('only the answer counts', `${check.runId} from ${node} with ${marker}`)
        else if (!epochs.has(answer.epoch))
          accuse('only the answer counts', `${check.runId} of epoch ${answer.epoch} in ${[...epochs]}`)
      }
    },
  }
}
