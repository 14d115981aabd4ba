import os from 'node:os'
import { expect } from 'chai'
import { guardsOf, ownPrivateNetworks } from '../../src/blocklist/guards'
import { requireAddress } from '../../src/net/address'
import { overlap, requireNetwork } from '../../src/net/network'

describe('the guards of the blocklist', () => {
  const trustedProxies = ['203.0.113.10', '2001:db8:aaaa::/48'].map(requireNetwork)
  const from = requireAddress('198.51.100.7')
  const own = ['10.1.2.0/24', 'fd00:1::/64', 'fe80::/64'].map(requireNetwork)
  const objectionTo = guardsOf({ trustedProxies, from, own })

  const refused: [network: string, guard: string, why: string][] = [
    ['0.0.0.0/0', 'internet', 'whole IPv4 Internet'],
    ['::/0', 'internet', 'whole IPv6 Internet'],
    ['127.0.0.1', 'loopback', 'loopback'],
    ['127.0.0.0/8', 'loopback', 'loopback'],
    ['126.0.0.0/7', 'loopback', 'loopback'],
    ['::1', 'loopback', 'loopback'],
    ['::/64', 'loopback', 'loopback'],
    ['64.0.0.0/7', 'width', 'wider than /8'],
    ['2000::/18', 'width', 'wider than /19'],
    ['203.0.113.10', 'proxy', 'trusted proxy 203.0.113.10'],
    ['203.0.113.0/24', 'proxy', 'trusted proxy 203.0.113.10'],
    ['2001:db8:aaaa::1', 'proxy', 'trusted proxy 2001:db8:aaaa::/48'],
    ['2001:db8::/32', 'proxy', 'trusted proxy 2001:db8:aaaa::/48'],
    ['100::1234:5678:9abc:def0', 'pseudonym', 'is a pseudonym'],
    ['100::/64', 'pseudonym', 'is a pseudonym'],
    ['198.51.100.7', 'own-address', 'the address you are coming from'],
    ['198.51.0.0/16', 'own-address', 'the address you are coming from'],
    ['10.1.2.0/24', 'own-network', '10.1.2.0/24, a private network that this machine is in'],
    ['10.1.2.1', 'own-network', '10.1.2.0/24'],
    ['10.0.0.0/8', 'own-network', '10.1.2.0/24'],
    ['fd00:1::7', 'own-network', 'fd00:1::/64'],
    ['fe80::1', 'own-network', 'fe80::/64'],
    ['fe80::/19', 'own-network', 'fe80::/64'],
  ]
  for (const [network, guard, why] of refused) {
    it(`object to ${network}`, () => {
      const objection = objectionTo(requireNetwork(network))
      expect(objection).to.include({ guard })
      expect(objection?.why).to.include(why)
    })
  }

  for (const network of [
    '198.51.100.8',
    '64.0.0.0/8',
    '2000::/19',
    '2001:db8:bbbb::/48',
    '192.0.2.0/24',
    '10.1.3.0/24',
    '10.1.3.1',
    '192.168.0.0/16',
    'fd00:2::/64',
  ]) {
    it(`let ${network} pass`, () =>
      expect(objectionTo(requireNetwork(network))).to.equal(undefined))
  }

  it('know the private networks of this machine, and none that is public', () => {
    const networks = ownPrivateNetworks()
    const addresses = Object.values(os.networkInterfaces()).flatMap((all) => all ?? [])
    for (const { address } of addresses.filter(({ address }) => /^(10\.|fe80:)/.test(address))) {
      const own = requireNetwork(address)
      expect(networks.some((network) => overlap(network, own))).to.equal(true)
    }
    for (const documentation of ['192.0.2.0/24', '127.0.0.0/8', '::1']) {
      const network = requireNetwork(documentation)
      expect(networks.some((own) => overlap(own, network))).to.equal(false)
    }
  })

  it('say the loopback, also to somebody who comes from there', () => {
    const local = guardsOf({ trustedProxies: [], own: [], from: requireAddress('127.0.0.1') })
    expect(local(requireNetwork('127.0.0.1'))).to.include({ guard: 'loopback' })
  })
})
