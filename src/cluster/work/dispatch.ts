import type { KnownNode, PlaceRun, Places, WorkItem, WorkResult, WorkSender } from '../../core/model/cluster.ts'
import type { Place } from '../../core/model/cluster-config.ts'
import { type MetricFamily, oneValue } from '../../core/model/metric.ts'
import { nobodyWatches, placeKey } from '../../core/model/place-words.ts'
import type { Clock, CommandRun, Log, Runner } from '../../core/model/ports.ts'
import type { Run } from '../../core/model/types.ts'
import { formatDuration } from '../../core/text/duration.ts'

export interface Dispatch extends Places {
  families(): readonly MetricFamily[]
  /** Waits for nobody any more: what is under way ends as void. */
  close(): void
}

interface Options {
  readonly clock: Clock
  /** Runs what belongs to this node. */
  readonly runner: Runner
  readonly own: { readonly node: string; readonly tags: readonly string[] }
  /** Null while this server is alone: what only others can run, nobody runs. */
  readonly sender: WorkSender | null
  /** Results of other epochs are not for this leader. */
  readonly epoch: number
  /** All nodes as far as known; none of them before the engine has said so. */
  readonly nodes: () => readonly KnownNode[]
  readonly log: Log
}

/** Two signals to a command that does not end, and the way there and back. */
const ANSWER_MS = 10_000
/** So many items are remembered to tell a second answer from one that came too late. */
const REMEMBERED = 10_000

const ANSWERS = ['taken', 'none', 'late', 'duplicate', 'foreign'] as const
const LEADS_NO_MORE = 'this server does not lead any more'

/** Once it is decided, others may take this long: a node that has just died is no reason to be late. */
const LINGER_MS = 10_000
/** Nodes come and go: what does not last is not logged. */
const DESERTED_MS = 30_000

type About = Parameters<Places['run']>[1]

