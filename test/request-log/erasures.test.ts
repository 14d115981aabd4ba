import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { expect } from 'chai'
import { addressRollups } from '../../models/address-rollup'
import { NOWHERE } from '../../src/geo/source'
import { type Address, requireAddress } from '../../src/net/address'
import { createLogger } from '../../src/platform/logger'
import { Erasures, orderErasure } from '../../src/request-log/erasures'
import { Lines } from '../../src/request-log/lines'
import { Quarantine } from '../../src/request-log/quarantine'
import { Segment } from '../../src/request-log/segment'
import { SpoolWriter } from '../../src/request-log/spool-writer'
import { type TestDatabase, testDatabase } from '../support/database'
import { lineOf, seen, startRequestLog, testFolder } from '../support/request-log'

const ERASED = requireAddress('198.51.100.7')
const OTHER = requireAddress('198.51.100.8')
const NOON = Date.parse('2026-03-10T12:00:00Z')
const LIMITS = { ipStorage: 'full', anonymizeAfterHours: 24, retentionDays: 30 } as const

describe('an erasure', () => {
  const folder = testFolder()
  let database: TestDatabase

  before(async () => {
    database = await testDatabase()
  })
  beforeEach(() => database.clean())
  after(() => folder.remove())

  const at = (address: Address, timestamp: number) => seen({ address, timestamp })
  const order = () => orderErasure(database.knex, [ERASED], new Date(NOON))
  const rows = () => database.knex('request_logs').orderBy('timestamp').pluck('ip_address')
  const rollUps = () => database.knex('address_rollups').sum('requests as requests').first()

  it('holds for what an instance of another machine has kept since before, and for nothing else', async () => {
    await order()
    // A folder of its own, as one has that was away.
    const requestLog = startRequestLog(folder.path, database.connection)
    requestLog.recordAll([at(ERASED, NOON - 3 * 86_400_000), at(ERASED, NOON), at(OTHER, NOON)])
    requestLog.recordAll([at(ERASED, NOON + 1)])
    await requestLog.drain()
    await requestLog.stop()

    expect(await rows()).to.deep.equal([OTHER, ERASED])
    expect(await rollUps()).to.deep.equal({ requests: 2 })
    const left = await database.knex('spool_segments')
    expect(left, 'the segment is written to its end').to.deep.equal([])
  })

  it('holds for a batch that was made ready before, and nobody asks where the erased one is', async () => {
    const spool = path.join(folder.path, 'batch')
    mkdirSync(spool)
    const segment = new Segment(spool)
    const lines = Lines.of([at(ERASED, NOON - 1), at(OTHER, NOON - 1)])
    segment.append(lines.bytes, lines.size)
    segment.close()
    const asked: Address[][] = []
    const writer = writerOf(spool, async (subjects) => {
      asked.push([...subjects])
      if (asked.length === 1) await order()
    })
    await writer.writeAll(new AbortController().signal)

    expect(await rows()).to.deep.equal([OTHER])
    expect(await rollUps()).to.deep.equal({ requests: 1 })
    expect(asked).to.deep.equal([[ERASED, OTHER], [OTHER]])
  })

  it('leaves nothing of how fast the erased one asked in what is counted afterwards', async () => {
    const spool = path.join(folder.path, 'pace')
    mkdirSync(spool)
    const writer = writerOf(spool, async () => {})
    const write = async (timestamps: number[]) => {
      const segment = new Segment(spool)
      const lines = Lines.of(timestamps.map((timestamp) => at(ERASED, timestamp)))
      segment.append(lines.bytes, lines.size)
      segment.close()
      await writer.writeAll(new AbortController().signal)
    }
    await write(Array.from({ length: 50 }, (_, i) => NOON + i))
    await orderErasure(database.knex, [ERASED], new Date(NOON + 50))
    await database.knex('address_rollups').delete()
    await write([NOON + 51])
    const [after] = await database.knex('address_rollups')
    expect(after).to.include({ requests: 1, busiest_minute: 1, busiest_ten_seconds: 1, gaps: 0 })
  })

  it('waits for a fold, whose new rows nobody would delete', async () => {
    let ordering: Promise<void> | undefined
    let isOrdered = false
    await database.knex.transaction(async (trx) => {
      await addressRollups.fold(trx, new Date(NOON))
      ordering = order().then(() => {
        isOrdered = true
      })
      await trx.raw('select pg_sleep(0.1)')
      expect(isOrdered).to.equal(false)
    })
    await ordering
  })

  it('waits for who writes without knowing of it, and those who come later know', async () => {
    const erasures = new Erasures()
    const { knex } = database
    let ordering: Promise<void> | undefined
    let isOrdered = false
    await knex.transaction(async (trx) => {
      await erasures.hold(trx)
      ordering = order().then(() => {
        isOrdered = true
      })
      await trx.raw('select pg_sleep(0.1)')
      expect(isOrdered).to.equal(false)
      expect(erasures.cover(at(ERASED, NOON - 1))).to.equal(false)
    })
    await ordering
    await knex.transaction((trx) => erasures.hold(trx))
    expect(erasures.cover(at(ERASED, NOON - 1))).to.equal(true)
  })

  it('is kept without the address, and the last one counts', async () => {
    await order()
    await orderErasure(database.knex, [ERASED], new Date(NOON + 1_000))
    const kept = await database.knex('erasures')
    expect(kept).to.have.length(1)
    expect(JSON.stringify(kept)).to.not.include(ERASED)
    const erasures = new Erasures()
    await erasures.read(database.knex)
    expect(erasures.cover(at(ERASED, NOON + 1_000))).to.equal(true)
    expect(erasures.cover(at(ERASED, NOON + 1_001))).to.equal(false)
  })

  it('is heeded when others are later, though there are no more of them', async () => {
    const erasures = new Erasures()
    const orderOf = async (address: Address, time: number) => {
      await orderErasure(database.knex, [address], new Date(time))
      await erasures.read(database.knex)
    }
    await orderOf(ERASED, NOON)
    await orderOf(OTHER, NOON + 10_000)
    // Again, by an instance whose clock is behind, or who had to wait.
    await orderOf(ERASED, NOON + 5_000)
    expect(erasures.cover(at(ERASED, NOON + 5_000))).to.equal(true)
  })

  it('holds for what an instance keeps aside, too', async () => {
    await order()
    const erasures = new Erasures()
    await erasures.read(database.knex)
    const quarantine = new Quarantine(folder.path, LIMITS)
    for (const address of [ERASED, OTHER]) {
      await quarantine.keep(lineOf(at(address, NOON - 1)).trim(), 'refused')
    }
    await quarantine.tidy(erasures)
    expect(await quarantine.of(ERASED)).to.deep.equal([])
    expect(await quarantine.of(OTHER)).to.have.length(1)
  })

  function writerOf(spool: string, find: (subjects: Iterable<Address>) => Promise<void>) {
    return new SpoolWriter({
      folder: spool,
      mostLines: 10_000,
      knex: database.knex,
      locator: {
        async findAll(subjects) {
          await find(subjects)
          return new Map([...subjects].map((subject) => [subject, NOWHERE]))
        },
      },
      inHand: new Set(),
      quarantine: new Quarantine(spool, LIMITS),
      ipStorage: 'full',
      keyHours: 24,
      sensitivePaths: [],
      flood: { allowance: Number.POSITIVE_INFINITY, leftOut() {} },
      erasures: new Erasures(),
      log: createLogger('silent'),
      rest: async () => {},
      report() {},
    })
  }
})
