/**
 * Id of the incident whose outage began at this time: lower-case letters, digits and `-` only, the same for the same
 * outage however often it is computed. The second part is FNV-1a (32 bit) of the monitor's name.
 */
export function incidentId(monitor: string, outageStartedAtMs: number): string {
  let hash = 0x811c9dc5
  for (let index = 0; index < monitor.length; index++) {
    hash = Math.imul(hash ^ monitor.charCodeAt(index), 0x01000193)
  }
  return `${Math.max(0, Math.round(outageStartedAtMs)).toString(36)}-${(hash >>> 0).toString(36)}`
}

/** Id of the `count`-th notification of an incident; `count` is from 1. */
export function notificationId(incident: string, count: number): string {
  return `${incident}-${count}`
}
