import type { AlertPolicy } from '../model/types.ts'

/** The alerts that hear of trouble now: all but those that wait, and of these the ones that have joined. Pure. */
export function alertsForTrouble(policy: AlertPolicy, stepsTold: readonly string[]): string[] {
  return policy.alertDown
    .filter((step) => step.after === null || stepsTold.includes(step.alert))
    .map((step) => step.alert)
}

/** The alerts that hear of a recovery. One that waits and was never run for this outage is not told of its end. Pure. */
export function alertsForRecovery(policy: AlertPolicy, stepsTold: readonly string[]): string[] {
  const waits = (name: string) =>
    policy.alertDown.some((step) => step.alert === name) &&
    policy.alertDown.every((step) => step.alert !== name || step.after !== null)
  return policy.alertUp.filter((name) => !waits(name) || stepsTold.includes(name))
}
