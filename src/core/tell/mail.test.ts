import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { mailText } from './mail.ts'

const HEADERS = 'MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit'

/** What a reader makes of a header: lines unfolded, words decoded. */
function decoded(mail: string, name: string): string {
  const [head = ''] = mail.split('\n\n')
  const value = new RegExp(`^${name}: (.*(?:\\n .*)*)`, 'm').exec(head)?.[1] ?? ''
  return value
    .replace(/\?=\n =\?/g, '?==?')
    .replace(/=\?utf-8\?B\?([^?]*)\?=/g, (_, base64: string) => Buffer.from(base64, 'base64').toString())
}

describe('J14: a mail', () => {
  test('has what a mail server wants, and is readable where it can be', () => {
    expect(mailText(['Subject: web is down'], 'refused\n')).toBe(`Subject: web is down\n${HEADERS}\n\nrefused\n`)
    expect(mailText(['Subject: x'], 'no line end')).toEndWith('no line end\n')
  })

  test('keeps the headers that the user has written', () => {
    const own = ['To: Büro <me@example.org>', 'Subject: x', 'content-type: text/html', 'MIME-Version: 1.0']
    const [head] = mailText(own, '').split('\n\n')
    expect(head).toBe(`${own.join('\n')}\nContent-Transfer-Encoding: 8bit`)
  })

  test.each([
    { name: 'an umlaut', value: 'Küche', line: 'Subject: =?utf-8?B?S8O8Y2hl?=' },
    { name: 'what looks encoded', value: '=?utf-8?B?eA==?=', line: 'Subject: =?utf-8?B?PT91dGYtOD9CP2VBPT0/PQ==?=' },
    { name: 'a line break', value: 'a\nBcc: evil@example.org', line: 'Subject: a Bcc: evil@example.org' },
    { name: 'a carriage return', value: 'a\rBcc: evil@example.org', line: 'Subject: a Bcc: evil@example.org' },
  ])('its subject with $name is one header', ({ value, line }) => {
    expect(mailText([`Subject: ${value}`], '').split('\n')[0]).toBe(line)
  })

  test('its lines fit and say what was said, whatever that is', () => {
    const text = fc.string({ unit: 'binary', maxLength: 3000, size: 'max' })
    fc.assert(
      fc.property(text, text, (written, body) => {
        const subject = written.toWellFormed()
        const mail = mailText([`Subject: ${subject}`], body.toWellFormed())
        const [head = ''] = mail.split('\n\n')
        expect(head).toMatch(/^[\n -~]*$/)
        for (const line of mail.split('\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(998)
        expect(mail).not.toContain('\r')
        expect(head.split('\n').filter((line) => !line.startsWith(' '))).toHaveLength(4)
        expect(decoded(mail, 'Subject')).toBe(subject.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim())
        const said = (some: string) => some.replace(/[\r\n]/g, '')
        expect(said(mail.slice(head.length))).toBe(said(body.toWellFormed()))
      }),
      // To shrink texts of thousands of characters takes minutes.
      { numRuns: 100, endOnFailure: true },
    )
  })

  test('a line of 2,000 characters, and a lone dot', () => {
    const mail = mailText(['Subject: x'], `a\n.\n${'x'.repeat(2000)}\n`)
    expect(mail).toEndWith(`\na\n.\n${'x'.repeat(990)}\n${'x'.repeat(990)}\n${'x'.repeat(20)}\n`)
  })
})
