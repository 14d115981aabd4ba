import { expect } from 'chai'
import { requireAddress } from '../../src/net/address'
import { Flood } from '../../src/request-log/flood'
import { dayOf, ensurePartitions } from '../../src/request-log/partitions'
import type { RequestLog } from '../../src/request-log/request-log'
import { type TestDatabase, testDatabase } from '../support/database'
import { eventually } from '../support/eventually'
import { seen, startRequestLog, testFolder } from '../support/request-log'

const MB = 1024 * 1024

describe('a flood', () => {
  const lines: object[] = []
  const log = { warn: (line: object) => void lines.push(line) }
  beforeEach(() => lines.splice(0))

  it('begins when more comes than is written, and not while the database is away', () => {
    const flood = new Flood(16 * MB, log)
    flood.look(20 * MB, false)
    flood.look(40 * MB, false)
    flood.look(30 * MB, true)
    expect(flood.allowance, 'it is catching up').to.equal(Number.POSITIVE_INFINITY)

    flood.look(31 * MB, true)
    expect(flood.allowance).to.equal(64)
    expect(lines).to.deep.equal([{ spoolBytes: 31 * MB }])
  })

  it('begins also when a batch takes longer than the time between two looks', () => {
    const flood = new Flood(16 * MB, log)
    flood.look(10 * MB, true)
    flood.look(14 * MB, false)
    flood.look(20 * MB, false)
    flood.look(17 * MB, true)
    expect(flood.allowance).to.equal(64)
  })

  it('does not begin for what has gathered while writing failed', () => {
    const flood = new Flood(16 * MB, log)
    flood.look(10 * MB, true)
    flood.writingFailed()
    flood.look(40 * MB, false)
    flood.look(39 * MB, true)
    flood.look(38 * MB, true)
    expect(flood.allowance).to.equal(Number.POSITIVE_INFINITY)
  })

  it('leaves less to the loud while it grows, and ends with how many rows were not kept', () => {
    const flood = new Flood(16 * MB, log)
    for (let second = 1; second <= 10; second++) flood.look((16 + second) * MB, true)
    expect(flood.allowance).to.equal(1)

    flood.leftOut(700)
    flood.leftOut(77)
    flood.look(5 * MB, true)
    expect(flood.allowance).to.equal(1)
    flood.look(3 * MB, true)
    expect(flood.allowance).to.equal(Number.POSITIVE_INFINITY)
    expect(lines.at(-1)).to.deep.equal({ rowsNotKept: 777 })
  })
})

describe('the request log in a flood', () => {
  let database: TestDatabase
  let folder: ReturnType<typeof testFolder>
  let requestLog: RequestLog

  before(async () => {
    database = await testDatabase()
    await database.clean()
    folder = testFolder()
    await ensurePartitions(database.knex, [dayOf(Date.now())])
    await beAsSlowAs(0.0006) // at most 1,500 rows a second
    await database.knex.raw(
      'create trigger slow before insert on request_logs for each row execute function be_slow()',
    )
  })
  after(async () => {
    await requestLog.stop(100)
    await database.knex.raw('drop trigger slow on request_logs; drop function be_slow()')
    await database.clean()
    folder.remove()
  })

  async function beAsSlowAs(secondsPerRow: number): Promise<void> {
    await database.knex.raw(`
      create or replace function be_slow() returns trigger language plpgsql as $$
      begin perform pg_sleep(${secondsPerRow}); return new; end $$`)
  }

  it('counts every request, keeps a part of the loud and all of the quiet, in bounded memory', async () => {
    // A flood begins at a quarter of the cap.
    requestLog = startRequestLog(folder.path, database.connection, { SPOOL_MAX_MB: '28' })
    const loud = requireAddress('192.0.2.66')
    const quiet = requireAddress('192.0.2.7')
    // The writer has found out before how much this database takes at once.
    const early = 4_000
    const others = Array.from({ length: early }, () =>
      seen({ address: requireAddress('192.0.2.1') }),
    )
    requestLog.recordAll(others)
    await requestLog.drain(60_000)
    const memoryBefore = process.memoryUsage().rss
    let sent = 0
    let sentByQuiet = 0
    const deadline = performance.now() + 60_000
    while (requestLog.counts.leftOut === 0 && performance.now() < deadline) {
      const entries = Array.from({ length: 1_000 }, () =>
        seen({ address: loud, query: 'x'.repeat(40) }),
      )
      if (sent % 10_000 === 0) {
        entries.push(seen({ address: quiet }))
        sentByQuiet++
      }
      requestLog.recordAll(entries)
      sent += 1_000
      // Once it is a flood, a little more than the database takes: several batches pass before the cap.
      const isFlood = requestLog.counts.spoolBytes > 8 * MB
      await new Promise((resolve) => setTimeout(resolve, isFlood ? 500 : 60))
    }
    expect(process.memoryUsage().rss - memoryBefore).to.be.below(64 * MB)

    // The flood was what had to be slow; the rest of it need not be waited for.
    await beAsSlowAs(0)
    await eventually('all is written', () => requestLog.counts.spoolBytes === 0, 60_000)
    await requestLog.drain()
    const counted = async (address: string) => {
      const rollUps = database.knex('address_rollups').where('ip_address', address)
      const [row] = await rollUps.sum({ requests: 'requests', kept: 'kept' })
      const [stored] = await database.knex('request_logs').where('ip_address', address).count()
      return { requests: row!.requests, kept: row!.kept, stored: stored!.count }
    }
    const ofQuiet = { requests: sentByQuiet, kept: sentByQuiet, stored: sentByQuiet }
    expect(await counted(quiet)).to.deep.equal(ofQuiet)
    const ofLoud = await counted(loud)
    expect(ofLoud.requests).to.equal(sent)
    expect(ofLoud.kept).to.be.below(sent).and.equal(ofLoud.stored)
    const { written, leftOut, dropped } = requestLog.counts
    expect(written + leftOut).to.equal(early + sent + sentByQuiet)
    expect(dropped).to.equal(0)
  })
})
