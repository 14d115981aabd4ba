import { isIP } from 'node:net'
import { expect } from 'chai'
import fc from 'fast-check'
import ipaddr from 'ipaddr.js'
import { InvalidAddress, network64, parseAddress, requireAddress } from '../../src/net/address'
import { A_SENTENCE, ADDRESSES, NETWORKS, REFUSED, REFUSED_NETWORKS } from './address-cases'

const NOT_ADDRESSES = [...REFUSED, ...REFUSED_NETWORKS, ...NETWORKS]

describe('addresses', () => {
  it(`have one spelling, out of ${ADDRESSES.length}`, () => {
    for (const [text, canonical] of ADDRESSES) {
      expect(parseAddress(text), text).to.equal(canonical)
      expect(parseAddress(canonical), canonical).to.equal(canonical)
    }
  })

  it(`are not what ${NOT_ADDRESSES.length} other texts say, and a sentence tells why`, () => {
    for (const [text, sentence] of REFUSED.filter(([text]) => !text.includes('/'))) {
      expect(() => requireAddress(text)).to.throw(InvalidAddress, sentence)
    }
    for (const [text] of NOT_ADDRESSES) {
      expect(parseAddress(text), JSON.stringify(text)).to.equal(undefined)
      expect(() => requireAddress(text)).to.throw(InvalidAddress, A_SENTENCE)
    }
  })

  it('quotes a refused text briefly and without control characters', () => {
    expect(() => requireAddress(`\u001b[31m${'x'.repeat(10_000)}`))
      .to.throw(InvalidAddress)
      .with.property('message')
      .that.matches(/^[\x20-\x7e…]{1,250}$/)
  })

  it('agrees with ipaddr.js on every IPv4 and IPv6 address', () => {
    // ipaddr.js takes the deprecated `::192.0.2.1` for an IPv4-mapped address; RFC 4291 does not.
    const isCompatible = (text: string) => /^::[\d.]+$/.test(text) && text.includes('.')
    const anyAddress = fc.oneof(fc.ipV4(), fc.ipV6(), groups()).filter((t) => !isCompatible(t))
    fc.assert(
      fc.property(anyAddress, (text) => {
        expect(parseAddress(text)).to.equal(ipaddr.process(text).toString())
      }),
      { numRuns: 2_000 },
    )
  })

  it('accepts exactly what net.isIP accepts, zones aside', () => {
    const nearly = fc.string({ unit: fc.constantFrom(...'0123456789abcdfF.:[%/ x'), maxLength: 24 })
    fc.assert(
      fc.property(nearly, (text) => {
        const valid = isIP(text) !== 0 && !text.includes('%')
        expect(parseAddress(text) !== undefined).to.equal(valid)
      }),
      { numRuns: 5_000 },
    )
  })

  it('is the same when read again', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV6(), groups()), (text) => {
        const once = requireAddress(text)
        expect(parseAddress(once)).to.equal(once)
      }),
    )
  })

  it('puts an IPv6 client into its /64 and leaves an IPv4 client alone', () => {
    expect(network64(requireAddress('2001:db8:1:2:3:4:5:6'))).to.equal('2001:db8:1:2::/64')
    expect(network64(requireAddress('::1'))).to.equal('::/64')
    expect(network64(requireAddress('::ffff:192.0.2.1'))).to.equal('192.0.2.1')
  })
})

/** Eight groups, many of them zero: where the rules of compression differ. */
function groups(): fc.Arbitrary<string> {
  const group = fc.oneof(fc.constant(0), fc.constant(0), fc.nat(0xffff))
  return fc
    .array(group, { minLength: 8, maxLength: 8 })
    .map((parts) => parts.map((part) => part.toString(16)).join(':'))
}
