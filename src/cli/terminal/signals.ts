export type Signal = 'SIGTERM' | 'SIGINT' | 'SIGQUIT' | 'SIGHUP'

/** They would end the process, and mean nothing to it: other daemons reopen their logs at one of them. */
const MEANINGLESS = ['SIGUSR1', 'SIGUSR2', 'SIGALRM', 'SIGVTALRM', 'SIGPROF', 'SIGIO', 'SIGXCPU', 'SIGPWR'] as const

/**
 * Takes over the process's signals, so that none ends it. Returns a function that sets their handler; signals that came
 * before are passed to it.
 */
export function receiveSignals(): (handle: (signal: Signal) => void) => void {
  const early: Signal[] = []
  let receive = (signal: Signal): void => {
    early.push(signal)
  }
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP'] as const) process.on(signal, () => receive(signal))
  for (const signal of MEANINGLESS) process.on(signal, () => {})
  return (handle) => {
    receive = handle
    for (const signal of early.splice(0)) handle(signal)
  }
}
