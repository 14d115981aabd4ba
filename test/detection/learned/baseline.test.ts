import { expect } from 'chai'
import { HourInMemory } from '../../../src/detection/hour/in-memory'
import { Baseline } from '../../../src/detection/learned/baseline'
import { networkOfStored } from '../../../src/detection/site/stored-network'
import type { LogEntry } from '../../../src/request-log/entry'
import { visit, visits } from '../visits'

const HOUR = new Date('2026-03-01T10:00:00Z')
const later = (hours: number) => new Date(HOUR.getTime() + hours * 3_600_000)
const open = (rows?: ConstructorParameters<typeof Baseline>[0]['rows']) =>
  new Baseline({ nameNetwork: networkOfStored, ...(rows && { rows }) })

function talliesOf(entries: readonly LogEntry[]) {
  const hour = new HourInMemory(['/admin', '/login'])
  for (const entry of entries) hour.add(entry)
  return hour.tallies()
}

/** Clients of different networks, each with a look of its own. */
function differentClients(count: number, first = 0) {
  return talliesOf(
    Array.from({ length: count }, (_, i) => {
      const nth = first + i
      return visits(1 + (nth % 37), 1_000 * (1 + (nth % 11)), {
        address: `10.${nth >> 8}.${nth & 255}.1`,
        bytes: 100 * 1.3 ** (nth % 41),
      })
    }).flat(),
  )
}

describe('the baseline', () => {
  it('keeps usual clients as numbers, without their addresses', () => {
    const baseline = open()
    baseline.learnFrom(HOUR, differentClients(40))
    expect(baseline.size).to.be.within(35, 40)
    const { rows, values } = baseline.rows()
    expect(rows).to.equal(baseline.size)
    expect(values.every(Number.isFinite)).to.equal(true)
    expect(JSON.stringify(baseline.kept())).not.to.include('10.0.7.1')
  })

  it('keeps a thousand rows of a day, and seven days', () => {
    const baseline = open()
    for (let hour = 0; hour < 24 * 9; hour += 24) {
      baseline.learnFrom(later(hour), differentClients(1_200, hour * 100))
      expect(baseline.size).to.be.at.most(7 * 1_024)
    }
    expect(baseline.size).to.be.greaterThan(6_000)
    const oldest = Math.min(...baseline.kept().map(({ hour }) => hour))
    expect(oldest).to.be.greaterThan(later(24).getTime())
  })

  it('learns little from one network, from many that look alike, and nothing from robots', () => {
    const baseline = open()
    const neighbours = Array.from({ length: 100 }, (_, i) =>
      visits(1 + i, 900 + i, { address: `192.0.2.${i}` }),
    )
    baseline.learnFrom(HOUR, talliesOf(neighbours.flat()))
    expect(baseline.size).to.equal(2)

    const alike = Array.from({ length: 500 }, (_, i) => visit({ address: `10.9.${i % 250}.${i}` }))
    baseline.learnFrom(later(1), talliesOf(alike))
    expect(baseline.size).to.be.within(16, 18)

    const robot = visit({ address: '203.0.113.7', userAgent: 'Googlebot/2.1' })
    baseline.learnFrom(later(24), talliesOf([robot]))
    expect(baseline.size).to.be.within(16, 18)
  })

  it('learns an hour once, however often it is judged', () => {
    const baseline = open()
    for (let time = 0; time < 3; time++) baseline.learnFrom(HOUR, differentClients(40))
    const once = open()
    once.learnFrom(HOUR, differentClients(40))
    expect(baseline.size).to.equal(once.size)
  })

  it('takes no more than two in a hundred of those that were odd', () => {
    const baseline = open()
    const clients = differentClients(500)
    baseline.learnFrom(HOUR, clients, new Float64Array(500).fill(0.9, 250))
    expect(baseline.kept().filter(({ odd }) => odd).length).to.be.within(1, 10)
    expect(baseline.size).to.be.within(200, 260)
  })

  it('forgets networks that turn out to attack', () => {
    const baseline = open()
    baseline.learnFrom(HOUR, differentClients(40))
    const before = baseline.size
    baseline.forgetNetworks(new Set(['10.0.3.0/24']))
    expect(baseline.size).to.equal(before - 1)
  })

  it('goes on where it was kept', () => {
    const baseline = open()
    baseline.learnFrom(HOUR, differentClients(40))
    expect(open(baseline.kept()).rows()).to.deep.equal(baseline.rows())
  })
})
