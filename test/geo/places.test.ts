import { expect } from 'chai'
import { answerQuestions } from '../../src/geo/counter'
import { Places } from '../../src/geo/places'
import { NOWHERE, type Place } from '../../src/geo/source'
import { type Address, requireAddress } from '../../src/net/address'
import { eventually } from '../support/eventually'

const HERE = requireAddress('8.8.8.8')
const GERMANY: Place = { ...NOWHERE, country: 'DE' }

/** A bus inside this test. */
function localBus() {
  const listeners: (() => void)[] = []
  return {
    published: [] as string[],
    async publish(topic: string) {
      this.published.push(topic)
      for (const listener of listeners) listener()
    },
    subscribe: (_topic: string, listener: () => void) => void listeners.push(listener),
  }
}

/** What answers at the other end, and what it was told. */
function locator({ silent = false, place = GERMANY } = {}) {
  return {
    forgotten: [] as string[],
    async findAll(addresses: Iterable<Address>) {
      if (silent) await new Promise(() => {})
      return new Map(Array.from(addresses, (address) => [address, place]))
    },
    async forget(address: Address) {
      this.forgotten.push(address)
      return true
    },
    forgetAll() {
      this.forgotten.push('all')
    },
  }
}

describe('places for those who answer requests', () => {
  let places: Places
  afterEach(() => places.close())

  it('come from the thread that has the files', async () => {
    places = new Places(localBus())
    answerQuestions(places.connect(), locator())
    await eventually('it answers', async () => (await places.find(HERE)).country === 'DE')
  })

  it('are named without it when they are reserved', async () => {
    places = new Places(localBus())
    expect(await places.find(requireAddress('10.1.1.1'))).to.include({ reserved: 'private' })
  })

  it('are nowhere while nobody answers, and nobody waits for long', async () => {
    places = new Places(localBus(), { patienceMs: 20, most: 2 })
    expect(await places.find(HERE), 'before there is a thread').to.deep.equal(NOWHERE)

    answerQuestions(places.connect(), locator({ silent: true }))
    const start = performance.now()
    await Promise.all([places.find(HERE), places.find(HERE), places.find(HERE)])
    expect(performance.now() - start).to.be.below(1_000)

    answerQuestions(places.connect(), locator())
    await eventually('the next thread is asked', async () => {
      return (await places.find(HERE)).country === 'DE'
    })
  })

  it('are forgotten here and told to every instance, which are not told whose', async () => {
    const bus = localBus()
    const [here, there] = [locator(), locator()]
    places = new Places(bus, { forgetMs: 10_000 })
    const elsewhere = new Places(bus)
    answerQuestions(places.connect(), here)
    answerQuestions(elsewhere.connect(), there)

    expect(await places.forget(HERE)).to.equal(true)
    expect(here.forgotten[0]).to.equal(HERE)
    await eventually('the other is told', () => there.forgotten[0] === 'all')
    expect(bus.published).to.deep.equal(['places'])
    elsewhere.close()
  })

  it('may not be forgotten while nobody answers, which is said', async () => {
    places = new Places(localBus(), { forgetMs: 20 })
    expect(await places.forget(HERE)).to.equal(false)
  })
})
