import { expect } from 'chai'
import { HourInMemory } from '../../src/detection/hour/in-memory'
import { bundledNetworks } from '../../src/geo/bundled'
import { createLogger } from '../../src/platform/logger'
import { Operators } from '../../src/scan/operators'
import { visit } from '../detection/visits'

describe('the operators of networks in a log', () => {
  const talliesOf = (...addresses: string[]) => {
    const hour = new HourInMemory([])
    for (const address of addresses) hour.add(visit({ address }))
    return hour.tallies()
  }

  it('are those of the request log', async () => {
    const tallies = talliesOf('8.8.8.8', '2606:4700::1', '192.0.2.1', '8.8.4.4')
    await new Operators(bundledNetworks(), createLogger('silent')).name(tallies)
    expect(tallies.map(({ asn }) => asn)).to.deep.equal([15_169, 13_335, null, 15_169])
  })

  it('are not known, and nothing else is lost, when their file cannot be read', async () => {
    const warnings: string[] = []
    const log = { warn: (_: object, text: string) => warnings.push(text) }
    const find = () => Promise.reject(new Error('no file'))
    const operators = new Operators({ find }, log as never)
    const tallies = talliesOf('8.8.8.8', '8.8.4.4')
    await operators.name(tallies)
    await operators.name(tallies)
    expect(tallies.map(({ asn }) => asn)).to.deep.equal([null, null])
    expect(warnings).to.have.length(1)
  })
})
