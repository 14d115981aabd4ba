import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { Locator } from '../../src/geo/locator'
import type { Found, GeoSource, Place } from '../../src/geo/source'
import { placeSubject } from '../../src/geo/subject'
import { type Address, requireAddress } from '../../src/net/address'
import { type Cache, MemoryCache } from '../../src/platform/cache'
import { createLogger } from '../../src/platform/logger'

const log = createLogger('silent')
const HERE = requireAddress('8.8.8.8')
const THERE = requireAddress('2001:4860::8888')

/** A source that answers from a list, fails while `down`, and counts how often it was asked. */
class Listed implements GeoSource {
  readonly name = 'listed'
  edition = 'first'
  asked = 0
  down = false

  constructor(readonly known: Record<string, Found>) {}

  async find(address: Address): Promise<Found | null> {
    this.asked++
    if (this.down) throw new Error('down')
    return this.known[address] ?? null
  }
}

function locatorOf(
  sources: GeoSource[],
  shared?: Cache,
  options?: ConstructorParameters<typeof Locator>[1],
): Locator {
  return new Locator({ sources, shared, log }, options)
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
    const locator = locatorOf([city, asn, country])

    expect(await place(locator, HERE)).to.include({ country: 'DE', city: 'Köln', asn: 64496 })
    expect(await place(locator, THERE)).to.include({ country: 'US', city: null, asn: null })
    expect(country.asked, 'asked only for what is missing').to.equal(1)
  })

  it('remembers places, unknown ones too', async () => {
    const source = new Listed({ [HERE]: { country: 'DE' } })
    const locator = locatorOf([source])
    for (let i = 0; i < 3; i++) await locator.findAll([HERE, THERE, HERE])

    expect(source.asked).to.equal(2)
  })

  it('forgets after its time', async () => {
    const source = new Listed({})
    const locator = locatorOf([source], undefined, { ttlSeconds: 0.02 })
    await place(locator, HERE)
    await new Promise((resolve) => setTimeout(resolve, 40))
    await place(locator, HERE)

    expect(source.asked).to.equal(2)
  })

  it('keeps no more places than it may', async () => {
    const source = new Listed({})
    const locator = locatorOf([source], undefined, { capacity: 1 })
    for (const address of [HERE, THERE, HERE]) await place(locator, address)

    expect(source.asked).to.equal(3)
  })

  it('passes over a source that fails, and remembers nothing of it', async () => {
    const city = new Listed({ [HERE]: { country: 'DE', city: 'Köln' } })
    const country = new Listed({ [HERE]: { country: 'DE' } })
    const locator = locatorOf([city, country], new MemoryCache(10))

    city.down = true
    expect(await place(locator, HERE)).to.include({ country: 'DE', city: null })
    city.down = false
    expect(await place(locator, HERE)).to.include({ country: 'DE', city: 'Köln' })
  })

  it('names private and reserved addresses, and asks nobody about them', async () => {
    const source = new Listed({})
    const locator = locatorOf([source])
    const names = ['10.1.2.3', '::1', 'fd00::1', '203.0.113.9', '100.64.0.1'].map(requireAddress)
    const places = await locator.findAll(names)

    expect([...places.values()].map(({ reserved }) => reserved)).to.deep.equal([
      'private',
      'loopback',
      'private',
      'documentation',
      'carrier-grade-nat',
    ])
    expect(source.asked).to.equal(0)
  })

  it('shares what it found, with one call for many addresses', async () => {
    const shared = new Counting(100)
    const source = new Listed({ [HERE]: { country: 'DE', city: 'Köln' } })
    await locatorOf([source], shared).findAll([HERE, THERE])
    const found = await locatorOf([source], shared).findAll([HERE, THERE])

    expect(found.get(HERE)).to.include({ country: 'DE', city: 'Köln' })
    expect(source.asked).to.equal(2)
    expect(shared.calls).to.deep.equal({ get: 2, set: 1 })
  })

  it('does not believe a shared text that is none of its own, or of other sources', async () => {
    const source = new Listed({ [HERE]: { country: 'DE' } })
    for (const text of ['{"country":', 'null', '7', '{"edition":"first,"}']) {
      const shared = new MemoryCache(10)
      await shared.setMany([[`place:${HERE}`, text]], 60)
      expect(await place(locatorOf([source], shared), HERE), text).to.include({ country: 'DE' })
    }

    const shared = new MemoryCache(10)
    await place(locatorOf([source], shared), HERE)
    const other = new Listed({ [HERE]: { country: 'FR' } })
    other.edition = 'second'
    expect(await place(locatorOf([other], shared), HERE)).to.include({ country: 'FR' })
  })

  it('remembers for its time in all, however often it is shared', async () => {
    const shared = new MemoryCache(10)
    const source = new Listed({ [HERE]: { country: 'DE' } })
    const options = { ttlSeconds: 0.2 }
    const start = Date.now()
    await place(locatorOf([source], shared, options), HERE)
    while (source.asked === 1 && Date.now() - start < 1_000) {
      await place(locatorOf([source], shared, options), HERE)
      await sleep(20)
    }
    expect(Date.now() - start).to.be.within(190, 990)
  })

  it('forgets an address when it is told to', async () => {
    const shared = new MemoryCache(10)
    const source = new Listed({ [HERE]: { country: 'DE' } })
    const locator = locatorOf([source], shared)
    await place(locator, HERE)

    expect(await locator.forget(HERE)).to.equal(true)
    expect(await shared.getMany([`place:${HERE}`])).to.deep.equal([undefined])
    await place(locator, HERE)
    expect(source.asked).to.equal(2)
  })

  it('leaves the thread to others now and then while it looks up many', async () => {
    const file: GeoSource = { name: 'file', edition: '', find: () => ({ country: 'DE', asn: 1 }) }
    let turns = 0
    const timer = setInterval(() => turns++, 0)
    await locatorOf([file]).findAll(many(20_000))
    clearInterval(timer)
    expect(turns).to.be.above(5)
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

describe('the locator with a provider', () => {
  const local = () => new Listed({ [HERE]: { country: 'DE', city: 'Köln', asn: 64496 } })

  function withProvider(
    ask: (address: Address) => Promise<Found | null> | undefined,
    { source = local(), shared, waitMs = 1_000, meanwhileMs = 0.1, subjectOf }: WithProvider = {},
  ) {
    const asked: Address[] = []
    const provider = {
      name: 'api',
      ask(address: Address) {
        asked.push(address)
        return ask(address)
      },
    }
    const parts = { sources: [source], provider, shared, log, ...(subjectOf && { subjectOf }) }
    return { locator: new Locator(parts, { waitMs, meanwhileMs }), asked, source }
  }

  it('takes its word before that of a file, each part whole', async () => {
    const { locator } = withProvider(async () => ({ country: 'FR', asn: 64500 }))
    const found = await place(locator, HERE)
    expect(found).to.include({ country: 'FR', city: null, asn: 64500, organisation: null })
  })

  it('keeps the city of a file when it agrees about the country and knows no city', async () => {
    const { locator } = withProvider(async () => ({ country: 'DE' }))
    expect(await place(locator, HERE)).to.include({ country: 'DE', city: 'Köln', asn: 64496 })
  })

  it('remembers that it knows nothing', async () => {
    const { locator, asked } = withProvider(async () => null)
    for (let i = 0; i < 3; i++) {
      expect(await place(locator, HERE)).to.include({ country: 'DE', city: 'Köln' })
    }
    expect(asked).to.have.length(1)
  })

  it('remembers what the files know for a moment while it fails or is not asked', async () => {
    const shared = new MemoryCache(10)
    let answer: () => Promise<Found> | undefined = () => Promise.reject(new Error('down'))
    const { locator, source } = withProvider(() => answer(), { shared, meanwhileMs: 300 })
    expect(await place(locator, HERE)).to.include({ country: 'DE' })
    expect(await place(locator, HERE)).to.include({ country: 'DE' })
    expect(source.asked).to.equal(1)
    await sleep(320)
    answer = () => undefined
    expect(await place(locator, HERE)).to.include({ country: 'DE' })
    expect(source.asked).to.equal(2)
    await sleep(320)
    expect(await shared.getMany([`place:${HERE}`])).to.deep.equal([undefined])
    answer = async () => ({ country: 'FR' })
    expect(await place(locator, HERE)).to.include({ country: 'FR' })
  })

  it('goes on without a late answer, and has it the next time', async () => {
    let arrive = (_found: Found) => {}
    const late = new Promise<Found>((resolve) => {
      arrive = resolve
    })
    const { locator, asked } = withProvider(() => late, { waitMs: 20 })
    expect(await place(locator, HERE)).to.include({ country: 'DE' })
    arrive({ country: 'FR' })
    await late
    await sleep(1)
    expect(await place(locator, HERE)).to.include({ country: 'FR' })
    expect(asked).to.have.length(1)
  })

  it('does not wait for it with a large batch', async () => {
    const { locator } = withProvider(() => new Promise(() => {}), { waitMs: 60_000 })
    const start = performance.now()
    await locator.findAll(many(5_000))
    expect(performance.now() - start).to.be.below(10_000)
  })

  it('does not remember what was on its way when the address was forgotten', async () => {
    let arrive = (_found: Found) => {}
    const late = new Promise<Found>((resolve) => {
      arrive = resolve
    })
    const { locator, asked } = withProvider(() => late, { waitMs: 1 })
    await place(locator, HERE)
    await locator.forget(HERE)
    arrive({ country: 'FR' })
    await sleep(1)
    await place(locator, HERE)
    expect(asked).to.have.length(2)
  })

  it('tells it networks alone where addresses are stored cut or hashed', async () => {
    for (const mode of ['truncated', 'hashed'] as const) {
      const shared = new MemoryCache(10)
      const { locator, asked } = withProvider(async () => ({ country: 'FR' }), {
        shared,
        subjectOf: placeSubject(mode),
      })
      const ours = ['8.8.8.8', '8.8.8.9', '2001:4860:1:2::8888', '::1'].map(requireAddress)
      const places = await locator.findAll(ours)

      expect([...places.keys()]).to.deep.equal(ours)
      expect(places.get(requireAddress('::1'))).to.include({ reserved: 'loopback' })
      expect(places.get(requireAddress('8.8.8.9'))).to.include({ country: 'FR' })
      expect(asked).to.deep.equal(['8.8.8.0', '2001:4860:1::'])
      expect(await shared.getMany(['place:8.8.8.8', 'place:8.8.8.9'])).to.deep.equal([
        undefined,
        undefined,
      ])
    }
  })
})

interface WithProvider {
  source?: Listed
  shared?: Cache
  waitMs?: number
  meanwhileMs?: number
  subjectOf?: (address: Address) => Address
}

function many(count: number): Address[] {
  return Array.from({ length: count }, (_, i) => {
    return requireAddress(`9.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`)
  })
}
