import { PassThrough } from 'node:stream'
import { expect } from 'chai'
import { bindModels } from '../../models'
import { createLogger } from '../../src/platform/logger'
import { type TestDatabase, testDatabase } from '../support/database'

describe('the log of the service', () => {
  let database: TestDatabase
  before(async () => {
    database = await testDatabase()
    await database.clean()
  })

  function logged(facts: object): string {
    const out = new PassThrough()
    createLogger('trace', out).warn(facts, 'it failed')
    return out.read().toString()
  }

  it('does not repeat what a query that failed was about', async () => {
    const { AllowedNetwork } = bindModels(database.knex)
    const row = { ipAddress: '198.51.100.7', reason: 'secret reason', allowedBy: 'ann' }
    await AllowedNetwork.query().insert(row)
    const errors = [
      await AllowedNetwork.query()
        .insert(row)
        .catch((error) => error),
      await database.knex.raw('select ?::inet / 0', ['198.51.100.7']).catch((error) => error),
      await database.knex.raw('select ?::int', ['198.51.100.7x']).catch((error) => error),
    ]
    for (const error of errors.slice(0, 2)) {
      expect(logged({ error })).to.match(/"code":"\w+"/)
      expect(logged({ error })).to.not.match(/198\.51\.100\.7|secret/)
    }
    expect(logged({ error: errors[2] })).to.include('invalid input syntax')
    await AllowedNetwork.query().delete()
  })

  it('tells why, also when there were several reasons or one behind another', () => {
    const [first, second] = [new Error('no route'), new Error('refused')]
    const line = logged({ error: new AggregateError([first, second], 'both failed') })
    expect(line).to.include('both failed').and.include('no route').and.include('refused')
    expect(logged({ error: new Error('outer', { cause: first }) })).to.include('outer: no route')
  })
})
