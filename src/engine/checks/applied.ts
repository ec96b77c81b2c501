import type { Config } from '../../core/model/config.ts'
import type { Mutes } from '../../core/model/mute.ts'
import { pageUrls } from '../../core/model/page-url.ts'
import { createMask } from '../../core/text/mask.ts'
import { createMaintenance, type Maintenance } from './maintenance.ts'

/** What the configuration and people's mutes say now. Replaced as a whole, never changed: ask for it each time. */
export interface Applied {
  /** Hides secrets. */
  readonly mask: (text: string) => string
  /** Address of a monitor's page; empty without one. */
  readonly urlOf: (monitor: string) => string
  readonly maintenance: Maintenance
  readonly mutes: Mutes
}

/** Before any configuration. */
export function nothingApplied(mutes: Mutes): Applied {
  return { mask: (text) => text, urlOf: () => '', maintenance: createMaintenance([]), mutes }
}

export function appliedOf(config: Config, mutes: Mutes): Applied {
  const { secrets, maintenance } = config
  return { mask: createMask(secrets), urlOf: pageUrls(config), maintenance: createMaintenance(maintenance), mutes }
}
