import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { type TestDatabase, testDatabase } from '../support/database'
import { PASSWORD, type People, startPeople } from '../support/people'
import { startRedis, type TestRedis } from '../support/redis'

const ADA = 'ada@example.org'
const NOBODY = 'nobody@example.org'
const HOME = '192.0.2.77'
const SCHEDULES = {
  strangers: { free: 20, firstWaitMs: 60_000, longestWaitMs: 900_000 },
  familiar: { free: 20, firstWaitMs: 1_000, longestWaitMs: 2_000 },
}

/** An address that nobody has come from. */
let strangers = 0
const stranger = () => `198.51.${100 + Math.floor(++strangers / 250)}.${1 + (strangers % 250)}`

function promises(newPeople: (database: TestDatabase) => Promise<People[]>) {
  let instances: People[] = []

  before(async () => {
    const database = await testDatabase()
    await database.clean()
    instances = await newPeople(database)
    await instances[0]!.accounts.add(ADA, PASSWORD, 'admin')
    expect((await logIn(ADA, PASSWORD, HOME)).status).to.equal(200)
  })
  after(() => Promise.all(instances.map((people) => people.stop())))

  let turn = 0
  const logIn = (email: string, password: string, address: string) =>
    instances[++turn % instances.length]!.logIn(email, password, { 'x-forwarded-for': address })

  /** Guesses from two hundred addresses, ten at a time; the answers by status. */
  async function attack(email: string): Promise<Record<number, Response[]>> {
    const answers: Record<number, Response[]> = {}
    for (let round = 0; round < 20; round++) {
      const guesses = Array.from({ length: 10 }, () => logIn(email, 'a guess', stranger()))
      for (const answer of await Promise.all(guesses)) {
        answers[answer.status] = [...(answers[answer.status] ?? []), answer]
      }
    }
    return answers
  }

  /** An answer as the client sees it, but for the time of day and the seconds to wait. */
  async function shape(response: Response) {
    const headers = [...response.headers].filter(([name]) => !['date', 'ratelimit'].includes(name))
    const text = JSON.stringify([headers, response.status, await response.text()])
    return text.replace(/\b\d+ second/g, 'N second').replace(/("retry-after",)"\d+"/, '$1"N"')
  }

  it('is no faster from two hundred addresses than from one', async () => {
    const answers = await attack(ADA)
    expect(answers[401]).to.have.length(20)
    expect(answers[429]).to.have.length(180)
    for (const { headers } of answers[429]!) {
      expect(Number(headers.get('retry-after'))).to.be.within(1, 60)
    }
    const problem = (await answers[429]![0]!.clone().json()) as object
    expect(problem).to.deep.include({ status: 429, code: 'account_slowed' })
  })

  it('does not keep the owner out, where they have signed in before', async () => {
    const start = performance.now()
    expect((await logIn(ADA, PASSWORD, stranger())).status).to.equal(429)
    expect((await logIn(ADA, PASSWORD, HOME)).status).to.equal(200)
    expect(performance.now() - start).to.be.below(5_000)
    // Nor does the sign-in of the owner open the door for strangers.
    expect((await logIn(ADA, 'a guess', stranger())).status).to.equal(429)
  })

  it('tells nobody who has an account', async () => {
    const answers = await attack(NOBODY)
    expect([answers[401]!.length, answers[429]!.length]).to.deep.equal([20, 180])

    const known = await logIn(ADA, 'a guess', stranger())
    const unknown = await logIn(NOBODY, 'a guess', stranger())
    const spelled = await logIn(' Nobody@Example.org ', 'a guess', stranger())
    expect(await shape(known)).to.equal(await shape(unknown))
    expect(spelled.status).to.equal(429)
  })
}

describe('guessing a password', () => {
  describe('on one instance', () => {
    promises(async (database) => [await startPeople(database, undefined, SCHEDULES)])
  })

  describe('on four instances with Redis', () => {
    let redis: TestRedis
    before(async function () {
      redis = await startRedis(this)
    })
    after(() => redis?.stop())

    promises((database) =>
      Promise.all(Array.from({ length: 4 }, () => startPeople(database, redis.url, SCHEDULES))),
    )
  })

  describe('of somebody who mistypes', () => {
    let people: People
    before(async () => {
      const database = await testDatabase()
      await database.clean()
      const quick = { free: 3, firstWaitMs: 1_000, longestWaitMs: 1_000 }
      people = await startPeople(database, undefined, { strangers: quick, familiar: quick })
      await people.accounts.add(ADA, PASSWORD, 'admin')
    })
    after(() => people.stop())

    const logIn = (password: string, address = HOME) =>
      people.logIn(ADA, password, { 'x-forwarded-for': address })

    it('costs them a moment, and succeeding takes nothing from the others', async () => {
      for (let i = 0; i < 6; i++) {
        expect((await logIn(PASSWORD, `192.0.2.${i + 1}`)).status).to.equal(200)
      }
      for (let i = 0; i < 3; i++) expect((await logIn('mistyped', stranger())).status).to.equal(401)
      const slowed = await logIn(PASSWORD, stranger())
      expect(slowed.status).to.equal(429)
      await sleep(Number(slowed.headers.get('retry-after')) * 1_000)
      expect((await logIn(PASSWORD, stranger())).status).to.equal(200)
    })

    it('leaves no address and no e-mail address behind', async () => {
      await logIn(PASSWORD)
      const rows = await people.models.Account.knex()('familiar_networks').select()
      expect(rows).not.to.deep.equal([])
      expect(JSON.stringify(rows)).not.to.match(/192\.0\.2|ada@/)
    })
  })
})
