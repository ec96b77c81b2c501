import type { CommandRun, Runner } from '../../core/model/ports.ts'
import type { Delivery } from '../../core/model/types.ts'

/** Whether this server may still tell anybody anything: another may lead by now. */
export type MayTell = () => Promise<boolean>

/** Runs nothing, and gives no answer, once nothing may be told any more. */
export function createGatedRunner(runner: Runner, mayTell: MayTell): Runner {
  const never = () => new Promise<never>(() => {})
  return {
    async run(run: CommandRun) {
      if (!(await mayTell())) return never()
      const ended = await runner.run(run)
      // What was killed has not failed.
      return (await mayTell()) ? ended : never()
    },
    close: (graceMs) => runner.close(graceMs),
  }
}

/** Hands deliveries on while they may be told, in their order: a recovery before its outage would have nobody to tell. */
export function createGatedDeliver(
  deliver: (deliveries: readonly Delivery[]) => void,
  mayTell: MayTell,
): (deliveries: readonly Delivery[]) => void {
  let last = Promise.resolve()
  return (deliveries) => {
    last = last.then(async () => {
      if (await mayTell()) deliver(deliveries)
    })
  }
}
