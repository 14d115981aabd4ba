import { setTimeout as wait } from 'node:timers/promises'
import { expect } from 'chai'
import { type Claim, Claims, finishClaim } from '../../src/platform/claims'
import { type TestDatabase, testDatabase } from '../support/database'

const HOUR = new Date('2026-01-01T10:00:00Z')
const LATER = new Date('2999-01-01T00:00:00Z')
const log = { warn: () => {} }

describe('claims', () => {
  let database: TestDatabase
  before(async () => {
    database = await testDatabase()
  })
  beforeEach(() => database.knex('detection_runs').delete())

  const claims = (options = {}) =>
    new Claims(database.knex, 'detection_runs', log as never, options)
  const finish = async (claim: Claim | undefined, flagged = 0) => {
    await database.knex.transaction((transaction) =>
      finishClaim(transaction, 'detection_runs', claim!.row, { flagged }),
    )
    claim!.end()
  }
  const row = () => database.knex('detection_runs').where({ hour: HOUR }).first()

  it('has one winner, however many ask at once', async () => {
    const asked = await Promise.all(Array.from({ length: 12 }, () => claims().claim(HOUR)))
    const won = asked.filter((claim) => claim !== undefined)
    expect(won).to.have.length(1)
    await finish(won[0], 7)
    expect(await row()).to.include({ flagged: 7, attempts: 1, error: null })
  })

  it('is not given again once the work is done, unless somebody insists or it was too early', async () => {
    await finish(await claims().claim(HOUR))
    expect(await claims().claim(HOUR)).to.equal(undefined)
    expect(await claims().claim(HOUR, { finishedBefore: HOUR })).to.equal(undefined)

    await finish(await claims().claim(HOUR, { finishedBefore: LATER }))
    await finish(await claims().claim(HOUR, { force: true }))
  })

  it('never has two holders, even when somebody insists', async () => {
    const claim = await claims().claim(HOUR)
    expect(await claims().claim(HOUR, { force: true })).to.equal(undefined)
    await claim!.fail(new Error('over'))
  })

  it('is taken over from a dead holder, whose work is then refused', async () => {
    const dead = await claims({ heartbeatMs: 60_000 }).claim(HOUR)
    await wait(60)
    const heir = await claims({ staleMs: 30 }).claim(HOUR)
    expect(heir?.attempts).to.equal(2)

    await expectRejection(finish(dead), 'ClaimLost')
    await dead!.fail(new Error('mine failed'))
    expect(await row()).to.include({ error: null, finished_at: null })
    await finish(heir)
  })

  it('stays with a holder whose heart beats', async () => {
    const claim = await claims({ heartbeatMs: 20 }).claim(HOUR)
    await wait(400)
    expect(await claims({ staleMs: 300 }).claim(HOUR)).to.equal(undefined)
    await finish(claim)
  })

  it('comes back after a failure, a bounded number of times', async () => {
    for (const attempt of [1, 2, 3]) {
      const claim = await claims().claim(HOUR)
      expect(claim?.attempts).to.equal(attempt)
      await claim!.fail(new Error('no luck'))
    }
    expect(await row()).to.include({ error: 'no luck', attempts: 3 })
    expect(await claims().claim(HOUR)).to.equal(undefined)

    const insisted = await claims().claim(HOUR, { force: true })
    expect(insisted?.attempts).to.equal(4)
    await finish(insisted)
  })
})

async function expectRejection(promise: Promise<unknown>, name: string): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (error: Error) => error,
  )
  expect(error?.name).to.equal(name)
}
