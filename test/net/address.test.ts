import { isIP } from 'node:net'
import { expect } from 'chai'
import fc from 'fast-check'
import ipaddr from 'ipaddr.js'
import { InvalidAddress, network64, parseAddress, requireAddress } from '../../src/net/address'

describe('addresses', () => {
  const canonical: [text: string, expected: string][] = [
    ['192.0.2.1', '192.0.2.1'],
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:0201', '192.0.2.1'],
    ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1'],
    ['::', '::'],
    ['::1', '::1'],
    ['2001:DB8::1', '2001:db8::1'],
    ['2001:db8:0:0:0:0:2:1', '2001:db8::2:1'],
    ['2001:db8:0000:1:1:1:1:01', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['::192.0.2.1', '::c000:201'],
    ['::ffff:0:192.0.2.1', '::ffff:0:c000:201'],
  ]
  for (const [text, expected] of canonical) {
    it(`writes ${text} as ${expected}`, () => expect(parseAddress(text)).to.equal(expected))
  }

  const refused: [text: string, reason: string][] = [
    ['', 'empty'],
    [' ', 'empty'],
    ['1', 'four numbers'],
    ['127.1', 'four numbers'],
    ['1.2.3.4.5', 'four numbers'],
    ['1.2.3.', 'four numbers'],
    ['2130706433', 'four numbers'],
    ['0x7f.1', 'hexadecimal'],
    ['0x7f000001', 'hexadecimal'],
    ['010.0.0.1', 'leading zeros'],
    ['192.0.2.01', 'leading zeros'],
    ['300.1.1.1', 'above 255'],
    ['192.0.2.1:80', 'write 192.0.2.1'],
    ['[::1]', 'write ::1'],
    ['[2001:db8::1]:443', 'port: write 2001:db8::1'],
    ['fe80::1%eth0', 'write fe80::1'],
    ['::ffff:127.0.0.1%1', 'zone'],
    [' 192.0.2.1', 'blanks'],
    ['192.0.2.1\n', 'blanks'],
    ['١٩٢.٠.٢.١', 'only look like'],
    ['192．0．2．1', 'only look like'],
    ['192.0.2.1\u0000', 'cannot be seen'],
    ['192.0.2.0/24', 'network'],
    ['localhost', 'host names'],
    ['example.com', 'host names'],
    ['-1.2.3.4', 'host names'],
    ['1::2::3', 'not an IPv6 address'],
    ['12345::', 'not an IPv6 address'],
    ['1:2:3:4:5:6:7:8:9', 'not an IPv6 address'],
    ['::192.0.2.256', 'not an IPv6 address'],
  ]
  for (const [text, reason] of refused) {
    it(`refuses ${JSON.stringify(text)} and says why`, () => {
      expect(parseAddress(text)).to.equal(undefined)
      expect(() => requireAddress(text)).to.throw(InvalidAddress, reason)
    })
  }

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
