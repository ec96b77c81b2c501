import { describe, expect, test } from 'bun:test'
import { ANNOUNCEMENT } from '../cli/original-configs.ts'
import { startDaemon } from '../support/daemon-process.ts'
import { requireDebianPackage } from '../support/debian.ts'
import { eventually } from '../support/eventually.ts'

const hasCurl = requireDebianPackage('curl', 'curl')

// As it was announced, but for the two addresses.
const ANNOUNCED = (blog: string, mailgun: string) =>
  ANNOUNCEMENT.replace('https://blog.example', blog).replace('https://api.mailgun.net', mailgun)
const KEY = 'key-0123456789abcdef'

function serveBlog(port = 0) {
  return Bun.serve({ hostname: '127.0.0.1', port, fetch: () => new Response('a post') })
}

/** Keeps what is posted to it, as a mail provider does. */
function serveMailgun() {
  const posts: Record<string, string | null>[] = []
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const form = await request.formData()
      posts.push({
        path: new URL(request.url).pathname,
        authorization: request.headers.get('authorization'),
        ...Object.fromEntries([...form].map(([name, value]) => [name, String(value)])),
      })
      return Response.json({ message: 'Queued. Thank you.' })
    },
  })
  return { server, posts }
}

describe.skipIf(!hasCurl)('the configuration of the announcement', () => {
  test('a blog that goes away and comes back: alert and recovery', async () => {
    const mailgun = serveMailgun()
    let blog = serveBlog()
    const { port } = blog
    try {
      const announced = ANNOUNCED(`http://127.0.0.1:${port}`, `http://127.0.0.1:${mailgun.server.port}`)
      await using daemon = startDaemon({
        config: announced.replace('check_interval: 30', 'check_interval: 0.3'),
        files: { 'announced.yml': announced },
        env: { MAILGUN_API_KEY: KEY, no_proxy: '127.0.0.1' },
      })
      expect(await daemon.minitor('validate', '-c', 'announced.yml')).toMatchObject({
        exitCode: 0,
        stderr: expect.stringMatching(/^warning: alert "mailgun": without --fail/),
      })
      await daemon.next({ monitor: 'My Blog', status: 'up' })
      await blog.stop(true)
      // 7: curl could not connect.
      expect(await daemon.next({ monitor: 'My Blog', status: 'down' })).toMatchObject({ exit_code: 7 })
      await daemon.line({ alert: 'log', msg: 'My Blog check has failed 3 times' })
      await eventually('two mails', () => mailgun.posts.length >= 2)
      expect(mailgun.posts[0]).toEqual({
        path: '/v3/minitor.mon/messages',
        authorization: `Basic ${btoa(`api:${KEY}`)}`,
        subject: 'Alert! My Blog failed',
        from: 'Minitor <minitor@minitor.mon>',
        to: 'me@minitor.mon',
        text: 'Our monitor failed',
      })
      blog = serveBlog(port)
      await daemon.next({ monitor: 'My Blog', status: 'up' })
      daemon.signal('SIGTERM')
      expect(await daemon.exitCode()).toBe(0)
      expect(daemon.rawLog()).not.toContain(KEY)
    } finally {
      await Promise.all([blog.stop(true), mailgun.server.stop(true)])
    }
  })
})
