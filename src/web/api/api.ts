import type { Hono } from 'hono'
import { z } from 'zod'
import { prefixOf } from '../http/path.ts'
import type { WebEnv } from '../http/viewer.ts'
import type { WebContext } from '../http/web-context.ts'
import { incidentOperations } from './incident-operations.ts'
import { monitorCommands } from './monitor-commands.ts'
import { monitorOperations } from './monitor-operations.ts'
import { API_PATH, openApiDocument } from './openapi.ts'
import { type Operation, operation } from './operation.ts'
import { silenceOperations } from './silence-operations.ts'
import { streamOperation } from './stream.ts'
import { summaryOperation } from './summary-operation.ts'

/** Everything that the API can be asked, in the order of its document. */
export function apiOperations(web: WebContext): readonly Operation[] {
  const operations: readonly Operation[] = [
    summaryOperation(web),
    ...monitorOperations(web),
    ...monitorCommands(web),
    ...incidentOperations(web),
    ...silenceOperations(web),
    streamOperation(web),
    operation({
      id: 'getDocument',
      method: 'get',
      path: '/openapi.json',
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