/** Runs commands in the places that they are for: on this node, or by sending them to others. */
export function createDispatch({ clock, runner, own, sender, epoch, nodes, log }: Options): Dispatch {
  const waiting = new Map<string, (result: WorkResult | null) => void>()
  const answered = new Set<string>()
  const counts = { sent: 0, taken: 0, none: 0, late: 0, foreign: 0, duplicate: 0 }
  let isClosed = false

  const take = (result: WorkResult) => {
    const answer = result.epoch === epoch ? waiting.get(result.id) : undefined
    if (answer !== undefined) return answer(result)
    counts[result.epoch !== epoch ? 'foreign' : answered.has(result.id) ? 'duplicate' : 'late']++
  }
  const stopTaking = sender?.onResult(take) ?? (() => {})

  const remember = (id: string) => {
    answered.add(id)
    for (const oldest of answered) {
      if (answered.size <= REMEMBERED) return
      answered.delete(oldest)
    }
  }

  /** The answer, or why there is none. Calls `onSent` once. */
  const ask = async (item: WorkItem, to: WorkSender, onSent: () => void): Promise<WorkResult | string> => {
    const patienceMs = item.goodForMs + item.run.timeoutMs + ANSWER_MS
    const sentMs = clock.monotonicMs()
    const { promise, resolve } = Promise.withResolvers<WorkResult | null>()
    waiting.set(item.id, resolve)
    const cancel = clock.setTimer(patienceMs, () => resolve(null))
    counts.sent++
    const failure = await to.send(item).then(
      () => null,
      (error: Error) => error.message,
    )
    onSent()
    const result = failure === null ? await promise : null
    cancel()
    waiting.delete(item.id)
    if (failure !== null) return failure
    counts[result === null ? 'none' : 'taken']++
    const waitedMs = Math.round(clock.monotonicMs() - sentMs)
    if (result === null) return isClosed ? LEADS_NO_MORE : `no answer within ${formatDuration(waitedMs)}`
    remember(item.id)
    return result
  }

  const elsewhere = async (place: Place, run: CommandRun, about: About): Promise<PlaceRun> => {
    const { monitor, goodForMs, onSent } = about
    const key = placeKey(place)
    const nobody = (why: string): PlaceRun => {
      return { place: key, node: null, isHere: false, run: unanswered(why) }
    }
    const obstacle = obstacleTo(place)
    noteObstacle(key, obstacle)
    if (sender === null || obstacle !== null) {
      onSent()
      return nobody(obstacle ?? '')
    }
    const item = { id: idOf(run, place), epoch, place, monitor, run, goodForMs }
    const answer = await ask(item, sender, onSent)
    if (typeof answer === 'string') return nobody(`${wordsOf(place)}: ${answer}`)
    return { place: key, node: answer.node, isHere: false, run: answer.run }
  }

  /** Why nobody can run it there; null if somebody may. */
  const obstacleTo = (place: Place): string | null => {
    if (sender === null) return `${wordsOf(place)} cannot be reached without the engine of the cluster`
    const known = nodes()
    // Once nodes are known, this one is among them.
    if (known.length === 0 || known.some((node) => node.isThere && isIn(node, place))) return null
    return place.kind === 'node'
      ? `no node \`${place.node}\` is there`
      : `no node with the tag \`${place.tag}\` is there`
  }

  /** Since when nobody is in a place; null once that is logged. */
  const deserted = new Map<string, number | null>()
  const noteObstacle = (key: string, obstacle: string | null) => {
    const nowMs = clock.monotonicMs()
    if (obstacle === null) {
      if (deserted.get(key) === null) log.write('info', `checks for ${key} are made again`)
      deserted.delete(key)
      return
    }
    const sinceMs = deserted.get(key)
    if (sinceMs === undefined) deserted.set(key, nowMs)
    else if (sinceMs !== null && nowMs - sinceMs >= DESERTED_MS) {
      log.write('warn', `checks for ${key} cannot be made: ${obstacle}`)
      deserted.set(key, null)
    }
  }

  /** Which of the places are this machine. It answers once: places are there to see from several points. */
  const placeHere = (places: readonly Place[]): Place | undefined => {
    const isNode = (place: Place) => place.kind === 'node' && place.node === own.node
    const isTag = (place: Place) => sender === null && place.kind === 'tag' && own.tags.includes(place.tag)
    return places.find(isNode) ?? places.find(isTag)
  }

  return {
    async run(run, about) {
      const [first, ...others] = about.runOn.places
      const mine = placeHere(about.runOn.places)
      let unsentCount = about.runOn.places.length
      const onSent = () => {
        if (--unsentCount === 0) about.onSent()
      }
      const runIn = async (place: Place): Promise<PlaceRun> => {
        if (place !== mine) return elsewhere(place, run, { ...about, onSent })
        const here = await runner.run(run)
        onSent()
        return { place: placeKey(place), node: own.node, isHere: true, run: here }
      }
      const answered: PlaceRun[] = []
      let isLingering = false
      let cancel = () => {}
      const note = (answer: PlaceRun) => {
        answered.push(answer)
        if (others.length > 0 && !isLingering && about.isDecided(answered)) {
          isLingering = true
          cancel = clock.setTimer(LINGER_MS, () => {
            for (const place of about.runOn.places) waiting.get(idOf(run, place))?.(null)
          })
        }
        return answer
      }
      const ask = (place: Place) => runIn(place).then(note)
      const runs = await Promise.all([ask(first), ...others.map(ask)])
      cancel()
      return runs
    },
    families: () => [
      oneValue('counter', 'minitor_work_sent_total', 'Checks sent to other nodes.', () => counts.sent),
      {
        name: 'minitor_work_answers_total',
        help: 'Answers to checks that were sent: taken; none in time; dropped, as they came late, a second time, or for another leader.',
        type: 'counter',
        samples: () => ANSWERS.map((answer) => ({ labels: { answer }, value: counts[answer] })),
      },
    ],
    close() {
      isClosed = true
      stopTaking()
      for (const answer of waiting.values()) answer(null)
    },
  }
}

function idOf({ runId }: CommandRun, place: Place): string {
  return `${runId}/${placeKey(place)}`
}

function isIn({ name, tags }: KnownNode, place: Place): boolean {
  return place.kind === 'node' ? name === place.node : tags.includes(place.tag)
}

function wordsOf(place: Place): string {
  return place.kind === 'node' ? `\`${place.node}\`` : `the tag \`${place.tag}\``
}

/** What a place that nobody watches from says. */
function unanswered(why: string): Run {
  const ending = { kind: 'void', reason: nobodyWatches(why), isExhausted: false } as const
  return { ending, output: '', durationMs: 0, escapeeCount: 0, isUnkillable: false }
}
