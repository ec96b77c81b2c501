import { expect, test } from 'bun:test'
import { createClientFinder, neighbourhoodOf, networkOf } from './client-address.ts'

test.each([
  { name: 'nobody in between', peer: '192.0.2.1', forwarded: null, client: '192.0.2.1' },
  { name: 'a proxy on this machine', peer: '127.0.0.1', forwarded: '192.0.2.7', client: '192.0.2.7' },
  { name: 'the same over IPv6', peer: '::1', forwarded: '2001:db8::7', client: '2001:db8::7' },
  { name: 'the same, mapped', peer: '::ffff:127.0.0.1', forwarded: '192.0.2.7', client: '192.0.2.7' },
  {
    name: 'what the client itself claims is not believed',
    peer: '127.0.0.1',
    forwarded: '1.1.1.1, 192.0.2.7',
    client: '192.0.2.7',
  },
  { name: 'nor what a stranger claims', peer: '192.0.2.1', forwarded: '1.1.1.1', client: '192.0.2.1' },
  { name: 'a proxy that is not named', peer: '10.1.2.3', forwarded: '1.1.1.1', client: '10.1.2.3' },
  { name: 'one that is', peer: '10.1.2.3', forwarded: '1.1.1.1', trusted: ['10.0.0.0/8'], client: '1.1.1.1' },
  { name: 'by its address', peer: 'fd00::1', forwarded: '1.1.1.1', trusted: ['fd00::1'], client: '1.1.1.1' },
  {
    name: 'two in a row',
    peer: '127.0.0.1',
    forwarded: '6.6.6.6, 1.1.1.1, 10.9.9.9',
    trusted: ['10.0.0.0/8'],
    client: '1.1.1.1',
  },
  {
    name: 'only trusted ones',
    peer: '127.0.0.1',
    forwarded: '10.1.1.1, 10.9.9.9',
    trusted: ['10.0.0.0/8'],
    client: '10.1.1.1',
  },
  { name: 'nobody is trusted', peer: '127.0.0.1', forwarded: '1.1.1.1', trusted: [], client: '127.0.0.1' },
  { name: 'with ports', peer: '127.0.0.1', forwarded: '192.0.2.7:4711', client: '192.0.2.7' },
  { name: 'with brackets and a port', peer: '127.0.0.1', forwarded: '[2001:db8::7]:4711', client: '2001:db8::7' },
  { name: 'no address', peer: '127.0.0.1', forwarded: 'unknown', client: '127.0.0.1' },
  { name: 'empty', peer: '127.0.0.1', forwarded: '', client: '127.0.0.1' },
  { name: 'no peer', peer: '', forwarded: '1.1.1.1', client: '' },
])('$name', ({ peer, forwarded, trusted = null, client }) => {
  const headers = new Headers(forwarded === null ? {} : { 'X-Forwarded-For': forwarded })
  expect(createClientFinder(() => trusted)(headers, peer)).toBe(client)
})

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8::7', '2001:db8:0:0::/64'],
  ['2001:0DB8:0::1:2:3:4', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::', 'fe80:0:0:0::/64'],
  ['nothing', 'nothing'],
])('the network of %s is %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})

test.each([
  ['192.0.2.7', '192.0.2.0/24'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1::/48'],
  ['2001:db8::7', '2001:db8:0::/48'],
  ['::1', '0:0:0::/48'],
  ['nothing', 'nothing'],
])('the neighbourhood of %s is %s', (address, neighbourhood) => {
  expect(neighbourhoodOf(address)).toBe(neighbourhood)
})
