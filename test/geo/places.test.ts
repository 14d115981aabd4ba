import { expect } from 'chai'
import { answerQuestions } from '../../src/geo/counter'
import { Places } from '../../src/geo/places'
import { NOWHERE, type Place } from '../../src/geo/source'
import { type Address, requireAddress } from '../../src/net/address'
import { eventually } from '../support/eventually'

const HERE = requireAddress('8.8.8.8')
const GERMANY: Place = { ...NOWHERE, country: 'DE' }

/** What answers at the other end. */
function locator({ silent = false } = {}) {
  return {
    async findAll(addresses: Iterable<Address>) {
      if (silent) await new Promise(() => {})
      return new Map(Array.from(addresses, (address) => [address, GERMANY]))
    },
  }
}

describe('places for those who answer requests', () => {
  let places: Places
  afterEach(() => places.close())

  it('come from the thread that has the files', async () => {
    places = new Places()
    answerQuestions(places.connect(), locator())
    await eventually('it answers', async () => (await places.find(HERE)).country === 'DE')
  })

  it('are named without it when they are reserved', async () => {
    places = new Places()
    expect(await places.find(requireAddress('10.1.1.1'))).to.include({ reserved: 'private' })
  })

  it('are nowhere while nobody answers, and nobody waits for long', async () => {
    places = new Places({ patienceMs: 20, most: 2 })
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
})
