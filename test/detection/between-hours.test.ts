import { expect } from 'chai'
import { bindModels } from '../../models'
import { BetweenHours } from '../../src/detection/between-hours'
import { HOUR_MS, startOfHour } from '../../src/detection/hour/in-database'
import { createLogger } from '../../src/platform/logger'
import { type TestDatabase, testDatabase } from '../support/database'
import { eventually } from '../support/eventually'
import { Traffic } from './campaigns/traffic'
import { ordinaryVisitors, store, visit } from './visits'

const ATTACKER = '203.0.113.66'
const HUNTED = ['/.env', '/.git/config', '/.aws/credentials', '/backup.sql', '/wp-config.php.bak']

type Parts = ConstructorParameters<typeof BetweenHours>[0]

describe('looks between the hours', () => {
  const hour = startOfHour(new Date('2026-03-01T10:00:00Z'))
  const at = (minutes: number) => new Date(hour.getTime() + minutes * 60_000)
  let database: TestDatabase
  let lookers: BetweenHours[]
  before(async () => {
    database = await testDatabase()
  })
  beforeEach(async () => {
    await database.clean()
    lookers = []
  })
  afterEach(async () => {
    for (const looker of lookers) await looker.stop()
  })

  const lookerWith = (parts: Partial<Parts> = {}, options = {}) => {
    const looker = new BetweenHours(
      {
        knex: database.knex,
        blocklist: { isAllowed: () => false },
        autoblock: { enforce: async () => 0 },
        settings: { maxRequestsPerHour: 100, sensitivePaths: ['/admin', '/login'], detectors: [] },
        isUp: () => true,
        log: createLogger('silent'),
        ...parts,
      } as Parts,
      options,
    )
    lookers.push(looker)
    return looker
  }
  const attack = (minutes: number, address = ATTACKER) =>
    store(
      database.knex,
      HUNTED.flatMap((path, nth) =>
        [1, 2, 3].map((again) =>
          visit({
            address,
            path,
            timestamp: at(minutes).getTime() + nth * 500 + again * 100,
            status: 404,
            userAgent: 'sqlmap/1.8',
          }),
        ),
      ),
    )
  const found = () => bindModels(database.knex).SuspiciousIP.query().orderBy('id')

  it('find who attacks now, and leave usual visitors alone', async () => {
    await store(database.knex, ordinaryVisitors(40, hour))
    await attack(31)
    await lookerWith().look(at(32))
    const findings = await found()
    expect(findings.map(({ ipAddress }) => ipAddress)).to.deep.equal([ATTACKER])
    expect(findings[0]).to.deep.include({ windowStart: hour, status: 'open' })
  })

  it('write nothing anew when nothing is new, and renew the same finding when there is more', async () => {
    const looker = lookerWith()
    await attack(31)
    expect(await looker.look(at(32))).to.equal(1)
    expect(await looker.look(at(32))).to.equal(0)
    await store(database.knex, ordinaryVisitors(5, hour))
    expect(await looker.look(at(33))).to.equal(0)
    const [first] = await found()

    await attack(34)
    expect(await looker.look(at(34))).to.equal(1)
    const [again, ...others] = await found()
    expect(others).to.deep.equal([])
    expect(again!.id).to.equal(first!.id)
    expect(again!.features.requests).to.equal(2 * first!.features.requests!)
  })

  it('see the end of an hour in the next one, until the hourly job has judged it', async () => {
    await attack(59)
    await lookerWith().look(at(61))
    expect(await found()).to.have.length(1)

    await database.clean()
    await attack(59)
    const over = new Date(hour.getTime() + HOUR_MS + 1)
    await database.knex('detection_runs').insert({ hour, claimed_by: 'x', finished_at: over })
    await lookerWith().look(at(61))
    expect(await found()).to.deep.equal([])
  })

  it('leave a review alone, and remove no finding', async () => {
    const looker = lookerWith()
    await attack(31)
    await looker.look(at(32))
    await database.knex('suspicious_ips').update({ status: 'dismissed', reason: 'reviewed' })
    await attack(33, '203.0.113.67')
    await attack(34)
    await looker.look(at(35))
    expect(await database.knex('suspicious_ips').orderBy('id').pluck('reason')).to.include(
      'reviewed',
    )
    expect(await found()).to.have.length(2)
  })

  it('find campaigns in an hour of any size, and go on when those who stir are judged alone', async () => {
    const traffic = new Traffic()
    const members = traffic.hunt(60, { least: 4, most: 9 })
    const usual = Array.from({ length: 10_200 }, (_, i) =>
      visit({ address: `10.${i >> 12}.${(i >> 4) % 256}.${i % 16}`, timestamp: at(1).getTime() }),
    )
    await store(database.knex, [...usual, ...traffic.entries])
    const looker = lookerWith()
    await looker.look(at(59))
    const inCampaigns = async () => (await found()).filter(({ campaignId }) => campaignId).length
    expect(await inCampaigns()).to.be.at.least(0.9 * members.length)

    const [known] = await found()
    await attack(58, known!.ipAddress)
    await looker.look(at(59))
    const renewed = (await found()).find(({ id }) => id === known!.id)!
    expect(renewed.features.requests).to.be.greaterThan(known!.features.requests!)
    expect(renewed.reasons.map(({ kind }) => kind)).to.include('campaign')
  })

  it('look at everybody in time, though nothing more has come', async () => {
    const traffic = new Traffic()
    const looker = lookerWith()
    await store(database.knex, ordinaryVisitors(200, hour))
    await attack(58)
    await looker.look(at(59))
    traffic.hunt(60, { least: 4, most: 9 })
    await store(database.knex, traffic.entries)
    await eventually('the campaign is found', async () => {
      await looker.look(at(59))
      return (await database.knex('campaigns')).length > 0
    })
  })

  it('are those of one instance', async () => {
    await attack(31)
    const saved = await Promise.all([1, 2, 3].map(() => lookerWith().look(at(32))))
    expect(saved.sort()).to.deep.equal([0, 0, 1])
  })

  it('rest while the database is away, and go on when it is back', async () => {
    let up = false
    let asked = 0
    const isUp = () => {
      asked++
      return up
    }
    lookerWith({ isUp }, { everyMs: 5 }).start()
    await eventually('it has waited', () => asked > 3)
    expect(await database.knex('leases')).to.deep.equal([])
    up = true
    await eventually('it looks', async () => (await database.knex('leases')).length > 0)
  })

  it('rest for longer each time they fail', async () => {
    const pauses: number[] = []
    const log = { warn: ({ pauseMs }: { pauseMs: number }) => pauses.push(pauseMs) }
    const knex = { raw: () => Promise.reject(new Error('slow')), destroy() {} }
    const parts = { log, knex, isUp: () => true } as unknown as Partial<Parts>
    const looker = lookerWith(parts, { everyMs: 1, longestMs: 8 })
    looker.start()
    await eventually('it has failed often', () => pauses.length > 5)
    expect(pauses.slice(0, 5)).to.deep.equal([2, 4, 8, 8, 8])
    lookers = []
    // Giving the lease back fails as well, which is no reason to fail.
    await looker.stop().catch(() => {})
  })
})
