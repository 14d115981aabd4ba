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
import { A_SENTENCE, ADDRESSES, NETWORKS, REFUSED, REFUSED_NETWORKS } from './address-cases'

describe('networks', () => {
  it('have one spelling, and a single address is one too', () => {
    for (const [text, canonical] of [...ADDRESSES, ...NETWORKS]) {
      expect(parseNetwork(text), text).to.equal(canonical)
      expect(parseNetwork(canonical), canonical).to.equal(canonical)
    }
  })

  it('are not what other texts say, and a sentence tells why', () => {
    for (const [text, sentence] of [...REFUSED, ...REFUSED_NETWORKS]) {
      expect(parseNetwork(text), JSON.stringify(text)).to.equal(undefined)
      expect(() => requireNetwork(text)).to.throw(InvalidNetwork, sentence)
      expect(() => requireNetwork(text)).to.throw(InvalidNetwork, A_SENTENCE)
    }
  })

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
