import { expect } from 'chai'
import fc from 'fast-check'
import ipaddr from 'ipaddr.js'
import { requireAddress } from '../../src/net/address'
import {
  covers,
  InvalidNetwork,
  networkOf,
  overlap,
  parseNetwork,
  partsOf,
  requireNetwork,
} from '../../src/net/network'

describe('networks', () => {
  const canonical: [text: string, expected: string][] = [
    ['192.0.2.0/24', '192.0.2.0/24'],
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.1/32', '192.0.2.1'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['128.0.0.0/1', '128.0.0.0/1'],
    ['::/0', '::/0'],
    ['2001:DB8:0::/32', '2001:db8::/32'],
    ['2001:db8::1/128', '2001:db8::1'],
    ['::ffff:192.0.2.0/120', '192.0.2.0/24'],
    ['::ffff:192.0.2.1/128', '192.0.2.1'],
    ['::ffff:0:0/96', '0.0.0.0/0'],
  ]
  for (const [text, expected] of canonical) {
    it(`writes ${text} as ${expected}`, () => expect(parseNetwork(text)).to.equal(expected))
  }

  const refused: [text: string, reason: string][] = [
    ['192.0.2.7/24', 'write 192.0.2.0/24 for the network, or 192.0.2.7 for the one address'],
    ['2001:db8::1/32', '2001:db8::/32'],
    ['192.0.2.0/33', 'at most /32'],
    ['2001:db8::/129', 'at most /128'],
    ['192.0.2.0/', 'number from 0 to 32'],
    ['192.0.2.0/-1', 'number from 0 to 32'],
    ['192.0.2.0/ 24', 'number from 0 to 32'],
    ['192.0.2.0/24/24', 'number from 0 to 32'],
    ['192.0.2.0/024', 'leading zeros'],
    ['192.0.2.0/255.255.255.0', 'netmask'],
    ['192.0.2/24', 'four numbers'],
    ['10/8', 'four numbers'],
    ['1', 'four numbers'],
    ['fe80::%eth0/64', 'zone'],
    ['/24', 'empty'],
    ['::ffff:192.0.2.0/80', 'IPv4-mapped'],
    ['192.0.2.1-192.0.2.9', 'range'],
  ]
  for (const [text, reason] of refused) {
    it(`refuses ${text} and says why`, () => {
      expect(parseNetwork(text)).to.equal(undefined)
      expect(() => requireNetwork(text)).to.throw(InvalidNetwork, reason)
    })
  }

  it('agrees with ipaddr.js on where a network begins', () => {
    fc.assert(
      fc.property(anyCidr(), ({ text, prefix }) => {
        const kind = text.includes(':') ? ipaddr.IPv6 : ipaddr.IPv4
        const first = kind.networkAddressFromCIDR(`${text}/${prefix}`).toString()
        const network = networkOf(requireAddress(text), prefix)
        expect(partsOf(network)).to.include({ address: requireAddress(first), prefix })
        expect(parseNetwork(network)).to.equal(network)
      }),
    )
  })

  it('agrees with ipaddr.js on which network covers which', () => {
    fc.assert(
      fc.property(anyCidr(), fc.nat(32), ({ text, prefix }, more) => {
        const wide = networkOf(requireAddress(text), prefix)
        const narrow = networkOf(requireAddress(text), Math.min(prefix + more, bitsOf(text)))
        expect(covers(wide, narrow)).to.equal(true)
        expect(covers(narrow, wide)).to.equal(narrow === wide)
        expect(overlap(narrow, wide)).to.equal(true)
      }),
    )
    const neighbours = [requireNetwork('192.0.2.0/25'), requireNetwork('192.0.2.128/25')] as const
    expect(overlap(...neighbours)).to.equal(false)
    expect(covers(requireNetwork('0.0.0.0/0'), requireNetwork('::1'))).to.equal(false)
  })
})

function anyCidr(): fc.Arbitrary<{ text: string; prefix: number }> {
  // In canonical form, because ipaddr.js takes `::192.0.2.1` for an IPv4-mapped address.
  const text = fc.oneof(fc.ipV4(), fc.ipV6()).map(requireAddress)
  return fc
    .record({ text, share: fc.nat(128) })
    .map(({ text, share }) => ({ text, prefix: share % (bitsOf(text) + 1) }))
}

function bitsOf(text: string): number {
  return text.includes(':') ? 128 : 32
}
