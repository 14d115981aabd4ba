import { expect } from 'chai'
import { cover } from '../../../src/detection/campaigns/cover'
import { seededRandom } from '../../../src/detection/learned/random'
import type { Address } from '../../../src/net/address'
import { covers, type Network, networkOf, partsOf, requireNetwork } from '../../../src/net/network'

const ROUNDS = 300

describe('the cover of a campaign', () => {
  it('is the cheapest there is, as trying every set of networks shows', () => {
    const random = seededRandom(7)
    for (let round = 0; round < ROUNDS; round++) {
      const { members, others } = ground(random, '198.51.100', 64)
      const networks = cover(members, others)
      expect(priceOf(networks), JSON.stringify({ members, others })).to.be.closeTo(
        cheapest(networkOf(members[0]!, 24), members, others),
        1e-9,
      )
    }
  })

  it('holds every member once and nobody else who was seen, far and near', () => {
    const random = seededRandom(8)
    for (let round = 0; round < ROUNDS; round++) {
      const { members, others } = mixed(random)
      const networks = cover(members, others)
      for (const { network, members: count } of networks) {
        const inside = members.filter((member) => covers(network, requireNetwork(member)))
        expect(inside.length, network).to.equal(count).and.above(0)
        expect(others.filter((other) => covers(network, requireNetwork(other)))).to.deep.equal([])
        const { prefix, family } = partsOf(network)
        expect(prefix).to.be.at.least(family === 4 ? 19 : 32)
      }
      const covered = networks.reduce((sum, { members }) => sum + members, 0)
      expect(covered).to.equal(members.length)
    }
  })

  it('takes a network instead of many addresses in it, and leaves single ones alone', () => {
    const crowded = Array.from({ length: 9 }, (_, i) => address(`203.0.113.${i * 28}`))
    expect(cover([...crowded, address('192.0.2.7')], [])).to.deep.equal([
      { network: '192.0.2.7', members: 1 },
      { network: '203.0.113.0/24', members: 9 },
    ])
    const between = cover(crowded, [address('203.0.113.100')])
    expect(between.map(({ network }) => network)).to.include('203.0.113.128/25')
    expect(
      between.some(({ network }) => covers(network, requireNetwork('203.0.113.100'))),
    ).to.equal(false)
  })

  it('takes the /64 of an IPv6 client, and its addresses only when somebody else is in there', () => {
    const two = [address('2001:db8::1'), address('2001:db8::2:0:0:1')]
    expect(cover(two, [])).to.deep.equal([{ network: '2001:db8::/64', members: 2 }])
    expect(cover(two, [address('2001:db8::3')])).to.deep.equal([
      { network: '2001:db8::1', members: 1 },
      { network: '2001:db8::2:0:0:1', members: 1 },
    ])
  })

  it('keeps addresses as they were stored: a truncated one is its network', () => {
    const members = ['192.0.2.0/24', '198.51.100.0/24', '2001:db8::/48'] as unknown as Address[]
    expect(cover(members, []).map(({ network }) => network)).to.deep.equal(members)
  })
})

function address(text: string): Address {
  return text as Address
}

function ground(random: () => number, network: string, size: number) {
  const members = new Set<Address>()
  const others = new Set<Address>()
  const density = random()
  while (members.size === 0) {
    others.clear()
    for (let i = 0; i < size; i++) {
      if (random() < density * 0.8) members.add(address(`${network}.${i}`))
      else if (random() < 0.05) others.add(address(`${network}.${i}`))
    }
  }
  return { members: [...members], others: [...others] }
}

function mixed(random: () => number) {
  const parts = Array.from({ length: 4 }, (_, i) => ground(random, `198.51.${100 + i}`, 40))
  const six = (n: number) => address(`2001:db8:${n % 3}::${(n % 7).toString(16)}:0:0:${n + 1}`)
  const members = [...parts.flatMap(({ members }) => members)]
  const others = [...parts.flatMap(({ others }) => others)]
  for (let n = 0; n < 60; n++) {
    if (random() < 0.4) members.push(six(n))
    else if (random() < 0.1) others.push(six(n))
  }
  return { members, others }
}

/** The price as the docs of `cover` say it, for IPv4. */
function priceOf(networks: readonly { network: Network; members: number }[]): number {
  return networks.reduce((sum, { network, members }) => {
    const unseen = 2 ** (32 - partsOf(network).prefix) - members
    return sum + 1 + (4 * unseen) / 256
  }, 0)
}

/** The least price of all, found without any shortcut. */
function cheapest(network: Network, members: Address[], others: Address[]): number {
  const within = (addresses: Address[]) =>
    addresses.filter((one) => covers(network, one as unknown as Network))
  const [inside, outside] = [within(members), within(others)]
  if (inside.length === 0) return 0
  const whole =
    outside.length > 0 ? Number.POSITIVE_INFINITY : priceOf([{ network, members: inside.length }])
  const { address: first, prefix } = partsOf(network)
  if (prefix === 32) return whole
  const halves = [networkOf(first, prefix + 1), secondHalf(network)]
  return Math.min(
    whole,
    halves.reduce((sum, half) => sum + cheapest(half, inside, outside), 0),
  )
}

function secondHalf(network: Network): Network {
  const { address: first, prefix } = partsOf(network)
  const number = first.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  const half = number + 2 ** (31 - prefix)
  const text = [24, 16, 8, 0].map((shift) => Math.floor(half / 2 ** shift) % 256).join('.')
  return networkOf(address(text), prefix + 1)
}
