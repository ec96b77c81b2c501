/** A takeover takes longer, but a page that comes too early costs nothing. */
const RETRY_SECONDS = 5

const HEADERS = {
  'Retry-After': String(RETRY_SECONDS),
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  // A page in the browser of an API or a ping is asked for from anywhere.
  'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
}

const NOBODY = 'no server of this cluster leads now; another one takes over soon'
/** The leader may have done what was asked, and died before it could say so. */
const NO_ANSWER = 'the server that leads this cluster has not answered'

/** 503: as JSON from the API, as a page for a browser, else as a line. `isSure`: nobody was there to ask. */
export function noLeaderAnswer({ url, method, headers }: Request, isSure: boolean): Response {
  const message = isSure ? NOBODY : NO_ANSWER
  const answer = (body: string, type: string) =>
    new Response(method === 'HEAD' ? null : body, {
      status: 503,
      headers: { ...HEADERS, 'Content-Type': `${type}; charset=UTF-8` },
    })
  if (new URL(url).pathname.includes('/api/v1/')) {
    return answer(JSON.stringify({ error: { code: 'unavailable', message } }), 'application/json')
  }
  const isPage = headers.get('Accept')?.includes('text/html') ?? false
  return isPage ? answer(pageOf(message, method === 'GET'), 'text/html') : answer(`${message}\n`, 'text/plain')
}

/** Stands alone: style and script of the pages are at the leader. What was asked with a form is not asked again. */
function pageOf(message: string, comesAgain: boolean): string {
  const refresh = comesAgain ? `<meta http-equiv="refresh" content="${RETRY_SECONDS}">` : ''
  const advice = comesAgain ? 'This page tries again by itself.' : 'Go back, and look whether it was done.'
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
${refresh}
<title>Minitor: no leader</title>
<style>
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 20vh auto; padding: 0 1rem }
h1 { font-size: 1.25rem }
</style>
<h1>Nobody can answer now</h1>
<p>${message.charAt(0).toUpperCase()}${message.slice(1)}. Checks and alerts go on as soon as one leads.
<p>${advice}
`
}
