import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { expect } from 'chai'
import { bindModels } from '../../models'
import { Quarantine } from '../../src/request-log/quarantine'
import { type TestDatabase, testDatabase } from '../support/database'
import { seen, startRequestLog } from '../support/request-log'
import { runScript } from '../support/script'

const SUBJECT = '192.0.2.7'

describe('subject', () => {
  let database: TestDatabase
  let dataDir: string

  before(async () => {
    database = await testDatabase()
    await database.clean()
    dataDir = await mkdtemp(path.join(os.tmpdir(), 'portcullis-subject-'))
    const requestLog = startRequestLog(dataDir, database.connection)
    await requestLog.record(seen({ path: '/mine' }))
    await requestLog.stop(30_000)
    const { AuditEntry } = bindModels(database.knex)
    await AuditEntry.query().insert({ actor: 'ann', action: 'block.delete', subject: SUBJECT })
    const limits = { ipStorage: 'full', anonymizeAfterHours: 24, retentionDays: 30 } as const
    await new Quarantine(path.join(dataDir, 'spool'), limits).keep(`["${SUBJECT}",1]`, 'refused')
  })
  after(() => rm(dataDir, { recursive: true, force: true }))

  const subject = (...args: string[]) =>
    runScript('subject', args, { DATABASE_URL: database.url, DATA_DIR: dataDir })

  it('exports what is stored about an address', async () => {
    const { code, stdout } = await subject('export', SUBJECT, '--json')
    expect(code).to.equal(0)
    const copy = JSON.parse(stdout)
    expect(copy.requests.map(({ path }: { path: string }) => path)).to.deep.equal(['/mine'])
    expect(copy.decisions).to.have.length(1)
  })

  it('erases it from tables, files and the audit log', async () => {
    const { code, stdout } = await subject('erase', SUBJECT)
    expect([code, stdout]).to.deep.equal([
      0,
      `Erased ${SUBJECT}: 1 requests, 1 roll-ups, 0 findings.\n`,
    ])
    const { AuditEntry } = bindModels(database.knex)
    const entries = await AuditEntry.query().orderBy('id')
    expect(entries.map(({ subject, action }) => [action, subject])).to.deep.equal([
      ['block.delete', '(erased)'],
      ['subject.erase', null],
    ])
    const again = JSON.parse((await subject('export', SUBJECT, '--json')).stdout)
    expect([again.requests, again.rollUps, again.decisions]).to.deep.equal([[], [], []])
  })

  it('refuses other words with its usage', async () => {
    const { code, stderr } = await subject('forget', SUBJECT)
    expect(code).to.equal(2)
    expect(stderr).to.include('neither export nor erase').and.include('subject.ts export|erase')
  })
})
