import { resolve } from 'node:path'
import type { Config } from '../../core/model/config.ts'
import { defaultOf } from '../schema/field.ts'
import { retentionShape } from '../schema/sections.ts'
import type { TopLevel } from './settings.ts'

const DATABASE = 'minitor.db'
const IN_MEMORY = ':memory:'

/** Where history is kept, and for how long. Relative paths begin at the configuration. */
export function readStorage({ loading, own }: TopLevel): Pick<Config, 'database' | 'retention'> {
  const { database = DATABASE, retention = {} } = own
  return {
    database: database === IN_MEMORY ? IN_MEMORY : resolve(loading.directory, database),
    retention: {
      checksMs: retention.checks ?? defaultOf(retentionShape.checks),
      hourlyMs: retention.hourly ?? defaultOf(retentionShape.hourly),
      dailyMs: retention.daily ?? defaultOf(retentionShape.daily),
    },
  }
}
