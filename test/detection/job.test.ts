import path from 'node:path'
import { expect } from 'chai'
import { bindModels, type Models } from '../../models'
import type { Blockable } from '../../src/detection/autoblock'
import { HOUR_MS, startOfHour } from '../../src/detection/hour/in-database'
import { DetectionJob } from '../../src/detection/job'
import { networkNamer } from '../../src/detection/learned/stored-baseline'
import type { Address } from '../../src/net/address'
import { createLogger } from '../../src/platform/logger'
import { orderErasure } from '../../src/request-log/erasures'
import { type TestDatabase, testDatabase } from '../support/database'
import { eventually } from '../support/eventually'
import { ordinaryVisitors, store, visits } from './visits'

const HOUR = new Date('2026-03-01T10:00:00Z')
const NEXT = new Date('2026-03-01T11:00:00Z')
const BUSY = '192.0.2.66'
const SETTINGS = {
  detectionSchedule: '0 * * * *',
  maxRequestsPerHour: 100,
  sensitivePaths: ['/admin', '/login'],
  detectors: ['forest' as const],
  monitors: [],
}

describe('the detection job', () => {
  let database: TestDatabase
  let models: Models
  before(async () => {
    database = await testDatabase()
    models = bindModels(database.knex)
  })
  beforeEach(() => database.clean())

  type Parameters = ConstructorParameters<typeof DetectionJob>
  const jobWith = (parts: Partial<Parameters[0]> = {}, options: Parameters[1] = {}) =>
    new DetectionJob(
      {
        knex: database.knex,
        blocklist: { isAllowed: () => false },
        drain: async () => {},
        settings: SETTINGS,
        log: createLogger('silent'),
        ...parts,
      },
      { retryMs: 10, ...options },
    )
  const found = () => models.SuspiciousIP.query().orderBy('id')
  const run = (hour: Date) => models.DetectionRun.query().findOne({ hour })
  const busy = (count: number, hour = HOUR) =>
    visits(count, 1_000, { address: BUSY, timestamp: hour.getTime() })

  it('saves who is flagged, with reasons, and marks the hour done', async () => {
    await store(database.knex, [...ordinaryVisitors(40, HOUR), ...busy(101)])
    const summary = await jobWith().run(HOUR)
    expect(summary).to.deep.include({ hour: HOUR, addresses: 41, flagged: 1 })

    const [finding, ...others] = await found()
    expect(others).to.deep.equal([])
    expect(finding).to.deep.include({ ipAddress: BUSY, windowStart: HOUR, status: 'open' })
    expect(finding!.reason).to.equal('101 requests in this hour; the limit is 100')
    expect(finding!.reasons[0]).to.deep.include({ kind: 'rule', text: finding!.reason })
    expect(finding!.features).to.include({ requests: 101, paths: 1, notFound: 0 })

    const done = await run(HOUR)
    expect(done).to.include({ addresses: 41, flagged: 1, error: null, attempts: 1 })
    expect(done!.facts).to.nested.include({ 'learned.state': 'scored' })
  })

  it('is done once, whoever ticks', async () => {
    await store(database.knex, busy(101))
    const summaries = await Promise.all([1, 2, 3].map(() => jobWith().run(HOUR)))
    expect(summaries.filter(Boolean)).to.have.length(1)
    expect(await jobWith().run(HOUR)).to.equal(undefined)
    expect(await found()).to.have.length(1)
  })

  it('renews open findings when it is asked again, and leaves reviewed ones alone', async () => {
    const second = visits(150, 1_000, { address: '192.0.2.67', timestamp: HOUR.getTime() })
    await store(database.knex, [...busy(101), ...second])
    await jobWith().run(HOUR)
    const [first, reviewed] = await found()
    await models.SuspiciousIP.query().findById(reviewed!.id).patch({ status: 'dismissed' })

    await store(database.knex, [...busy(10), ...second])
    await jobWith().run(HOUR, { force: true })
    const again = await found()
    expect(again.map(({ id }) => id)).to.deep.equal([first!.id, reviewed!.id])
    expect(again[0]!.reason).to.equal('111 requests in this hour; the limit is 100')
    expect(again[1]).to.deep.include({ status: 'dismissed', reason: reviewed!.reason })
  })

  it('takes back open findings that no longer hold', async () => {
    await store(database.knex, busy(101))
    await jobWith().run(HOUR)
    await jobWith({ blocklist: { isAllowed: () => true } }).run(HOUR, { force: true })
    expect(await found()).to.deep.equal([])
  })

  it('saves nothing of who is erased while it judges', async () => {
    const second = visits(150, 1_000, { address: '192.0.2.67', timestamp: HOUR.getTime() })
    await store(database.knex, [...busy(101), ...second])
    // In the place of DNS, which is asked once the hour is read.
    const crawlers = {
      name: () => orderErasure(database.knex, [BUSY]),
      isMonitor: () => false,
    }
    expect(await jobWith({ crawlers }).run(HOUR)).to.include({ addresses: 2, flagged: 1 })
    expect((await found()).map(({ ipAddress }) => ipAddress)).to.deep.equal(['192.0.2.67'])
  })

  it('learns nothing from who was erased while it was judged', async () => {
    const [erased, other] = ['203.0.113.7', '198.51.100.7'] as Address[]
    const people = ordinaryVisitors(40, HOUR)
    const one = people.filter(({ address }) => address === other)
    await store(database.knex, [...people, ...one.map((entry) => ({ ...entry, address: erased! }))])
    const crawlers = {
      name: () => orderErasure(database.knex, [erased!]),
      isMonitor: () => false,
    }
    await jobWith({ crawlers }).run(HOUR)
    const name = await networkNamer(database.knex)
    const known: string[] = await database.knex('baseline_rows').pluck('network')
    expect(known).to.include(name(other!))
    expect(known).not.to.include(name(erased!))
  })

  it('never flags an allowed address', async () => {
    await store(database.knex, busy(101))
    const isAllowed = (address: string) => address === BUSY
    expect(await jobWith({ blocklist: { isAllowed } }).run(HOUR)).to.include({ flagged: 0 })
  })

  it('catches up on the closed hours of the last day, and on them only', async () => {
    const now = new Date('2026-03-02T10:30:00Z')
    const hours = ['01T09', '01T10', '02T08', '02T10'].map((h) => new Date(`2026-03-${h}:00:00Z`))
    for (const hour of hours) await store(database.knex, busy(101, hour))
    await jobWith().run(hours[3]!, { force: true }) // an hour that was not over yet
    await models.DetectionRun.query().where({ hour: hours[3] }).patch({ finishedAt: now })

    await jobWith().runMissed(now)
    const windows = (await found()).map(({ windowStart }) => windowStart)
    expect(windows).to.deep.include.members([hours[1], hours[2]])
    expect(windows).not.to.deep.include(hours[0])

    await jobWith().runMissed(new Date('2026-03-02T11:00:00Z'))
    expect((await run(hours[3]!))!.finishedAt).to.be.greaterThan(now)
  })

  it('tries again when a run fails, goes on with the next hour, and keeps the error', async () => {
    await store(database.knex, [...busy(101), ...busy(101, NEXT)])
    let drains = 0
    const drain = async () => {
      drains++
      // The first one is for all hours; then both tries of the first hour fail …
      if (drains === 2 || drains === 3) throw new Error('disk gone')
    }
    await jobWith({ drain }).runMissed(new Date('2026-03-01T12:00:00Z'))
    expect(await run(HOUR)).to.include({ attempts: 3, error: null, flagged: 1 })
    expect(await run(NEXT)).to.include({ attempts: 1, flagged: 1 })

    const broken = jobWith({ drain: () => Promise.reject(new Error('disk gone')) })
    const error = await broken.run(HOUR, { force: true }).catch((error: Error) => error)
    expect((error as Error).message).to.equal('disk gone')
    expect(await run(HOUR)).to.include({ error: 'disk gone', finishedAt: null })
    expect(await found(), 'the earlier result stays').to.have.length(2)
    await broken.runMissed(new Date('2026-03-01T12:00:00Z')) // logs, and never rejects
  })

  it('tries again in the same tick when the log cannot be drained at first', async () => {
    await store(database.knex, busy(101))
    let drains = 0
    const drain = async () => {
      if (drains++ === 0) throw new Error('not written in time')
    }
    await jobWith({ drain }).runMissed(new Date('2026-03-01T12:00:00Z'))
    expect(await run(HOUR)).to.include({ attempts: 1, flagged: 1 })
  })

  const claimOfAnother = (secondsAgo: number) =>
    database.knex('detection_runs').insert({
      hour: HOUR,
      claimed_by: 'a process that is gone',
      heartbeat_at: database.knex.raw(`now() - ? * interval '1 second'`, [secondsAgo]),
    })

  it('takes up, when it starts, what a process had begun that is gone', async () => {
    await store(database.knex, busy(101))
    await claimOfAnother(300)
    const job = jobWith({}, { againMs: 10 })
    job.start()
    await eventually('the hour is judged', async () => (await run(HOUR))?.finishedAt != null)
    await job.stop()
    expect(await found()).to.have.length(1)
    expect(await run(HOUR)).to.include({ attempts: 2, flagged: 1 })
  })

  it('says that hours are left while somebody else has them, and judges them when he is gone', async () => {
    await store(database.knex, busy(101))
    await claimOfAnother(1)
    const now = new Date('2026-03-01T12:00:00Z')
    expect(await jobWith().runMissed(now)).to.equal(false)
    expect(await found()).to.deep.equal([])
    const stale = database.knex.raw(`now() - interval '2 minutes'`)
    await database.knex('detection_runs').update({ heartbeat_at: stale })
    expect(await jobWith().runMissed(now)).to.equal(true)
    expect(await found()).to.have.length(1)
  })

  it('judges soon after its start what was written while no service ran', async () => {
    const [earlier, last] = [2, 1].map((hours) => {
      return new Date(startOfHour(new Date()).getTime() - hours * HOUR_MS)
    })
    await store(database.knex, [...busy(101, earlier), ...busy(101, last)])
    // At this schedule no tick comes while the test runs.
    const settings = { ...SETTINGS, detectionSchedule: '0 0 29 2 *' }
    const job = jobWith({ settings }, { catchUpAfterMs: 10 })
    job.start()
    for (const hour of [earlier!, last!]) {
      await eventually('the hour is judged', async () => (await run(hour))?.finishedAt != null)
    }
    await job.stop()
    expect((await found()).map(({ windowStart }) => windowStart)).to.deep.equal([earlier, last])
  })

  it('judges a large hour in a thread, with the same result', async () => {
    const scan = visits(60, 1_000, { address: '192.0.2.67', timestamp: HOUR.getTime() }).map(
      (entry, nth) => ({ ...entry, path: `/backup-${nth}/.env`, status: 404 }),
    )
    await store(database.knex, [...ordinaryVisitors(40, HOUR), ...busy(101), ...scan])
    const enforced: string[][] = []
    const autoblock = {
      enforce: async (_hour: Date, certain: readonly Blockable[]) =>
        enforced.push(certain.map(({ tally }) => tally.address)),
    }
    const here = jobWith({ autoblock })
    const withThread = { thread: { connection: database.connection }, autoblock }
    const inThread = jobWith(withThread, { largeFrom: 1 })
    const summaries = []
    const findings = []
    for (const job of [here, inThread]) {
      summaries.push(await job.run(HOUR, { force: true }))
      findings.push((await found()).map(({ flaggedAt, ...finding }) => finding))
      await job.stop()
    }
    expect(findings[1]).to.deep.equal(findings[0])
    expect(findings[1]).to.have.length(2)
    expect(enforced).to.deep.equal([['192.0.2.67'], ['192.0.2.67']])
    const [first, second] = summaries
    expect(second!.learning).to.include({ state: 'learning' })
    expect(second).to.deep.include({ addresses: 42, flagged: 2 })
    expect(second!.learned).to.include({ state: first!.learned.state })
    expect(await run(HOUR)).to.include({ flagged: 2, error: null })
  })

  it('judges a large hour here when the thread ends before it is done', async () => {
    await store(database.knex, busy(101))
    const module = path.join(__dirname, 'hour/workers/exits')
    const thread = { connection: database.connection, module }
    const job = jobWith({ thread }, { largeFrom: 1 })
    expect(await job.run(HOUR)).to.deep.include({ addresses: 1, flagged: 1 })
    expect(await found()).to.have.length(1)
  })

  it('judges a large hour here when the thread gets no connection', async () => {
    await store(database.knex, busy(101))
    const connectionString = 'postgresql://postgres@127.0.0.1:1/postgres'
    const thread = { connection: { ...database.connection, connectionString } }
    const job = jobWith({ thread }, { largeFrom: 1 })
    expect(await job.run(HOUR)).to.deep.include({ addresses: 1, flagged: 1 })
    expect(await run(HOUR)).to.include({ attempts: 1, error: null })
  })

  it('says what was wrong when judging fails in the thread, and gives the hour back', async () => {
    await store(database.knex, busy(101))
    const module = path.join(__dirname, 'hour/workers/refuses')
    const thread = { connection: database.connection, module }
    const job = jobWith({ thread }, { largeFrom: 1 })
    const error = await job.run(HOUR).catch((error: Error) => error)
    expect((error as Error).message).to.equal('disk gone')
    expect(await run(HOUR)).to.include({ error: 'disk gone', finishedAt: null })
    expect(await jobWith().run(HOUR)).to.include({ flagged: 1 })
  })

  it('starts on a schedule and stops in time', async () => {
    const job = jobWith()
    job.start()
    await job.stop()
  })
})
