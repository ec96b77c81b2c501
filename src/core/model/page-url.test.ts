import { expect, test } from 'bun:test'
import { aConfig, aMonitor } from '../../../test/support/samples.ts'
import type { WebConfig } from './config.ts'
import { pageUrls } from './page-url.ts'

const WEB: WebConfig = {
  listen: { hostname: '127.0.0.1', port: 8080 },
  title: 'Minitor',
  url: null,
  timezone: null,
  isPublic: false,
  publicGroups: null,
  feedKey: null,
  embed: [],
  users: new Map(),
  tokens: [],
  trustedProxies: null,
}

test.each([
  { name: 'without pages', web: null, expected: '' },
  {
    name: 'with a url',
    web: { ...WEB, url: 'https://x.example/s' },
    expected: 'https://x.example/s/monitors/b%C3%BCro',
  },
  { name: 'without one', web: WEB, expected: 'http://127.0.0.1:8080/monitors/b%C3%BCro' },
  {
    name: 'on every address',
    web: { ...WEB, listen: { hostname: '::', port: 80 } },
    expected: 'http://localhost:80/monitors/b%C3%BCro',
  },
  {
    name: 'on an IPv6 address',
    web: { ...WEB, listen: { hostname: '::1', port: 80 } },
    expected: 'http://[::1]:80/monitors/b%C3%BCro',
  },
])('$name', ({ web, expected }) => {
  const urlOf = pageUrls({ ...aConfig([aMonitor({ name: 'Büro' })]), web })
  expect(urlOf('Büro')).toBe(expected)
  expect(urlOf('another')).toBe('')
})
