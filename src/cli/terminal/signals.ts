export type Signal = 'SIGTERM' | 'SIGINT' | 'SIGHUP'

/**
 * Takes the process's signals from now on, so that none of them ends it by itself. Those that come before there is
 * somebody to hand them to are kept. Returns how to say who that is.
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
