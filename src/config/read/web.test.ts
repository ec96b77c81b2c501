import { describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from './load.ts'

const MONITORS = 'monitors:\n  - {name: a, command: [true]}\n'
const HASH = '$argon2id$v=19$m=65536,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g'

function load(web: string, environment: Record<string, string> = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'minitor-web-'))
  try {
    const path = join(directory, 'config.yml')
    writeFileSync(path, `${web}\n${MONITORS}`)
    return loadConfig({ path, environment })
  } finally {
    rmSync(directory, { recursive: true })
  }
}

const BUILT_IN = {
  listen: { hostname: '127.0.0.1', port: 8080 },
  title: 'Minitor',
  url: null,
  isPublic: false,
  users: new Map<string, string>(),
  tokens: [],
}

describe('web', () => {
  test.each([
    { name: 'is off unless asked for', web: '', expected: null },
    { name: 'is there with all defaults', web: 'web: {}', expected: BUILT_IN },
    {
      name: 'listens on every address',
      web: 'web: {listen: ":80"}',
      expected: { ...BUILT_IN, listen: { hostname: '::', port: 80 } },
    },
    {
      name: 'listens on an IPv6 address',
      web: 'web: {listen: "[::1]:9000"}',
      expected: { ...BUILT_IN, listen: { hostname: '::1', port: 9000 } },
    },
    {
      name: 'has a url without a slash at its end',
      web: 'web: {url: "https://x.example/status/", title: Mine, public: true}',
      expected: { ...BUILT_IN, url: 'https://x.example/status', title: 'Mine', isPublic: true },
    },
    {
      name: 'has users and tokens',
      web: `web: {auth: {users: {anna: '${HASH}'}, tokens: [0123456789abcdef]}}`,
      expected: { ...BUILT_IN, users: new Map([['anna', HASH]]), tokens: ['0123456789abcdef'] },
    },
  ])('$name', ({ web, expected }) => {
    const loaded = load(web)
    expect(loaded.ok ? loaded.config.web : loaded.mistakes).toEqual(expected)
  })

  test('a token from the environment is a secret', () => {
    const loaded = load(`web: {auth: {tokens: ["\${TOKEN}"]}}`, { TOKEN: 'abcdefghijklmnop' })
    expect(loaded.ok ? loaded.config.secrets : loaded.mistakes).toEqual(['abcdefghijklmnop'])
  })

  test.each([
    { web: 'web: 1', place: '1:6', message: 'web must be a map' },
    { web: 'web: {listen: 8080}', place: '1:15', message: 'listen must be an address and a port' },
    { web: 'web: {listen: "a:70000"}', place: '1:15', message: 'listen must be an address and a port' },
    { web: 'web: {url: example.org}', place: '1:12', message: 'url must be an address' },
    { web: 'web: {url: "https://x/?a=1"}', place: '1:12', message: 'url must be an address' },
    { web: 'web: {publik: true}', place: '1:7', message: 'the key "publik" is not known' },
    { web: 'web: {auth: {tokens: [short]}}', place: '1:23', message: 'at least 16 characters' },
    { web: 'web: {auth: {users: {}}}', place: '1:21', message: 'at least one user' },
    { web: 'web: {auth: {users: {anna: secret}}}', place: '1:28', message: 'must be a password hash' },
  ])('$web is refused with its place', ({ web, place, message }) => {
    const loaded = load(web)
    const mistakes = loaded.ok ? [] : loaded.mistakes
    expect(mistakes.map((one) => `${one.line}:${one.column}`)).toEqual([place])
    expect(mistakes[0]?.message).toContain(message)
  })
})
