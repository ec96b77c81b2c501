import type { Config } from '../../src/core/model/config.ts'
import type { Store } from '../../src/core/model/ports.ts'
import type { Delivery } from '../../src/core/model/types.ts'
import { never } from './life-runner.ts'
import type { Life } from './timeline.ts'
import type { Witness } from './witness.ts'

/** The store of one process. A witness sees all that passes through it. */
export function watchStore(store: Store, life: Life, witness: Required<Witness>, config: () => Config): Store {
  const watch = (kept: Promise<void>, deliveries: readonly Delivery[]): Promise<void> => {
    const release = (isKept: boolean) => {
      if (life.isAlive && deliveries.length > 0) witness.released(deliveries, isKept)
    }
    // A little later: by then, the deliveries have been handed on.
    const isKept = kept.then(
      () => true,
      () => false,
    )
    void isKept.then(passOn).then(passOn).then(release)
    return kept
  }
  return {
    async load() {
      const snapshot = await store.load()
      witness.began({ life, config: config(), snapshot })
      return snapshot
    },
    commit(change) {
      if (!life.isAlive) return never()
      witness.committed(change)
      return watch(store.commit(change), change.deliveries)
    },
    settle(delivery, following) {
      if (!life.isAlive) return never()
      witness.settled(delivery, following)
      return watch(store.settle(delivery, following), [delivery, ...following])
    },
    keepPing: (ping) => store.keepPing(ping),
    noteState: (monitor, known) => store.noteState(monitor, known),
    noteUnwatched: (unwatched) => store.noteUnwatched(unwatched),
    noteDeparture(departure) {
      if (life.isAlive) witness.departed(departure)
      store.noteDeparture(departure)
    },
    changeMutes: (change) => store.changeMutes(change),
    keepEndedSessions: (sessions) => store.keepEndedSessions(sessions),
    noteAction: (action) => store.noteAction(action),
    endSessions: (by) => store.endSessions(by),
    noteTrial: (trial) => store.noteTrial(trial),
    onMutes: (listener) => store.onMutes(listener),
    onSecret: (listener) => store.onSecret(listener),
    setRetention: (retention) => store.setRetention(retention),
    troubles: () => store.troubles(),
    close: () => store.close(),
  }
}

function passOn(isKept: boolean): boolean {
  return isKept
}
