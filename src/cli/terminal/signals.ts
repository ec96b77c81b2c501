export type Signal = 'SIGTERM' | 'SIGINT' | 'SIGHUP'

/**
 * Takes over the process's signals, so that none ends it. Returns a function that sets their handler; signals that came
 * before are passed to it.
 */
export function receiveSignals(): (handle: (signal: Signal) => void) => void {
  const early: Signal[] = []
  let receive = (signal: Signal): void => {
    early.push(signal)
  }
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => receive(signal))
  return (handle) => {
    receive = handle
    for (const signal of early.splice(0)) handle(signal)
  }
}
