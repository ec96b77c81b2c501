import type { Hono } from 'hono'
import { z } from 'zod'
import { countStandings, STANDINGS } from '../../core/model/state.ts'
import { isMuted } from '../../core/past/view.ts'
import { isoTime } from '../../core/text/time.ts'
import { prefixOf } from '../http/path.ts'
import type { WebEnv } from '../http/viewer.ts'
import { visibleTo } from '../http/visible.ts'
import type { WebContext } from '../http/web-context.ts'
import { actionOperations } from './action-operations.ts'
import { announcementOperations } from './announcement-operations.ts'
import { incidentOperations } from './incident-operations.ts'
import { monitorCommands } from './monitor-commands.ts'
import { monitorOperations } from './monitor-operations.ts'
import { nodeOperations } from './node-operations.ts'
import { API_PATH, openApiDocument } from './openapi.ts'
import { type Operation, operation } from './operation.ts'
import { each, forUsers, named, text, time } from './schemas.ts'
import { silenceOperations } from './silence-operations.ts'
import { streamOperation } from './stream.ts'

/** All operations, in the order of the document. */
export function apiOperations(web: WebContext): readonly Operation[] {
  const operations: readonly Operation[] = [
    summaryOperation(web),
    ...monitorOperations(web),
    ...monitorCommands(web),
    ...incidentOperations(web),
    ...silenceOperations(web),
    ...announcementOperations(web),
    ...actionOperations(web),
    ...(web.cluster === null ? [] : nodeOperations(web, web.cluster)),
    streamOperation(web),
    operation({
      id: 'getDocument',
      route: 'get /openapi.json',
      summary: 'This document',
      answer: z.looseObject({ openapi: z.literal('3.1.0') }),
      async handle({ isUser }) {
        // The public does not see which Minitor this is.
        const version = isUser ? web.version : 'v1'
        return {
          ...openApiDocument(operations, { version, prefix: prefixOf(web.present.web.url) }),
          openapi: '3.1.0' as const,
        }
      },
    }),
  ]
  return operations
}

export function addApi(app: Hono<WebEnv>, web: WebContext): void {
  for (const { method, path, respond } of apiOperations(web)) {
    app.on(method.toUpperCase(), API_PATH + path.replace(/\{(\w+)\}/g, ':$1'), respond)
  }
}

const number = z.int().nonnegative()

const summarySchema = named('Summary', {
  ok: z.boolean().describe('Whether nothing is down.'),
  at: time,
  version: number.describe('Grows with every change of what is shown, as in the stream.'),
  total: number,
  counts: z.object(each(STANDINGS, number)),
  muted: forUsers(number).describe('How many are muted, maintenance aside; for users only.'),
  healthy: z.boolean().describe('Whether Minitor itself is healthy.'),
  troubles: forUsers(z.array(text).describe('Why it is not healthy.')),
  deliveries: forUsers(z.object({ pending: number, failed: number })),
})

function summaryOperation(web: WebContext): Operation {
  const { board, telemetry, clock, mask } = web
  return operation({
    id: 'getSummary',
    route: 'get /summary',
    summary: 'The overall state',
    answer: summarySchema,
    async handle({ viewer, isUser }) {
      const monitors = visibleTo(viewer, web).monitors()
      const counts = countStandings(monitors)
      const troubles = telemetry.troubles()
      return {
        ok: counts.down === 0,
        at: isoTime(clock()),
        version: board.version,
        total: monitors.length,
        counts,
        healthy: troubles.length === 0,
        ...(isUser && {
          muted: monitors.filter(isMuted).length,
          troubles: troubles.map(mask),
          deliveries: { pending: telemetry.pendingDeliveries, failed: telemetry.failedDeliveries },
        }),
      }
    },
  })
}
