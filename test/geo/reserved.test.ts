import { expect } from 'chai'
import { type Reserved, reservedUse } from '../../src/geo/reserved'
import { requireAddress } from '../../src/net/address'

describe('addresses that are nowhere', () => {
  it('are told by what their range is for (RFC 6890 and the registries it made)', () => {
    const uses: Record<string, Reserved> = {
      '0.0.0.0': 'unspecified',
      '0.1.2.3': 'this-network',
      '10.255.255.255': 'private',
      '172.31.255.255': 'private',
      '192.168.0.1': 'private',
      '100.64.0.1': 'carrier-grade-nat',
      '127.9.9.9': 'loopback',
      '169.254.169.254': 'link-local',
      '192.0.0.8': 'protocol-assignments',
      '192.0.2.1': 'documentation',
      '198.51.100.1': 'documentation',
      '203.0.113.1': 'documentation',
      '198.19.255.255': 'benchmarking',
      '239.1.1.1': 'multicast',
      '250.1.1.1': 'reserved',
      '255.255.255.255': 'broadcast',
      '::': 'unspecified',
      '::1': 'loopback',
      '::ffff:10.0.0.1': 'private',
      '64:ff9b:1::1': 'translation',
      '100::1': 'discard-only',
      '2001::1': 'protocol-assignments',
      '2001:2::1': 'benchmarking',
      '2001:db8::1': 'documentation',
      '3fff::1': 'documentation',
      '5f00::1': 'segment-routing',
      'fd12:3456::1': 'private',
      'fe80::1': 'link-local',
      'fec0::1': 'private',
      'ff02::1': 'multicast',
    }
    for (const [address, use] of Object.entries(uses)) {
      expect(reservedUse(requireAddress(address)), address).to.equal(use)
    }
  })

  it('are not their neighbours', () => {
    const visitors = [
      ...['9.255.255.255', '11.0.0.0', '172.15.255.255', '172.32.0.0', '192.169.0.0'],
      ...['100.63.255.255', '100.128.0.0', '126.255.255.255', '128.0.0.0', '223.255.255.255'],
      ...['198.17.255.255', '198.20.0.0', '192.0.3.0', '2001:200::1', '2002:c000:204::1', '::2'],
      ...['2001:db7:ffff::1', '2001:db9::1', 'fbff::1', '64:ff9b::808:808', '2606:4700::1111'],
    ]
    for (const address of visitors) {
      expect(reservedUse(requireAddress(address)), address).to.equal(undefined)
    }
  })
})
