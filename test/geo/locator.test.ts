import { expect } from 'chai'
import { Locator } from '../../src/geo/locator'
import type { GeoSource, Place } from '../../src/geo/source'
import { type Address, requireAddress } from '../../src/net/address'
import { type Cache, MemoryCache } from '../../src/platform/cache'
import { createLogger } from '../../src/platform/logger'

const log = createLogger('silent')
const HERE = requireAddress('8.8.8.8')
const THERE = requireAddress('2001:4860::8888')

/** A source that answers from a list, fails while `down`, and counts how often it was asked. */
class Listed implements GeoSource {
  readonly name = 'listed'
  asked = 0
  down = false

  constructor(readonly known: Record<string, Partial<Place>>) {}

  async find(address: Address): Promise<Partial<Place> | null> {
    this.asked++
    if (this.down) throw new Error('down')
    return this.known[address] ?? null
  }
}

async function place(locator: Locator, address: Address): Promise<Place> {
  return (await locator.findAll([address])).get(address)!
}

describe('the locator', () => {
  it('takes location and network each from the first source that knows them', async () => {
    const city = new Listed({ [HERE]: { country: 'DE', city: 'Köln' } })
    const asn = new Listed({ [HERE]: { asn: 64496, organisation: 'Example' } })
    const country = new Listed({
      [HERE]: { country: 'FR', city: 'Paris' },
      [THERE]: { country: 'US' },
    })
    const locator = new Locator([city, asn, country], undefined, log)

    expect(await place(locator, HERE)).to.include({ country: 'DE', city: 'Köln', asn: 64496 })
    expect(await place(locator, THERE)).to.include({ country: 'US', city: null, asn: null })
    expect(country.asked, 'asked only for what is missing').to.equal(1)
  })

  it('remembers places, unknown ones too', async () => {
    const source = new Listed({ [HERE]: { country: 'DE' } })
    const locator = new Locator([source], undefined, log)
    for (let i = 0; i < 3; i++) await locator.findAll([HERE, THERE, HERE])

    expect(source.asked).to.equal(2)
  })

  it('forgets after its time', async () => {
    const source = new Listed({})
    const locator = new Locator([source], undefined, log, { ttlSeconds: 0.02 })
    await place(locator, HERE)
    await new Promise((resolve) => setTimeout(resolve, 40))
    await place(locator, HERE)

    expect(source.asked).to.equal(2)
  })

  it('keeps no more places than it may', async () => {
    const source = new Listed({})
    const locator = new Locator([source], undefined, log, { capacity: 1 })
    for (const address of [HERE, THERE, HERE]) await place(locator, address)

    expect(source.asked).to.equal(3)
  })

  it('passes over a source that fails, and remembers nothing of it', async () => {
    const city = new Listed({ [HERE]: { country: 'DE', city: 'Köln' } })
    const country = new Listed({ [HERE]: { country: 'DE' } })
    const locator = new Locator([city, country], new MemoryCache(10), log)

    city.down = true
    expect(await place(locator, HERE)).to.include({ country: 'DE', city: null })
    city.down = false
    expect(await place(locator, HERE)).to.include({ country: 'DE', city: 'Köln' })
  })

  it('names private and reserved addresses, and asks nobody about them', async () => {
    const source = new Listed({})
    const locator = new Locator([source], undefined, log)
    const names = ['10.1.2.3', '::1', 'fd00::1', '203.0.113.9', '100.64.0.1'].map(requireAddress)
    const places = await locator.findAll(names)

    expect([...places.values()].map(({ organisation }) => organisation)).to.deep.equal([
      'private network',
      'loopback',
      'private network',
      'documentation',
      'carrier-grade NAT',
    ])
    expect(source.asked).to.equal(0)
  })

  it('shares what it found, with one call for many addresses', async () => {
    const shared = new Counting(100)
    const source = new Listed({ [HERE]: { country: 'DE', city: 'Köln' } })
    await new Locator([source], shared, log).findAll([HERE, THERE])
    const found = await new Locator([source], shared, log).findAll([HERE, THERE])

    expect(found.get(HERE)).to.include({ country: 'DE', city: 'Köln' })
    expect(source.asked).to.equal(2)
    expect(shared.calls).to.deep.equal({ get: 2, set: 2 })
  })

  it('does not believe a shared text that is none of its own', async () => {
    const shared = new MemoryCache(10)
    await shared.setMany([[`place:${HERE}`, '{"country":']], 60)
    const locator = new Locator([new Listed({ [HERE]: { country: 'DE' } })], shared, log)

    expect(await place(locator, HERE)).to.include({ country: 'DE' })
  })
})

class Counting extends MemoryCache implements Cache {
  readonly calls = { get: 0, set: 0 }

  override getMany(keys: string[]) {
    this.calls.get++
    return super.getMany(keys)
  }

  override setMany(entries: [string, string][], ttlSeconds: number) {
    this.calls.set++
    return super.setMany(entries, ttlSeconds)
  }
}
