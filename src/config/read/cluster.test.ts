import { describe, expect, test } from 'bun:test'
import { hostname } from 'node:os'
import { configOf, type Environment, loadFiles, mistakesIn } from '../../../test/support/load-text.ts'
import { createMask } from '../../core/text/mask.ts'

const MONITOR = 'monitors:\n  - name: a\n    command: [true]\n'
const SEED = `SU${'A'.repeat(56)}`

test('without cluster there is none', () => {
  const config = configOf(MONITOR)
  expect(config.cluster).toBeNull()
  expect(config.monitors[0]).not.toHaveProperty('runOn')
})

test('a cluster of servers alone has defaults for the rest', () => {
  const { cluster } = configOf(`cluster: {servers: ["nats://a:4222"]}\n${MONITOR}`)
  expect(cluster).toEqual({
    servers: ['nats://a:4222'],
    name: 'minitor',
    node: hostname(),
    tags: [],
    login: { kind: 'none' },
    tls: null,
    alerts: ['log'],
    takeoverMs: 15_000,
  })
})

test('every key of a cluster is read', () => {
  const text = `cluster:
  servers: ["tls://a:4222", b]
  name: home
  node: nas.lan
  tags: [lan, disk]
  user: minitor
  password: 12345678
  tls: {ca: /etc/ca.pem, cert: /etc/cert.pem, key: /etc/key.pem}
  alerts: []
  takeover: 1m
`
  expect(configOf(text + MONITOR).cluster).toEqual({
    servers: ['tls://a:4222', 'nats://b'],
    name: 'home',
    node: 'nas.lan',
    tags: ['lan', 'disk'],
    login: { kind: 'password', user: 'minitor', password: '12345678' },
    tls: { ca: '/etc/ca.pem', cert: '/etc/cert.pem', key: '/etc/key.pem' },
    alerts: [],
    takeoverMs: 60_000,
  })
})

describe('a way to log in', () => {
  test.each([
    { keys: 'credentials: /etc/a.creds', login: { kind: 'credentials', path: '/etc/a.creds' } },
    { keys: 'token: tokentoken', login: { kind: 'token', token: 'tokentoken' } },
    { keys: `nkey: ${SEED}`, login: { kind: 'nkey', seed: SEED } },
    {
      keys: '',
      servers: 'nats://us%40er:pass%2Fword@a',
      login: { kind: 'password', user: 'us@er', password: 'pass/word' },
    },
    { keys: '', servers: 'tls://tokentoken@a:4222', login: { kind: 'token', token: 'tokentoken' } },
  ])('$keys $servers', ({ keys, servers = 'a', login }) => {
    const { cluster } = configOf(`cluster: {servers: ["${servers}"], ${keys}}\n${MONITOR}`)
    expect(cluster?.login).toEqual(login as never)
    expect(cluster?.servers[0]).not.toContain('@')
  })

  test.each([
    { cluster: 'servers: ["nats://u:swordfish@a"]', secret: 'swordfish' },
    { cluster: 'servers: ["nats://swordfish@a"]', secret: 'swordfish' },
    { cluster: 'servers: [a], user: u, password: swordfish', secret: 'swordfish' },
    { cluster: 'servers: [a], token: swordfish', secret: 'swordfish' },
    { cluster: `servers: [a], nkey: ${SEED}`, secret: SEED },
    { cluster: 'name: x', environment: { MINITOR_CLUSTER: 'nats://u:swordfish@a' }, secret: 'swordfish' },
  ])('is masked: $cluster', ({ cluster, secret, environment = {} }) => {
    const { secrets } = configOf(`cluster: {${cluster}}\n${MONITOR}`, environment)
    expect(createMask(secrets)(`as ${secret} it is`)).toBe('as *** it is')
  })

  test.each([
    { cluster: 'servers: ["nats://u:swordfish@a/path"]' },
    { cluster: 'servers: "nats://u:swordfish@a"' },
    { cluster: 'servers: [a], nkey: swordfish' },
    { cluster: 'servers: [a], password: [swordfish]' },
    { cluster: 'servers: [a], password: swordfish' },
    { cluster: 'servers: [a], token: {swordfish: swordfish}' },
    { cluster: 'servers: ["nats://swordfish@a"], token: swordfish' },
    { cluster: 'servers: ["nats://swordfish@a"], nodes: 3' },
    { cluster: 'node: x', environment: { MINITOR_CLUSTER: 'swordfish@a:b:c:d, x' } },
  ])('is in no mistake: $cluster', ({ cluster, environment = {} }) => {
    const loaded = loadFiles({ 'config.yml': `cluster: {${cluster}}\n${MONITOR}` }, environment)
    expect(loaded.ok).toBe(false)
    expect(JSON.stringify(loaded)).not.toContain('swordfish')
  })
})

