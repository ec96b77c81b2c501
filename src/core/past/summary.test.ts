import { describe, expect, test } from 'bun:test'
import { cutMark } from '../text/cut.ts'
import { causeText, firstLine, summary } from './summary.ts'

describe('the first line that says something', () => {
  test.each<{ name: string; output: string; line: string }>([
    { name: 'the only one', output: 'it broke\n', line: 'it broke' },
    { name: 'behind empty ones and rules', output: '\n \t\n-----\n=====\nit broke\nmore\n', line: 'it broke' },
    { name: 'nothing', output: '', line: '' },
    { name: 'nothing but rules', output: '---\n***\n', line: '' },
    { name: 'a number', output: '42\n', line: '42' },
    { name: 'words before numbers', output: '42\nusers\n', line: 'users' },
    { name: 'no colours', output: '\u001b[1;31mERROR\u001b[0m: x\n', line: 'ERROR: x' },
    { name: 'no control characters', output: 'a\u0007b\tc\n', line: 'a b c' },
    { name: 'Windows line ends', output: '\r\nit broke\r\nmore\r\n', line: 'it broke' },
    { name: 'letters of any script', output: '…\nساعت\n', line: 'ساعت' },
    {
      name: 'without performance data',
      output: 'DISK OK - free: 77155 MiB (81%)|/=17GB;80;90;0;100\n/var 3 | x=2\n',
      line: 'DISK OK - free: 77155 MiB (81%)',
    },
    { name: 'a bar that is no performance data', output: 'a | b\n', line: 'a | b' },
    { name: 'not the mark of a cut', output: `${cutMark(4000)}it broke\n`, line: 'it broke' },
    {
      name: "not curl's progress",
      output:
        '  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n' +
        '                                 Dload  Upload   Total   Spent    Left  Speed\n' +
        '\r  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0' +
        '\r100 1256k  100 1256k    0     0  1.5M      0  0:00:02  0:00:02 --:--:--  1.5M' +
        '\ncurl: (7) Failed to connect\n',
      line: 'curl: (7) Failed to connect',
    },
    {
      name: "the end of Python's stack trace",
      output:
        'Traceback (most recent call last):\n  File "x.py", line 3, in <module>\n    f()\nValueError: no such thing\n',
      line: 'ValueError: no such thing',
    },
  ])('$name', ({ output, line }) => {
    expect(firstLine(output)).toBe(line)
  })

  test('is never more than one line, whatever was printed', () => {
    for (let code = 0; code < 0x300; code++) {
      const line = firstLine(`a${String.fromCharCode(code)}b${String.fromCharCode(code)}\n`)
      expect(line).not.toMatch(/\p{Cc}/u)
    }
  })
})

describe('the cause', () => {
  test.each<{ reason: string; output: string; summary: string; cause: string }>([
    {
      reason: 'exit code 22',
      output: 'curl: (22) 503\nx',
      summary: 'curl: (22) 503',
      cause: 'curl: (22) 503 (exit code 22)',
    },
    { reason: 'exit code 22', output: '\n', summary: 'exit code 22', cause: 'exit code 22' },
    {
      reason: 'exit code 127 (a command was not found: is its name right, and is it in PATH?)',
      output: 'sh: 1: crul: not found\n',
      summary: 'sh: 1: crul: not found',
      cause: 'sh: 1: crul: not found (exit code 127)',
    },
    {
      reason: 'timed out after 30s',
      output: 'PING 192.0.2.1 56 bytes\n',
      summary: 'timed out after 30s: PING 192.0.2.1 56 bytes',
      cause: 'timed out after 30s: PING 192.0.2.1 56 bytes',
    },
    { reason: 'killed by SIGSEGV', output: '', summary: 'killed by SIGSEGV', cause: 'killed by SIGSEGV' },
    { reason: 'a ping of failure', output: 'disk full\n', summary: 'disk full', cause: 'disk full' },
    { reason: 'a ping of failure', output: '', summary: 'a ping of failure', cause: 'a ping of failure' },
    { reason: '', output: 'DISK OK | a=1', summary: 'DISK OK', cause: 'DISK OK' },
  ])('$reason: $output', ({ reason, output, ...expected }) => {
    expect(summary({ reason, output })).toBe(expected.summary)
    expect(causeText({ reason, output })).toBe(expected.cause)
  })

  test('the output of a check is looked through once', () => {
    let readCount = 0
    const check = {
      reason: 'exit code 1',
      get output() {
        readCount++
        return 'it broke\n'
      },
    }
    const texts = [summary(check), causeText(check), causeText(check)]
    expect([texts, readCount]).toEqual([['it broke', 'it broke (exit code 1)', 'it broke (exit code 1)'], 1])
  })
})
