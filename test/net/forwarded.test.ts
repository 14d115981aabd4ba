import { expect } from 'chai'
import fc from 'fast-check'
import proxyAddr from 'proxy-addr'
import { requireAddress } from '../../src/net/address'
import { walkForwarded } from '../../src/net/forwarded'
import { requireNetwork } from '../../src/net/network'
import { NetworkSet } from '../../src/net/network-set'
import { processorMs } from '../support/processor-time'

const PEER = requireAddress('10.0.0.1')
const PROXIES = ['10.0.0.0/8', '2001:db8:aaaa::/48']

describe('walking a forwarding header', () => {
  const lists: [value: string, address: string, end: string][] = [
    ['198.51.100.7', '198.51.100.7', 'untrusted'],
    ['192.0.2.66, 198.51.100.7', '198.51.100.7', 'untrusted'],
    ['198.51.100.7,10.0.0.2', '198.51.100.7', 'untrusted'],
    ['192.0.2.66, 198.51.100.7, 10.0.0.3, 10.0.0.2', '198.51.100.7', 'untrusted'],
    ['10.0.0.3, 10.0.0.2', '10.0.0.3', 'all trusted'],
    ['198.51.100.7:4711', '198.51.100.7', 'untrusted'],
    ['[2001:db8::7]:4711', '2001:db8::7', 'untrusted'],
    ['[2001:db8::7]', '2001:db8::7', 'untrusted'],
    ['2001:DB8::7', '2001:db8::7', 'untrusted'],
    ['::ffff:198.51.100.7', '198.51.100.7', 'untrusted'],
    ['198.51.100.7, ::ffff:10.0.0.2', '198.51.100.7', 'untrusted'],
    ['198.51.100.7, unknown', '10.0.0.1', 'not an address'],
    ['198.51.100.7, unknown, 10.0.0.2', '10.0.0.2', 'not an address'],
    ['198.51.100.7,', '10.0.0.1', 'not an address'],
    ['198.51.100.7, , 10.0.0.2', '10.0.0.2', 'not an address'],
    ['', '10.0.0.1', 'not an address'],
    ['127.1', '10.0.0.1', 'not an address'],
    ['010.0.0.2', '10.0.0.1', 'not an address'],
    ['fe80::1%eth0', '10.0.0.1', 'not an address'],
    ['[198.51.100.7]', '10.0.0.1', 'not an address'],
    ['"198.51.100.7"', '10.0.0.1', 'not an address'],
    ["'; drop table--", '10.0.0.1', 'not an address'],
    ['198.51.100.7 10.0.0.2', '10.0.0.1', 'not an address'],
  ]
  for (const [value, address, end] of lists) {
    it(`x-forwarded-for: ${value}`, () => {
      expect(walk('x-forwarded-for', value)).to.deep.equal({ address, end })
    })
  }

  const forwarded: [value: string, address: string, end: string][] = [
    ['for=198.51.100.7', '198.51.100.7', 'untrusted'],
    ['For="198.51.100.7"', '198.51.100.7', 'untrusted'],
    ['for="198.51.100.7:4711";proto=https;by=10.0.0.1', '198.51.100.7', 'untrusted'],
    ['proto=https; for="[2001:db8::7]:4711"', '2001:db8::7', 'untrusted'],
    ['for="[2001:db8::7]:_port"', '2001:db8::7', 'untrusted'],
    ['for=198.51.100.7, for=10.0.0.2', '198.51.100.7', 'untrusted'],
    ['for=198.51.100.7;;host="a,b;c\\"d", for=10.0.0.2;', '198.51.100.7', 'untrusted'],
    ['for="198.51.\\100.7"', '198.51.100.7', 'untrusted'],
    ['for=192.0.2.66, for="[2001:db8::7]",for="[2001:db8:aaaa::1]"', '2001:db8::7', 'untrusted'],
    ['for=unknown', '10.0.0.1', 'not an address'],
    ['for=198.51.100.7, for=_hidden', '10.0.0.1', 'not an address'],
    ['for=198.51.100.7, for=unknown, for=10.0.0.2', '10.0.0.2', 'not an address'],
    ['proto=https', '10.0.0.1', 'not an address'],
    ['198.51.100.7', '10.0.0.1', 'not an address'],
    ['for=', '10.0.0.1', 'not an address'],
    ['for=198.51.100.7;for=192.0.2.66', '10.0.0.1', 'not an address'],
    ['for = 198.51.100.7', '10.0.0.1', 'not an address'],
    ['for="198.51.100.7', '10.0.0.1', 'not an address'],
    ['xfor=198.51.100.7', '10.0.0.1', 'not an address'],
    // What a client wrote in front of the proxy's element, to swallow it:
    ['for="192.0.2.66, for=198.51.100.7', '198.51.100.7', 'untrusted'],
    ['for="192.0.2.66, for="[2001:db8::7]"', '2001:db8::7', 'untrusted'],
    ['for=192.0.2.66;by=\\, for=198.51.100.7', '198.51.100.7', 'untrusted'],
  ]
  for (const [value, address, end] of forwarded) {
    it(`forwarded: ${value}`, () => {
      expect(walk('forwarded', value)).to.deep.equal({ address, end })
    })
  }

  it('reads one address from every other header', () => {
    expect(walk('x-real-ip', ' 198.51.100.7 ').address).to.equal('198.51.100.7')
    expect(walk('x-real-ip', '192.0.2.66, 198.51.100.7').end).to.equal('not an address')
    expect(walk('cf-connecting-ip', '2001:DB8::7').address).to.equal('2001:db8::7')
  })

  it('agrees with proxy-addr wherever every element is an address', () => {
    const trust = proxyAddr.compile(PROXIES)
    const trusted = fc.constantFrom('10.0.0.2', '10.255.0.1', '2001:db8:aaaa::1')
    const hops = fc.array(fc.oneof(trusted, trusted, fc.ipV4()), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(hops, (hops) => {
        const value = hops.join(', ')
        const request = {
          socket: { remoteAddress: PEER },
          connection: { remoteAddress: PEER },
          headers: { 'x-forwarded-for': value },
        }
        expect(walk('x-forwarded-for', value).address).to.equal(proxyAddr(request as never, trust))
      }),
    )
  })

  it('reads a header full of blanks as quickly as any other', async () => {
    const spentMs = await processorMs(() => {
      for (let i = 0; i < 20; i++) walk('forwarded', `for=x;${' '.repeat(16_000)}x`)
    })
    expect(spentMs).to.be.below(500)
  })

  it('is never led past the last verified hop, whatever stands on the left', () => {
    const anything = fc.string({ unit: fc.constantFrom(...'for=",;\\[]: 1.0_'), maxLength: 40 })
    fc.assert(
      fc.property(anything, (left) => {
        const found = walk('forwarded', `${left}, for=198.51.100.7;proto=https, for="10.0.0.2:80"`)
        expect(found.address).to.equal('198.51.100.7')
      }),
      { numRuns: 2_000 },
    )
  })
})

function walk(header: string, value: string) {
  const proxies = NetworkSet.from(
    PROXIES.map((text) => ({ network: requireNetwork(text), value: true })),
  )
  return walkForwarded(PEER, header, value, (address) => proxies.find(address) === true)
}
