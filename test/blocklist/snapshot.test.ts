import { expect } from 'chai'
import { type Block, Snapshot } from '../../src/blocklist/snapshot'
import { requireAddress } from '../../src/net/address'
import { requireNetwork } from '../../src/net/network'

const NOW = Date.UTC(2026, 0, 1)

describe('the snapshot of the blocklist', () => {
  it('answers with the most specific block and what is known about it', () => {
    const snapshot = Snapshot.of([block('198.51.100.0/24'), block('198.51.100.7', NOW + 1)], [])

    expect(plain(find(snapshot, '198.51.100.7'))).to.deep.equal(
      plain(block('198.51.100.7', NOW + 1)),
    )
    expect(plain(find(snapshot, '198.51.100.8'))).to.deep.equal(plain(block('198.51.100.0/24')))
    expect(find(snapshot, '198.51.101.7')).to.equal(undefined)
  })

  it('lets a block end at its expiry, to the millisecond', () => {
    const snapshot = Snapshot.of([block('198.51.100.7', NOW + 60_000)], [])

    expect(find(snapshot, '198.51.100.7', NOW + 59_999)).to.not.equal(undefined)
    expect(find(snapshot, '198.51.100.7', NOW + 60_000)).to.equal(undefined)
  })

  it('does not let a block that has ended hide a wider one', () => {
    const ended = block('198.51.100.7', NOW)
    const snapshot = Snapshot.of(
      [ended, block('198.51.100.0/24'), block('198.51.100.0/28', NOW)],
      [],
    )

    expect(find(snapshot, '198.51.100.7')?.ipAddress).to.equal('198.51.100.0/24')
  })

  it('lets allowed networks win over every block, wider or narrower', () => {
    const blocks = [block('198.51.100.0/24'), block('198.51.100.7'), block('2001:db8::/32')]
    const allowed = ['198.51.100.0/28', '2001:db8::1'].map(requireNetwork)
    const snapshot = Snapshot.of(blocks, allowed)

    expect(find(snapshot, '198.51.100.7')).to.equal(undefined)
    expect(find(snapshot, '198.51.100.16')).to.not.equal(undefined)
    expect(find(snapshot, '2001:db8::1')).to.equal(undefined)
    expect(find(snapshot, '2001:db8::2')).to.not.equal(undefined)
    expect(snapshot.isAllowed(requireAddress('198.51.100.1'))).to.equal(true)
    expect(snapshot.isAllowed(requireAddress('198.51.100.16'))).to.equal(false)
  })

  it('lists what is in force, sorted, without what is allowed as a whole', () => {
    const ended = block('192.0.2.9', NOW)
    const blocks = [block('2001:db8::/32'), block('198.51.100.0/24'), ended, block('192.0.2.1')]
    const snapshot = Snapshot.of(blocks, ['192.0.2.0/24', '198.51.100.7'].map(requireNetwork))

    const listed = Array.from(snapshot.blocks(NOW), ({ ipAddress }) => ipAddress)
    expect(listed).to.deep.equal(['198.51.100.0/24', '2001:db8::/32'])
    expect([...snapshot.allowedNetworks()]).to.deep.equal(['192.0.2.0/24', '198.51.100.7'])
  })
})

function find(snapshot: Snapshot, address: string, now = NOW): Block | undefined {
  return snapshot.find(requireAddress(address), now)
}

/** As logs and answers show it. */
function plain(block: Block | undefined): unknown {
  return block && JSON.parse(JSON.stringify(block))
}

function block(network: string, expires?: number): Block {
  return {
    ipAddress: requireNetwork(network),
    reason: `because of ${network}`,
    source: 'person',
    sourceName: null,
    expiresAt: expires === undefined ? null : new Date(expires),
  }
}
