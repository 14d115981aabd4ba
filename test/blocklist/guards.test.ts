import { expect } from 'chai'
import { refusalOf } from '../../src/blocklist/guards'
import { requireAddress } from '../../src/net/address'
import { requireNetwork } from '../../src/net/network'

describe('the guards of the blocklist', () => {
  const trustedProxies = ['203.0.113.10', '2001:db8:aaaa::/48'].map(requireNetwork)
  const from = requireAddress('198.51.100.7')
  const refusal = (network: string) => refusalOf(requireNetwork(network), { trustedProxies, from })

  const refused: [network: string, why: string][] = [
    ['0.0.0.0/0', 'whole IPv4 Internet'],
    ['::/0', 'whole IPv6 Internet'],
    ['127.0.0.1', 'loopback'],
    ['127.0.0.0/8', 'loopback'],
    ['::1', 'loopback'],
    ['64.0.0.0/7', 'wider than /8'],
    ['2000::/18', 'wider than /19'],
    ['203.0.113.10', 'trusted proxy 203.0.113.10'],
    ['203.0.113.0/24', 'trusted proxy 203.0.113.10'],
    ['2001:db8:aaaa::1', 'trusted proxy 2001:db8:aaaa::/48'],
    ['100::1234:5678:9abc:def0', 'is a pseudonym'],
    ['100::/64', 'is a pseudonym'],
    ['198.51.100.7', 'the address you are coming from'],
    ['198.51.0.0/16', 'the address you are coming from'],
  ]
  for (const [network, why] of refused) {
    it(`object to ${network}`, () => expect(refusal(network)).to.include(why))
  }

  for (const network of [
    '198.51.100.8',
    '64.0.0.0/8',
    '2000::/19',
    '2001:db8::/48',
    '192.0.2.0/24',
  ]) {
    it(`let ${network} pass`, () => expect(refusal(network)).to.equal(undefined))
  }

  it('object to the addresses of this machine in private networks', () => {
    const own = [requireNetwork('10.1.2.3')]
    expect(refusalOf(requireNetwork('10.0.0.0/8'), { trustedProxies, own })).to.include('10.1.2.3')
    expect(refusalOf(requireNetwork('10.1.2.4'), { trustedProxies, own })).to.equal(undefined)
  })
})