describe('MINITOR_CLUSTER', () => {
  test.each<{ name: string; text: string; environment: Environment; servers: readonly string[] | undefined }>([
    { name: 'alone makes a cluster', text: '', environment: { MINITOR_CLUSTER: 'nats://a' }, servers: ['nats://a'] },
    {
      name: 'stands for the servers',
      text: 'cluster: {node: x}\n',
      environment: { MINITOR_CLUSTER: 'a:1, tls://b ,' },
      servers: ['nats://a:1', 'tls://b'],
    },
    {
      name: 'goes before the servers',
      text: 'cluster: {servers: [x]}\n',
      environment: { MINITOR_CLUSTER: 'a' },
      servers: ['nats://a'],
    },
    { name: 'that is empty is as if not set', text: '', environment: { MINITOR_CLUSTER: ' ' }, servers: undefined },
  ])('$name', ({ text, environment, servers }) => {
    expect(configOf(text + MONITOR, environment).cluster?.servers).toEqual(servers as never)
  })
})

test.each<{ name: string; cluster: string; environment?: Environment; mistakes: readonly string[] }>([
  { name: 'nothing', cluster: '', mistakes: ['1:8 cluster has no value'] },
  { name: 'text', cluster: 'nats://a', mistakes: ['1:10 cluster must be a map, not the text "nats://a"'] },
  { name: 'an empty map', cluster: '{}', mistakes: ['1:1 cluster: the servers are missing'] },
  { name: 'no servers', cluster: '{servers: []}', mistakes: ['1:20 cluster: servers must be a list of addresses'] },
  {
    name: 'another protocol',
    cluster: '{servers: ["https://a"]}',
    mistakes: ['1:21 cluster: servers must be an address of a NATS server'],
  },
  {
    name: 'no addresses in the environment',
    cluster: '{node: a}',
    environment: { MINITOR_CLUSTER: 'nats://a, http://b' },
    mistakes: ['1:1 cluster: the environment variable MINITOR_CLUSTER must be addresses of NATS servers'],
  },
  {
    name: 'empty names',
    cluster: '{servers: [a], name: "", node: "", tags: [""]}',
    mistakes: [
      '1:31 cluster: name must be letters, digits, "-" and "_", not the text ""',
      '1:41 cluster: node must be letters, digits, "-", "_" and ".", at most 64, not the text ""',
      '1:52 cluster: tags must be letters, digits, "-", "_" and ".", at most 64, not the text ""',
    ],
  },
  {
    name: 'a user without a password',
    cluster: '{servers: [a], user: x}',
    mistakes: ['1:25 cluster: user needs password, too'],
  },
  {
    name: 'a password without a user',
    cluster: '{servers: [a], password: x}',
    mistakes: ['1:25 cluster: password needs user, too'],
  },
  {
    name: 'two logins',
    cluster: '{servers: [a], token: x, user: y, password: z}',
    mistakes: ['1:25 cluster: it has several ways to log in: user and password, token'],
  },
  {
    name: 'a login in the address and another',
    cluster: '{servers: ["x@a"], credentials: z}',
    mistakes: ['1:29 cluster: it has several ways to log in: one in an address, credentials'],
  },
  {
    name: 'addresses with different logins',
    cluster: '{servers: ["x@a", "y@b"]}',
    mistakes: ['1:11 cluster: it has several ways to log in: one in an address, one in an address'],
  },
  {
    name: 'a certificate without a key',
    cluster: '{servers: [a], tls: {cert: /c}}',
    mistakes: ['1:37 cluster: tls.cert needs key, too, not the text "/c"'],
  },
  {
    name: 'an alert that is not defined',
    cluster: '{servers: [a], alerts: [log, mial]}',
    mistakes: ['1:39 cluster: alerts names an alert that is not defined: "mial"'],
  },
  {
    name: 'a short takeover',
    cluster: '{servers: [a], takeover: 1}',
    mistakes: ['1:35 cluster: takeover must be at least 3s, not the number 1'],
  },
  {
    name: 'a misspelled key',
    cluster: '{servers: [a], tag: [b]}',
    mistakes: ['1:25 cluster: the key "tag" is not known'],
  },
])('refuses a cluster of $name', ({ cluster, environment = {}, mistakes }) => {
  expect(mistakesIn(`${`cluster: ${cluster}`.trimEnd()}\n${MONITOR}`, environment)).toEqual(mistakes)
})

