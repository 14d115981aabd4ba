import { expect } from 'chai'
import { observe } from '../../../src/detection/features'
import { saveFindings } from '../../../src/detection/findings'
import type { Tally } from '../../../src/detection/hour/tally'
import { Learning } from '../../../src/detection/learned/learning'
import { readDismissed, readPrototypes } from '../../../src/detection/learned/prototypes'
import { seededRandom } from '../../../src/detection/learned/random'
import { forgetInBaseline } from '../../../src/detection/learned/stored-baseline'
import { LearnedThread } from '../../../src/detection/learned/thread'
import { type TestDatabase, testDatabase } from '../../support/database'
import { attacker, honest } from './clients'

const HOUR_MS = 3_600_000
const START = Date.parse('2026-03-01T10:00:00Z')
const later = (hours: number) => new Date(START + hours * HOUR_MS)

describe('learning from a site', () => {
  let database: TestDatabase
  const thread = new LearnedThread()
  before(async () => {
    database = await testDatabase()
  })
  beforeEach(() => database.clean())
  after(() => thread.close())

  const random = seededRandom(1)
  const people = (count: number) => Array.from({ length: count }, () => honest(random))
  const attackers = (count: number) => Array.from({ length: count }, () => attacker(random, 1))
  const open = (parts: Partial<ConstructorParameters<typeof Learning>[0]> = {}) =>
    new Learning({ knex: database.knex, detectors: ['forest'], thread, ...parts })
  const findings = (tallies: Tally[]) =>
    saveFindings(
      database.knex,
      later(0),
      tallies.map((tally) => ({
        tally,
        risk: 0.9,
        severity: 'high',
        reasons: [{ text: 'many misses', kind: 'rule', weight: 0.9 }],
        flagged: true,
      })),
    )
  const review = (status: string) =>
    database.knex('suspicious_ips').update({ status, reviewed_by: 'ada', reviewed_at: new Date() })

  it('begins with too few clients, and says how many it needs', async () => {
    const learning = open()
    expect(await learning.learnFrom(later(0), people(20))).to.include({
      state: 'learning',
      needed: 32,
    })
    expect(await learning.model()).to.equal(undefined)
  })

  it('has a champion then, by which every instance judges', async () => {
    const learning = open()
    const facts = await learning.learnFrom(later(0), people(200))
    expect(facts).to.deep.include({ state: 'trained', promoted: true, why: 'It is the first.' })
    const model = await learning.model()
    expect(await open().model()).to.deep.equal(model)

    const observed = observe([...people(50), ...attackers(5)])
    const { scores } = await thread.score({ model: model!, observed, explainFrom: 0.5 }, 15_000)
    expect(scores.slice(50).every((score) => score > 0.5)).to.equal(true)
  })

  it('renews the champion, and keeps it when attackers have taught the challenger', async () => {
    const learning = open()
    await learning.learnFrom(later(0), people(200))
    const first = await learning.model()
    const second = await learning.learnFrom(later(1), people(200))
    expect(second).to.include({ promoted: true })
    const champion = await learning.model()
    expect(champion).not.to.deep.equal(first)

    const third = await learning.learnFrom(later(2), attackers(150))
    expect(third).to.include({ state: 'trained', promoted: false })
    expect((third as { why: string }).why).to.match(
      /^(Made-up attacks score|Of the rows to learn from)/,
    )
    expect(await learning.model()).to.deep.equal(champion)
  })

  it('keeps no address, and forgets networks on request', async () => {
    const clients = people(60)
    await open().learnFrom(later(0), clients)
    const kept = await database.knex('baseline_rows')
    expect(kept.length).to.be.greaterThan(50)
    const written = JSON.stringify(kept)
    for (const { address } of clients) {
      expect(written).not.to.include(address)
      expect(written).not.to.include(address.slice(0, address.lastIndexOf('.')))
    }
    expect(await forgetInBaseline(database.knex, [clients[0]!.address])).to.be.at.most(2)
    expect(
      await forgetInBaseline(
        database.knex,
        clients.map(({ address }) => address),
      ),
    ).to.be.greaterThan(40)
    expect(await database.knex('baseline_rows')).to.deep.equal([])
  })

  it('takes back what it learned from those who were blocked since', async () => {
    const clients = people(100)
    const learning = open()
    await learning.learnFrom(later(0), clients)
    const before = await database.knex('baseline_rows')
    await findings(clients.slice(0, 50))
    await review('blocked')
    await learning.learnFrom(later(1), [])
    const after = await database.knex('baseline_rows')
    expect(before.length - after.length).to.be.within(40, 50)
  })

  it('tries new models on confirmed attacks, and learns from what was dismissed', async () => {
    await findings(attackers(10))
    expect(await readPrototypes(database.knex)).to.include({ rows: 0 })
    await review('blocked')
    expect(await readPrototypes(database.knex)).to.include({ rows: 10 })
    const learning = open()
    await learning.learnFrom(later(0), people(200))
    const facts = await learning.learnFrom(later(1), people(200))
    expect(facts).to.nested.include({ 'prototypes.challenger': 1, 'prototypes.incumbents': 1 })

    await review('dismissed')
    expect(await readPrototypes(database.knex)).to.include({ rows: 0 })
    expect(await readDismissed(database.knex)).to.include({ rows: 10 })
  })

  it('learns the hours of two instances at the same time', async () => {
    const [one, other] = [open(), open({ thread: new LearnedThread() })]
    await Promise.all([
      one.learnFrom(later(0), people(100)),
      other.learnFrom(later(1), people(100)),
    ])
    const hours = await database.knex('baseline_rows').distinct('hour')
    expect(hours).to.have.length(2)
  })

  it('does not judge by a model of other detectors', async () => {
    await open().learnFrom(later(0), people(100))
    expect(await open({ detectors: ['mahalanobis'] }).model()).to.equal(undefined)
    expect(await open({ detectors: [] }).model()).to.equal(undefined)
  })

  it('replaces a broken champion', async () => {
    const learning = open()
    await learning.learnFrom(later(0), people(100))
    await database.knex('learned_models').update({ model: Buffer.from('broken') })
    const facts = await open().learnFrom(later(1), people(100))
    expect(facts).to.deep.include({ state: 'trained', why: 'It is the first.' })
  })
})
