/** A thread that does not close in this time is left behind. */
const CLOSE_LIMIT_MS = 3000

/** A thread of this process, as others see it. Answers come in the order of the requests. */
export interface Thread<Request, Answer> {
  /** For what has no answer. */
  post(request: Request): void
  ask<Kind extends Answer>(request: Request): Promise<Kind>
  /** Asks it to close, and ends it; earlier requests are answered first. */
  close(request: Request): Promise<void>
  /** Ends it, whatever it does. */
  end(): void
}

interface Options<News> {
  /** For error messages: `database`. */
  readonly name: string
  /** URL of its code; see threads.ts. */
  readonly entry: string
  /** Called with every message that is not an answer. */
  readonly onNews: (news: News) => void
}

/** What a thread sends: an answer, or news of its own accord. */
type FromThread<Answer, News> = { readonly kind: 'answer'; readonly answer: Answer } | News

/** Starts a thread. A bug in it ends the process like any other. */
export function startThread<Request, Answer, News extends { readonly kind: string }>({
  name,
  entry,
  onNews,
}: Options<News>): Thread<Request, Answer> {
  // Its garbage is collected early, as it needs little memory between requests.
  const worker = new Worker(entry, { smol: true })
  const waiting: ((answer: Answer) => void)[] = []
  worker.onmessage = ({ data }: MessageEvent<FromThread<Answer, News>>) => {
    if ('answer' in data) waiting.shift()?.(data.answer)
    else onNews(data)
  }
  worker.onerror = ({ message }) => {
    queueMicrotask(() => {
      throw new Error(`in the ${name} thread: ${message}`)
    })
  }
  const thread: Thread<Request, Answer> = {
    post: (request) => worker.postMessage(request),
    ask: <Kind extends Answer>(request: Request): Promise<Kind> =>
      new Promise((resolve) => {
        // Answers come in the order of the requests, so each has the kind that its request asks for.
        waiting.push((answer) => resolve(answer as Kind))
        worker.postMessage(request)
      }),
    async close(request) {
      const { promise: late, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, CLOSE_LIMIT_MS)
      await Promise.race([thread.ask(request), late])
      clearTimeout(timer)
      thread.end()
    },
    end() {
      // After a jump of the wall clock the runtime may never hear of the thread's end: it must not wait for it.
      worker.unref()
      worker.terminate()
    },
  }
  return thread
}
