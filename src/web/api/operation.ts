import type { Context } from 'hono'
import { z } from 'zod'
import { PastUnavailable } from '../../core/past/past.ts'
import { type RefusalStatus, refuse } from '../http/refuse.ts'
import { isUser, type Viewer, type WebEnv, whoIs } from '../http/viewer.ts'

/** An error answer; the message is for people. */
export class ApiRefusal {
  readonly status: RefusalStatus
  readonly message: string

  constructor(status: RefusalStatus, message: string) {
    this.status = status
    this.message = message
  }
}

/** An operation of the API, as it is documented and served. */
export interface Operation {
  readonly id: string
  readonly method: 'get' | 'post' | 'delete'
  /** Below `/api/v1`, as OpenAPI writes it: `/monitors/{slug}`. */
  readonly path: string
  readonly summary: string
  /** Otherwise everybody may, if `public` is on. */
  readonly isForUsers: boolean
  readonly query: z.ZodObject
  readonly body: z.ZodType | null
  readonly status: 200 | 201 | 204
  readonly contentType: string
  readonly answer: z.ZodType | null
  /** Those beyond 400 and 401. */
  readonly refusals: readonly RefusalStatus[]
  readonly respond: (context: Context<WebEnv>) => Promise<Response>
}

export interface Asked<Query, Body> {
  /** A part of the path; always there. */
  readonly part: (name: string) => string
  readonly query: Query
  readonly body: Body
  readonly viewer: Viewer
  /** Whether the viewer may see everything. */
  readonly isUser: boolean
  /** Whose doing it is. */
  readonly who: string
}

export interface Definition<Query extends z.ZodObject, Body extends z.ZodType, Answer extends z.ZodType>
  extends Pick<Operation, 'id' | 'summary'>,
    Partial<Pick<Operation, 'isForUsers' | 'status' | 'refusals'>> {
  /** Method and path. */
  readonly route: `${Operation['method']} /${string}`
  readonly query?: Query
  readonly body?: Body
  readonly answer?: Answer
  /** Whether an answer may take longer than a connection may be idle. */
  readonly isSlow?: boolean
  readonly handle: (asked: Asked<z.output<Query>, z.output<Body>>) => Promise<z.input<Answer> | ApiRefusal>
}

const NO_BODY: z.ZodSafeParseResult<undefined> = { success: true, data: undefined }
export const NOTHING = z.strictObject({})

/** Makes an operation that validates the request, reports all mistakes at once, and answers in JSON. */
export function operation<
  Query extends z.ZodObject = typeof NOTHING,
  Body extends z.ZodType = z.ZodUndefined,
  Answer extends z.ZodType = z.ZodUndefined,
>(definition: Definition<Query, Body, Answer>): Operation {
  const { handle, isSlow = false, isForUsers = false, refusals = [], query = NOTHING, body = null } = definition
  const answer = definition.answer ?? null
  const status = definition.status ?? (answer === null ? 204 : 200)

  const respond = async (context: Context<WebEnv>): Promise<Response> => {
    if (isForUsers && !isUser(context.get('viewer'))) return refuseOthers(context)
    const sent = body === null ? NO_BODY : await readBody(context, body)
    if (sent === null) return refuse(context, 415, 'the body must be JSON, with Content-Type: application/json')
    const asked = query.safeParse(context.req.query())
    const problems = [...problemsOf(asked), ...problemsOf(sent)]
    if (!asked.success || !sent.success) return refuse(context, 400, problems.join('; '), { problems })
    if (isSlow) context.env.setIdleLimit(0)
    const result = await unlessUnavailable(
      handle({
        part: (name) => context.req.param(name) ?? '',
        query: asked.data as z.output<Query>,
        body: sent.data as z.output<Body>,
        viewer: context.get('viewer'),
        isUser: isUser(context.get('viewer')),
        who: whoIs(context.get('viewer')),
      }),
    )
    if (result instanceof ApiRefusal) return refuse(context, result.status, result.message)
    return answer === null ? context.body(null, 204) : context.json(result as object, status as 200 | 201)
  }

  const { id, route, summary } = definition
  const [method, path] = route.split(' ') as [Operation['method'], string]
  const contentType = 'application/json'
  return { id, method, path, summary, isForUsers, refusals, query, body, answer, status, contentType, respond }
}

/** Operations for users are refused to the public and to strangers alike. */
function refuseOthers(context: Context): Response {
  return refuse(context, 401, 'this is for users: sign in, or send a token', {
    headers: { 'WWW-Authenticate': 'Bearer' },
  })
}

/** Null for a body of another type. `takeBody` has made sure that it is complete. */
async function readBody<Body extends z.ZodType>(context: Context, schema: Body) {
  const text = await context.req.text()
  if (text === '') return schema.safeParse({})
  if (!context.req.header('Content-Type')?.toLowerCase().startsWith('application/json')) return null
  return z.string().transform(parseJson).pipe(schema).safeParse(text)
}

function parseJson(text: string, context: z.RefinementCtx): unknown {
  try {
    return JSON.parse(text)
  } catch {
    context.addIssue({ code: 'custom', message: 'the body is not valid JSON' })
    return z.NEVER
  }
}

function problemsOf({ error }: z.ZodSafeParseResult<unknown>): string[] {
  return (error?.issues ?? []).map(({ path, message }) =>
    path.length === 0 ? message : `${path.join('.')}: ${message}`,
  )
}

async function unlessUnavailable<Result>(result: Promise<Result>): Promise<Result | ApiRefusal> {
  try {
    return await result
  } catch (error) {
    if (error instanceof PastUnavailable) return new ApiRefusal(503, error.message)
    throw error
  }
}

/** Waits until an action is saved; returns the refusal with the reason if it could not be. */
export async function done(action: Promise<unknown>): Promise<ApiRefusal | undefined> {
  return await resultOf(action.then(() => undefined))
}

/** What an action gives, or the refusal with its reason. */
export async function resultOf<Result>(action: Promise<Result>): Promise<Result | ApiRefusal> {
  try {
    return await action
  } catch (error) {
    return new ApiRefusal(503, error instanceof Error ? error.message : String(error))
  }
}
