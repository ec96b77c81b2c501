import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { type DaemonProcess, startDaemon } from '../support/daemon-process.ts'
import { requireDebianPackage } from '../support/debian.ts'
import { eventually } from '../support/eventually.ts'
import { limitMs } from '../support/pace.ts'
import { type SmtpSink, startSmtpSink } from './smtp-sink.ts'

setDefaultTimeout(limitMs(60_000))
const hasMsmtp = requireDebianPackage('msmtp', 'msmtp')

/** What ends quotes, JSON, headers, mails and commands somewhere. */
const NASTY = [
  '@/etc/hostname "quoted" \'single\' back\\slash \\n %s 100% $(touch PWNED) `touch PWNED`',
  '.',
  '}", "admin": "yes',
  'Bcc: evil@example.org',
  '\u001b[31mred\u001b[0m \u0007 \u202e Küche 😀 \u2028 end',
  'x'.repeat(5000),
  '..',
  'last line',
].join('\n')
const NAMES = ['Küche "A" \\', 'b; touch PWNED', '@c'] as const

const received = new Map<string, { body: string; title: string | null }[]>()
const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  async fetch(request) {
    const { pathname } = new URL(request.url)
    const all = received.get(pathname) ?? []
    received.set(pathname, [...all, { body: await request.text(), title: request.headers.get('title') }])
    return new Response('ok')
  },
})

let sink: SmtpSink
let daemon: DaemonProcess

/** What came to this path once the alert was delivered. */
async function arrived(path: string) {
  await eventually(`something arrives at ${path}`, async () => received.has(path))
  return received.get(path)?.[0] ?? { body: '', title: null }
}

beforeAll(async () => {
  sink = await startSmtpSink()
  const to = (path: string) => `http://127.0.0.1:${server.port}/${path}`
  const curl = (path: string, ...options: string[]) => ['curl', '-fsS', ...options, to(path)]
  const alerts = {
    json: {
      command: curl('json', '--json', '@-'),
      input: { text: '{alert_message}\n{last_output}', list: [1, '{summary}'] },
    },
    text: { command: curl('text', '--data-binary', '@-'), input: '{last_output}' },
    document: { command: curl('document', '--json', '@-') },
    header: { command: curl('header', '-H', 'Title: {alert_message}', '--data-raw', '{summary}'), digest: '1s' },
    mail: {
      command: ['msmtp', '--host=127.0.0.1', `--port=${sink.port}`, '--from=minitor@example.org', 'me@example.org'],
      input: 'To: me@example.org\nSubject: {alert_message}: {last_output}\n\n{last_output}\n',
    },
  }
  const monitors = NAMES.map((name, index) => ({
    name,
    command: 'cat output; exit 1',
    check_interval: '300ms',
    alert_after: 1,
    alert_every: 0,
    alerts: index === 0 ? Object.keys(alerts).filter((one) => one !== 'mail' || hasMsmtp) : ['header'],
  }))
  daemon = startDaemon({ config: JSON.stringify({ monitors, alerts }), files: { output: NASTY } })
})

afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  await sink[Symbol.asyncDispose]()
  await server.stop(true)
})

const MESSAGE = `${NAMES[0]} check has failed 1 times`

test('J15: a chat webhook gets JSON that says what the check has printed', async () => {
  const { body } = await arrived('/json')
  expect(JSON.parse(body)).toEqual({ text: `${MESSAGE}\n${NASTY}`, list: [1, NASTY.split('\n')[0]?.slice(0, 200)] })
})

test('J15: text arrives byte for byte', async () => {
  expect((await arrived('/text')).body).toBe(NASTY)
})

test('J15: so does the document', async () => {
  expect(JSON.parse((await arrived('/document')).body)).toMatchObject({ alert_message: MESSAGE, last_output: NASTY })
})

test('J15: a push message has a title of one line, of a digest too', async () => {
  const { title, body } = await arrived('/header')
  const bytes = Buffer.from(title ?? '', 'latin1').toString()
  expect([title, bytes]).toContain(`3 down: ${NAMES.join(', ')}`)
  expect(body).toBe(NASTY.split('\n')[0] ?? '')
})

test.skipIf(!hasMsmtp)('J14: a mail has its headers, and all of the output', async () => {
  await eventually('the mail arrives', async () => sink.mails.length > 0)
  const [{ text, to } = { text: '', to: [] }] = sink.mails
  const [head = '', ...rest] = text.split('\n\n')
  expect(to).toEqual(['me@example.org'])
  expect(head).not.toMatch(/^bcc:/im)
  const subject = /^Subject: ((?:.*)(?:\n .*)*)/m.exec(head)?.[1] ?? ''
  const decoded = subject.replace(/\n /g, '').replace(/=\?utf-8\?B\?([^?]*)\?=/g, (_, base64) => `${base64}|`)
  expect(Buffer.concat(decoded.split('|').map((word) => Buffer.from(word, 'base64'))).toString()).toStartWith(MESSAGE)
  expect(text.split('\n').filter((line) => Buffer.byteLength(line) > 998)).toEqual([])
  expect(rest.join('\n\n').replaceAll('\n', '')).toBe(NASTY.replaceAll('\n', ''))
})

test('J15: nothing of it was run', async () => {
  await arrived('/header')
  expect([daemon.read('PWNED'), daemon.stderr()]).toEqual(['', ''])
})
