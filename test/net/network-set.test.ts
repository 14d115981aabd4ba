import { BlockList } from 'node:net'
import { expect } from 'chai'
import fc from 'fast-check'
import { type Address, requireAddress } from '../../src/net/address'
import { covers, type Network, networkOf, partsOf, requireNetwork } from '../../src/net/network'
import { type Found, IndexCollector, NetworkIndex } from '../../src/net/network-index'
import { NetworkSet } from '../../src/net/network-set'

describe('NetworkSet', () => {
  it('answers with the most specific network', () => {
    const set = setOf('0.0.0.0/0', '192.0.2.0/24', '192.0.2.128/25', '192.0.2.129', '2001:db8::/32')
    const found = (address: string) => set.find(requireAddress(address))

    expect(found('192.0.2.129')).to.equal('192.0.2.129')
    expect(found('192.0.2.130')).to.equal('192.0.2.128/25')
    expect(found('192.0.2.1')).to.equal('192.0.2.0/24')
    expect(found('192.0.3.1')).to.equal('0.0.0.0/0')
    expect(found('2001:db8:ffff::1')).to.equal('2001:db8::/32')
    expect(found('2001:db9::')).to.equal(undefined)
  })

  it('holds the first and the last address of a network, and not their neighbours', () => {
    const set = setOf('198.51.100.0/24', '203.0.113.255', '2001:db8:0:1::/64', '::/127')
    const inside = ['198.51.100.0', '198.51.100.255', '203.0.113.255', '::', '::1']
    inside.push('2001:db8:0:1::', '2001:db8:0:1:ffff:ffff:ffff:ffff')
    const outside = ['198.51.99.255', '198.51.101.0', '203.0.113.254', '203.0.114.0', '::2']
    outside.push('2001:db8:0:0:ffff:ffff:ffff:ffff', '2001:db8:0:2::', '0.0.0.0', '255.255.255.255')

    for (const text of inside) expect(set.find(requireAddress(text)), text).to.be.a('string')
    for (const text of outside) expect(set.find(requireAddress(text)), text).to.equal(undefined)
  })

  it('finds nothing when it is empty, and the later value of a network given twice', () => {
    const network = requireNetwork('192.0.2.0/24')
    const twice = [
      { network, value: 1 },
      { network, value: 2 },
    ]
    expect(NetworkSet.from([]).find(requireAddress('192.0.2.1'))).to.equal(undefined)
    expect(NetworkSet.from(twice).find(requireAddress('192.0.2.1'))).to.equal(2)
  })

  it('agrees with net.BlockList and with trying every network', () => {
    fc.assert(
      fc.property(fc.array(network(), { maxLength: 40 }), fc.array(address()), (networks, more) => {
        const set = setOf(...networks)
        const oracles = { ipv4: blockListOf(4, networks), ipv6: blockListOf(6, networks) }
        const addresses = [...more, ...networks.map((network) => partsOf(network).address)]
        for (const address of addresses) {
          const family = address.includes(':') ? 'ipv6' : 'ipv4'
          expect(set.find(address) !== undefined).to.equal(oracles[family].check(address, family))
          expect(set.find(address)).to.equal(mostSpecific(networks, address))
        }
      }),
    )
  })
})

