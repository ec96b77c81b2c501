import type { Runner } from '../../src/core/model/ports.ts'
import type { Run } from '../../src/core/model/types.ts'

/** Runs nothing: every command ends well at once, with a line of output as plugins print them, and never the same. */
export function createIdleRunner(): Runner {
  let count = 0
  return {
    async run(): Promise<Run> {
      const ms = ((count++ * 7919) % 100_000) / 1000
      return {
        ending: { kind: 'exited', exitCode: 0 },
        output: `PING OK - Packet loss = 0%, RTA = ${ms.toFixed(2)} ms|rta=${ms.toFixed(3)}ms;200;500;0; pl=0%;40;80;0;\n`,
        durationMs: 0,
        escapeeCount: 0,
        isUnkillable: false,
      }
    },
    close: async () => {},
  }
}
