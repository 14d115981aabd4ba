import fs from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { type TestDatabase, testDatabase } from '../support/database'
import { testFolder } from '../support/request-log'
import { runScript } from '../support/script'

const LINES = Array.from({ length: 1_000 }, (_, i) => {
  const time = `17/May/2015:10:${String(Math.floor(i / 60)).padStart(2, '0')}:00 +0000`
  return `83.149.9.${i % 250} - - [${time}] "GET /${i} HTTP/1.1" 200 5 "-" "curl/8"`
})

describe('ingest-log', () => {
  const folder = testFolder()
  const file = path.join(folder.path, 'access.log')
  let database: TestDatabase

  before(async () => {
    database = await testDatabase()
    fs.writeFileSync(file, `${LINES.join('\n')}\nnonsense\n`)
  })

  beforeEach(() => database.clean())
  after(() => folder.remove())

  function ingest(args: string[], input?: string | Buffer) {
    const env = { DATABASE_URL: database.url, DATA_DIR: folder.path }
    return runScript('ingest-log', args, env, input)
  }

  it('loads a log with its own times, and names its bad lines', async () => {
    const { code, stdout, stderr } = await ingest([file])

    expect(stderr).to.equal('')
    expect(code).to.equal(0)
    expect(stdout).to.include('1,000 lines accepted, 1 rejected.')
    expect(stdout).to.include('line 1001: not a request in any known format')
    expect(stdout).to.include('From 2015-05-17T10:00:00.000Z to 2015-05-17T10:16:00.000Z.')
    expect(stdout).to.include('1,000 are older than RETENTION_DAYS (30)')

    const rows = await database.knex('request_logs').orderBy('id')
    expect(rows.map((row) => row.path)).to.deep.equal(LINES.map((_, i) => `/${i}`))
    expect(rows[60]).to.deep.include({
      timestamp: new Date('2015-05-17T10:01:00Z'),
      country: 'RU',
      source: 'ingest',
    })
    expect(fs.readdirSync(path.join(folder.path, 'spool'))).to.deep.equal([])
  })

  it('reads gzip from standard input, and answers programs in JSON', async () => {
    const { code, stdout } = await ingest(['--json', '-'], gzipSync(LINES.join('\n')))

    expect(code).to.equal(0)
    expect(JSON.parse(stdout)).to.include({
      accepted: 1_000,
      rejected: 0,
      olderThanRetention: 1_000,
    })
    expect(await database.knex('request_logs').count()).to.deep.equal([{ count: 1_000 }])
  })

  it('says nothing of the retention when all lines are kept', async () => {
    const now = new Date().toUTCString().split(' ')
    const time = `${now[1]}/${now[2]}/${now[3]}:${now[4]} +0000`
    const { stdout } = await ingest(['-'], `192.0.2.1 - - [${time}] "GET / HTTP/1.1" 200 5`)

    expect(stdout).to.include('1 lines accepted').and.not.include('RETENTION_DAYS')
  })

  it('ends with 2 when it is called wrongly', async () => {
    const answers = await Promise.all([
      ingest([]),
      ingest(['/nowhere/access.log']),
      ingest([folder.path]),
    ])

    expect(answers.map(({ code }) => code)).to.deep.equal([2, 2, 2])
    expect(answers[1]?.stderr).to.include('/nowhere/access.log cannot be read.')
    expect(answers[2]?.stderr).to.include('is a folder')
  })

  it('ends with 1 and keeps what it has read when gzip is cut off', async () => {
    const whole = gzipSync(LINES.join('\n').repeat(20))
    const { code, stderr } = await ingest(['-'], whole.subarray(0, -20))

    expect(code).to.equal(1)
    expect(stderr).to.include('unexpected end of file')
  })
})
