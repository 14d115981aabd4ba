import { readdirSync } from 'node:fs'
import { expect } from 'chai'
import { addressRollups } from '../../models/address-rollup'
import { NOWHERE } from '../../src/geo/source'
import type { Address } from '../../src/net/address'
import { createLogger } from '../../src/platform/logger'
import { Erasures } from '../../src/request-log/erasures'
import { Quarantine } from '../../src/request-log/quarantine'
import { Segment } from '../../src/request-log/segment'
import { SpoolWriter } from '../../src/request-log/spool-writer'
import { limitSpool } from '../../src/request-log/upkeep'
import { type TestDatabase, testDatabase } from '../support/database'
import { lineOf, seen, testFolder } from '../support/request-log'

const LIMITS = { ipStorage: 'full', anonymizeAfterHours: 24, retentionDays: 30 } as const
const HOUR_MS = 3_600_000

describe('what lies in several segments', () => {
  let database: TestDatabase
  let folder: ReturnType<typeof testFolder>
  const inHand = new Set<string>()
  const reports: { written?: number; quarantined?: number }[] = []

  before(async () => {
    database = await testDatabase()
  })
  beforeEach(async () => {
    await database.clean()
    folder = testFolder()
    reports.splice(0)
  })
  afterEach(() => folder.remove())

  const timestamp = Date.now()
  const line = (path: string, status = 200) => lineOf(seen({ path, status, timestamp }))
  const paths = () => database.knex('request_logs').orderBy('path').pluck('path')
  const rollUps = () => database.knex('address_rollups').pluck('requests')

  function fill(lines: string[]): void {
    const segment = new Segment(folder.path)
    const bytes = Buffer.from(lines.join(''))
    segment.append(bytes, bytes.length)
    segment.close()
  }

  function writer(find = async () => {}, caution = 0): SpoolWriter {
    const parts = {
      folder: folder.path,
      mostLines: 10_000,
      knex: database.knex,
      locator: {
        findAll: async (all: Iterable<Address>) => {
          await find()
          return new Map([...all].map((subject) => [subject, NOWHERE]))
        },
      },
      inHand,
      quarantine: new Quarantine(folder.path, LIMITS),
      ipStorage: 'full' as const,
      keyHours: 24,
      sensitivePaths: [],
      flood: { allowance: Number.POSITIVE_INFINITY, leftOut() {} },
      erasures: new Erasures(),
      log: createLogger('silent'),
      rest: async () => {},
      report: (counts: (typeof reports)[number]) => void reports.push(counts),
    }
    return new SpoolWriter(parts, caution)
  }

  it('is written at once, with one roll-up of an address, and removed', async () => {
    for (const name of ['a', 'b', 'c']) fill([line(`/${name}/1`), line(`/${name}/2`)])
    await writer().writeAll(new AbortController().signal)

    expect(await paths()).to.deep.equal(['/a/1', '/a/2', '/b/1', '/b/2', '/c/1', '/c/2'])
    expect(await rollUps()).to.deep.equal([6])
    expect(reports).to.deep.equal([{ written: 6, leftOut: 0 }])
    expect(readdirSync(folder.path)).to.deep.equal([])
    expect(await database.knex('spool_segments')).to.deep.equal([])
  })

  it('loses one record alone when Postgres refuses that, and doubles none', async () => {
    fill([line('/a/1'), line('/a/2')])
    fill([line('/b/1'), line('/b/2', 99_999), line('/b/3')])
    fill(['not a record\n', line('/c/2')])
    await writer().writeAll(new AbortController().signal)

    expect(await paths()).to.deep.equal(['/a/1', '/a/2', '/b/1', '/b/3', '/c/2'])
    const requests = (await rollUps()).reduce((sum, count) => sum + count, 0)
    expect(requests).to.equal(5)
    expect(reports.filter(({ quarantined }) => quarantined)).to.have.length(2)
    expect(readdirSync(folder.path)).to.deep.equal(['quarantine.ndjson'])
  })

  it('is written also when its sums are larger than any number that is told exactly', async () => {
    const many = { bytes: Number.MAX_SAFE_INTEGER, timestamp }
    fill(['/a', '/b', '/c'].map((path) => lineOf(seen({ path, ...many }))))
    await writer().writeAll(new AbortController().signal)

    expect(await paths()).to.deep.equal(['/a', '/b', '/c'])
    expect(await database.knex('address_rollups').pluck('bytes')).to.deep.equal([many.bytes])
    await addressRollups.fold(database.knex, new Date(Math.floor(timestamp / HOUR_MS) * HOUR_MS))
    expect(reports).to.deep.equal([{ written: 3, leftOut: 0 }])
  })

  it('tells of nobody a faster pace than theirs when it is made ready again', async () => {
    fill([...Array.from({ length: 64 }, () => line('/a')), line('/b', 99_999)])
    await writer().writeAll(new AbortController().signal)

    const [fastest] = await database.knex('address_rollups').max('busiest_minute as inMinute')
    expect(fastest?.inMinute).to.be.within(1, 64)
  })

  it('keeps the database for no long time when it is many small ones', async () => {
    for (let nth = 0; nth < 450; nth++) fill([line(`/${nth}`)])
    await writer().writeAll(new AbortController().signal)

    expect(reports.map(({ written }) => written)).to.deep.equal([200, 200, 50])
    expect(readdirSync(folder.path)).to.deep.equal([])
  })

  it('is given up past the cap only where it is not being written', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) fill([line(`/${name}`)])
    let dropped = 0
    const find = async () => {
      if (inHand.size === 3) dropped += (await limitSpool(folder.path, 0, inHand)).dropped
    }
    await writer(find).writeAll(new AbortController().signal)

    expect(await paths()).to.have.length(3)
    expect(dropped).to.equal(2)
    expect([...inHand]).to.deep.equal([])
  })

  it('is written, or counted as given up, however both come together', async () => {
    const segments = 40
    const lines = 100
    for (let nth = 0; nth < segments; nth++) {
      fill(Array.from({ length: lines }, (_, i) => line(`/${nth}/${i}`)))
    }
    let { bytes: cap, dropped } = await limitSpool(folder.path, Number.MAX_SAFE_INTEGER, inHand)
    let isWriting = true
    const write = writer(undefined, 3).writeAll(new AbortController().signal)
    const written = write.finally(() => {
      isWriting = false
    })
    for (const step = cap / 100; isWriting; cap -= step) {
      dropped += (await limitSpool(folder.path, cap, inHand)).dropped
    }
    await written
    expect(dropped).to.be.within(1, segments * lines - 1)
    expect((await paths()).length + dropped).to.equal(segments * lines)
  })
})