describe('NetworkIndex', () => {
  it('passes over what has ended, to the millisecond, and finds the wider network', () => {
    fc.assert(
      fc.property(fc.array(listed(), { maxLength: 60 }), fc.array(address()), (entries, more) => {
        const list = new Map(entries)
        const index = indexOf(list)
        const addresses = [...more, ...[...list.keys()].map((network) => partsOf(network).address)]
        for (const address of addresses) {
          for (const now of [0, 1, 2, 3]) expectFound(index, list, address, now)
        }
      }),
    )
  })

  it('is, after any changes, what it would be if it were made of the outcome', () => {
    const change = fc.tuple(listed(), fc.boolean())
    fc.assert(
      fc.property(fc.array(listed(), { maxLength: 60 }), fc.array(change), (entries, changes) => {
        const list = new Map(entries)
        let index = indexOf(list)
        for (const [[network, end], removed] of changes) {
          const before = [...index]
          const former = index
          index = index.with(network, removed ? undefined : { end, tag: end })
          if (removed) list.delete(network)
          else list.set(network, end)
          expect(textsOf(former)).to.deep.equal(textsOf(before))
        }
        expect(bytesOf(index)).to.deep.equal(bytesOf(indexOf(list)))
      }),
    )
  })

  it('grows and shrinks by single changes over many leaves', () => {
    const list = new Map<Network, number>()
    let index = NetworkIndex.EMPTY
    const random = fc.sample(fc.nat(0xffffff), { numRuns: 20_000, seed: 1 })
    for (const number of random) {
      const [a, b, c] = [number >>> 16, (number >>> 8) & 0xff, number & 0xff]
      const network = networkOf(requireAddress(`10.${a}.${b}.${c}`), [8, 16, 24, 30, 32][c % 5]!)
      index = index.with(network, { end: number, tag: number })
      list.set(network, number)
    }
    expect(index.ipv4.leaves.length).to.be.greaterThan(1)
    expect(textsOf(index)).to.deep.equal(textsOf(indexOf(list)))
    for (const network of [...list.keys()].slice(0, 300)) {
      const { address } = partsOf(network)
      expect(index.find(address, 0)?.network).to.equal(mostSpecific([...list.keys()], address))
    }
    for (const network of list.keys()) index = index.with(network, undefined)
    expect(index.size).to.equal(0)
    expect(index.ipv4.leaves).to.deep.equal([])
  })

  it('is made of its buffers again', () => {
    const list = new Map<Network, number>([
      [requireNetwork('192.0.2.0/24'), 5],
      [requireNetwork('2001:db8::/32'), Number.POSITIVE_INFINITY],
    ])
    const again = NetworkIndex.from(indexOf(list).buffers)
    expect(textsOf(again)).to.deep.equal(textsOf(indexOf(list)))
    expect(again.find(requireAddress('192.0.2.9'), 4)?.network).to.equal('192.0.2.0/24')
  })
})

function listed(): fc.Arbitrary<[Network, number]> {
  return fc.tuple(network(), fc.constantFrom(1, 2, 3, Number.POSITIVE_INFINITY))
}

function indexOf(list: Map<Network, number>): NetworkIndex {
  const collector = new IndexCollector()
  for (const [network, end] of list) collector.add(network, { end, tag: end })
  return collector.build()
}

function expectFound(
  index: NetworkIndex,
  list: Map<Network, number>,
  address: Address,
  now: number,
): void {
  const running = [...list].filter(([, end]) => now < end).map(([network]) => network)
  const found = index.find(address, now)
  expect(found?.network).to.equal(mostSpecific(running, address))
  expect(found?.end).to.equal(found && list.get(found.network))
}

function textsOf(index: Iterable<Found>): string[] {
  return Array.from(index, ({ network, end, tag }) => `${network} ${end} ${tag}`)
}

/** Everything in memory, the parents too. */
function bytesOf(index: NetworkIndex): Buffer[] {
  return Object.values(index.buffers)
    .flat()
    .map((buffer: ArrayBuffer) => Buffer.from(buffer))
}

/** Close to each other, so that many networks are nested. */
function address(): fc.Arbitrary<Address> {
  const part = fc.constantFrom(0, 1, 127, 128, 254, 255)
  const ipv4 = fc
    .tuple(fc.constantFrom('10.0', '192.0'), part, part)
    .map((parts) => parts.join('.'))
  const ipv6 = fc
    .tuple(fc.constantFrom('2001:db8:', '2001:db8:0:1:'), part, part)
    .map(([start, a, b]) => `${start}:${a.toString(16)}:${b.toString(16)}`)
  return fc.oneof(ipv4, ipv6).map(requireAddress)
}

function network(): fc.Arbitrary<Network> {
  return fc
    .tuple(address(), fc.nat(128))
    .map(([address, share]) => networkOf(address, share % (address.includes(':') ? 129 : 33)))
}

function setOf(...networks: string[]): NetworkSet<Network> {
  return NetworkSet.from(
    networks.map(requireNetwork).map((network) => ({ network, value: network })),
  )
}

/** One list per family: a BlockList finds IPv4 addresses in IPv6 networks, by their mapped form. */
function blockListOf(family: 4 | 6, networks: Network[]): BlockList {
  const list = new BlockList()
  const type = `ipv${family}` as const
  for (const { address, prefix, ...network } of networks.map(partsOf)) {
    if (network.family !== family) continue
    if (prefix > 0) list.addSubnet(address, prefix, type)
    else list.addRange(...EVERY_ADDRESS[family], type)
  }
  return list
}

function mostSpecific(networks: Network[], address: Address): Network | undefined {
  return narrowest(networks.filter((network) => covers(network, address as string as Network)))
}

function narrowest(networks: Network[]): Network | undefined {
  return networks.sort((a, b) => partsOf(b).prefix - partsOf(a).prefix)[0]
}

const EVERY_ADDRESS = {
  4: ['0.0.0.0', '255.255.255.255'],
  6: ['::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
} satisfies Record<number, [string, string]>
