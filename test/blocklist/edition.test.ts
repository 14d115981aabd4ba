import { expect } from 'chai'
import fc from 'fast-check'
import { Edition } from '../../src/blocklist/edition'
import { inForce } from '../../src/blocklist/in-force'
import { type Block, type Change, Snapshot } from '../../src/blocklist/snapshot'
import { requireAddress } from '../../src/net/address'
import { type Network, networkOf } from '../../src/net/network'

const NOW = Date.UTC(2026, 0, 1)
const MINUTE = 60_000

/** Few addresses, so that networks lie in one another all the time. */
const network = fc
  .tuple(fc.nat(15), fc.constantFrom(24, 28, 29, 30, 31, 32), fc.boolean())
  .map(([host, prefix, ipv6]): Network => {
    if (ipv6) return networkOf(requireAddress(`2001:db8::${host.toString(16)}`), 96 + prefix)
    return networkOf(requireAddress(`192.0.2.${host}`), prefix)
  })
const end = fc.constantFrom(Number.POSITIVE_INFINITY, NOW - 1, NOW + MINUTE, NOW + 2 * MINUTE)
const change = fc.record({
  network,
  block: fc.option(
    fc.record({
      reason: fc.constantFrom('one', 'two'),
      source: fc.constant('person' as const),
      sourceName: fc.constant(null),
      end,
    }),
    { nil: undefined },
  ),
  allowed: fc.nat(9).map((number) => number < 2),
})

/** What is told, by network: the plain way, for a comparison. */
function told(snapshot: Snapshot, at: number): Map<Network, string> {
  const list = { blocks: () => snapshot.blocks(at), allowed: () => snapshot.allowedNetworks() }
  return new Map([...inForce(list)].map((block) => [block.ipAddress, shown(block)]))
}

function shown({ ipAddress, reason, expiresAt }: Block): string {
  return `${ipAddress} ${reason} ${expiresAt?.getTime()}`
}

function difference(one: Map<Network, string>, other: Map<Network, string>): string[] {
  return [...one].filter(([network, text]) => other.get(network) !== text).map(([, text]) => text)
}

describe('an edition of the blocklist', () => {
  it('tells what another does not: changed, ended, allowed, or loaded anew', () => {
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 30 }),
        fc.array(change, { maxLength: 6 }),
        fc.constantFrom(0, 1, MINUTE, 3 * MINUTE),
        fc.boolean(),
        (first, then, laterMs, anew) => {
          const before = Snapshot.empty().with(first as Change[])
          const changed = before.with(then as Change[])
          const after = anew ? reloaded(changed) : changed
          const [old, now] = [new Edition(before, NOW), new Edition(after, NOW + laterMs)]
          const [oldTold, nowTold] = [told(before, NOW), told(after, NOW + laterMs)]

          expect([...now.unlike(old)].map(shown)).to.have.members(difference(nowTold, oldTold))
          expect([...old.unlike(now)].map(shown)).to.have.members(difference(oldTold, nowTold))
        },
      ),
      { numRuns: 1_000 },
    )
  })

  it('stays as it is while the list changes', () => {
    const address = '198.51.100.7' as Network
    const block = { reason: 'one', source: 'person', sourceName: null, end: NOW + 1 } as const
    const before = Snapshot.empty().with([{ network: address, block, allowed: false }])
    const edition = new Edition(before, NOW)
    before.with([{ network: address, block: undefined, allowed: true }])
    const nothing = new Edition(Snapshot.empty(), 0)
    expect([...edition.unlike(nothing)].map(shown)).to.deep.equal([`${address} one ${NOW + 1}`])
  })
})

/** The same list in other leaves, as after an import. */
function reloaded(snapshot: Snapshot): Snapshot {
  return Snapshot.from(structuredClone(snapshot.buffers))
}