const CLUSTER = 'cluster: {servers: [a]}\n'
const nas = { kind: 'node', node: 'nas' } as const
const lan = { kind: 'tag', tag: 'lan' } as const

describe('run_on', () => {
  const runOnOf = (monitor: string, defaults = '') =>
    configOf(`${CLUSTER}${defaults}monitors:\n  - {name: a, command: [x]${monitor}}\n`).monitors[0]?.runOn

  test.each([
    { monitor: '', runOn: undefined },
    { monitor: ', run_on: nas', runOn: { places: [nas], quorum: 1 } },
    { monitor: ', run_on: {tag: lan}', runOn: { places: [lan], quorum: 1 } },
    { monitor: ', run_on: [nas, {tag: lan}]', runOn: { places: [nas, lan], quorum: 2 } },
    { monitor: ', run_on: [nas, {tag: lan}], quorum: 1', runOn: { places: [nas, lan], quorum: 1 } },
    {
      monitor: ', run_on: [nas, {tag: lan}, 3]',
      runOn: { places: [nas, lan, { kind: 'node', node: '3' }], quorum: 2 },
    },
    { monitor: ', run_on: []', runOn: undefined },
    { defaults: '{run_on: nas}', monitor: '', runOn: { places: [nas], quorum: 1 } },
    { defaults: '{run_on: nas}', monitor: ', run_on: []', runOn: undefined },
    { defaults: '{run_on: [nas, {tag: lan}], quorum: 1}', monitor: '', runOn: { places: [nas, lan], quorum: 1 } },
    {
      defaults: '{run_on: [nas, {tag: lan}], quorum: 2}',
      monitor: ', run_on: nas',
      runOn: { places: [nas], quorum: 1 },
    },
    { defaults: '{run_on: [nas, {tag: lan}]}', monitor: ', quorum: 1', runOn: { places: [nas, lan], quorum: 1 } },
    { defaults: '{run_on: nas}', monitor: ', x-note: 1', runOn: { places: [nas], quorum: 1 } },
  ])('$defaults $monitor', ({ defaults, monitor, runOn }) => {
    expect(runOnOf(monitor, defaults === undefined ? '' : `defaults: ${defaults}\n`)).toEqual(runOn as never)
  })

  test('a heartbeat inherits none', () => {
    const text = `${CLUSTER}defaults: {run_on: nas}\nmonitors:\n  - {name: a, heartbeat: {key: abcdefgh1, interval: 1d}}\n`
    expect(configOf(text).monitors[0]).not.toHaveProperty('runOn')
  })

  test.each([
    {
      name: 'an empty name',
      monitor: 'run_on: ""',
      mistakes: [/^3:37 .*run_on must be letters/],
    },
    { name: 'an empty tag', monitor: 'run_on: {tag: ""}', mistakes: [/^3:43 .*run_on\.tag must be letters/] },
    { name: 'another key', monitor: 'run_on: {tags: x}', mistakes: [/run_on.tag is missing/, /not known: "tags"/] },
    {
      name: 'a place twice',
      monitor: 'run_on: [nas, nas]',
      mistakes: [/^3:43 monitor "a": run_on names "nas" twice$/],
    },
    {
      name: 'a tag twice',
      monitor: 'run_on: [{tag: lan}, lan, {tag: lan}]',
      mistakes: [/^3:55 monitor "a": run_on names the tag "lan" twice$/],
    },
    {
      name: 'a quorum larger than the places',
      monitor: 'run_on: [b, c], quorum: 3',
      mistakes: [/^3:53 monitor "a": quorum is 3, but run_on has 2 places$/],
    },
    { name: 'no quorum', monitor: 'run_on: [b, c], quorum: 0', mistakes: [/quorum must be a whole number from 1/] },
    { name: 'a quorum of nothing', monitor: 'quorum: 1', mistakes: [/^3:29 .*quorum has no meaning without run_on$/] },
    { name: 'a quorum of no places', monitor: 'run_on: [], quorum: 1', mistakes: [/quorum has no meaning/] },
  ])('refuses $name', ({ monitor, mistakes }) => {
    const text = `${CLUSTER}monitors:\n  - {name: a, command: [x], ${monitor}}\n`
    expect(mistakesIn(text)).toEqual(mistakes.map((words) => expect.stringMatching(words)))
  })

  test.each([
    {
      name: 'in a monitor',
      text: 'monitors: [{name: a, command: [x], run_on: b}]\n',
      mistakes: ['1:36 monitor "a": run_on has no meaning without cluster'],
    },
    {
      name: 'in defaults, once',
      text: `defaults: {run_on: b}\n${MONITOR}`,
      mistakes: ['1:12 defaults: run_on has no meaning without cluster'],
    },
  ])('needs a cluster $name', ({ text, mistakes }) => {
    expect(mistakesIn(text)).toEqual(mistakes)
  })

  test.each([
    {
      name: 'of defaults alone is said once',
      defaults: '{run_on: [b], quorum: 2}',
      monitor: '',
      mistakes: ['2:33 defaults: quorum is 2, but run_on has 1 place'],
    },
    {
      name: 'of defaults, for other places',
      defaults: '{quorum: 2}',
      monitor: ', run_on: [b]',
      mistakes: ['4:37 monitor "a": quorum is 2, but run_on has 1 place'],
    },
    {
      name: 'of the monitor, for places of defaults',
      defaults: '{run_on: b}',
      monitor: ', quorum: 2',
      mistakes: ['4:37 monitor "a": quorum is 2, but run_on has 1 place'],
    },
  ])('a quorum $name', ({ defaults, monitor, mistakes }) => {
    const text = `${CLUSTER}defaults: ${defaults}\nmonitors:\n  - {name: a, command: [x]${monitor}}\n`
    expect(mistakesIn(text)).toEqual(mistakes)
  })

  test('has no meaning with a heartbeat', () => {
    const text = `${CLUSTER}monitors:\n  - {name: a, run_on: b, heartbeat: {key: abcdefgh1, interval: 1d}}\n`
    expect(mistakesIn(text)).toEqual(['3:15 monitor "a": run_on has no meaning with heartbeat'])
  })
})

test('in a cluster, no monitor has the name of a node', () => {
  const monitors = 'monitors: [{name: node nas, command: [x]}, {name: nodes, command: [x]}]\n'
  expect(mistakesIn(monitors)).toEqual([])
  expect(mistakesIn(CLUSTER + monitors)).toEqual([
    '2:19 monitor "node nas": "node nas" is the name of a monitor that the cluster adds for a node',
  ])
})
