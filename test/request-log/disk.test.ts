import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { expect } from 'chai'
import type { DatabaseConnection } from '../../src/platform/database'
import { type TestDatabase, testDatabase } from '../support/database'
import { eventually } from '../support/eventually'
import { pipeline, type Recorder, startRecorder } from '../support/recorder'
import { seen, startRequestLog, testFolder } from '../support/request-log'

/** A file may have so many KB; a record takes some 70 bytes. */
const LIMIT_KB = 16
const REQUESTS = 2_000

describe('a request log whose disk takes no more', () => {
  const folder = testFolder()
  let database: TestDatabase
  let recorder: Recorder

  before(async () => {
    database = await testDatabase()
    await database.clean()
    // While the database is away a segment is closed by its age only.
    const nowhere: DatabaseConnection = {
      ...database.connection,
      connectionString: 'postgres://postgres@127.0.0.1:1/postgres',
    }
    recorder = await startRecorder(folder.path, nowhere, `ulimit -f ${LIMIT_KB}`)
  })

  after(() => {
    recorder.process.kill('SIGKILL')
    folder.remove()
  })

  it('answers every request, counts what is lost, and goes on when there is room', async () => {
    const answered = await pipeline(recorder.port, '/full', { most: REQUESTS })
    expect(answered).to.have.length(REQUESTS)
    const { recorded, dropped } = await recorder.counts()
    expect(recorded + dropped, 'each is recorded or counted').to.equal(REQUESTS)
    expect(dropped).to.be.greaterThan(0)

    await eventually('a new segment takes records', async () => {
      await pipeline(recorder.port, '/later', { ahead: 1, most: 1 })
      return (await recorder.counts()).recorded > recorded
    })
    const counts = await recorder.counts()
    recorder.process.kill('SIGKILL')
    await once(recorder.process, 'exit')

    const requestLog = startRequestLog(folder.path, database.connection)
    await requestLog.drain()
    await requestLog.stop()
    const rows = await database.knex('request_logs').pluck('path')
    expect(rows, 'no line was torn').to.have.length(counts.recorded)
    expect(rows).to.include('/later/0')
  })
})

describe('a request log whose folder somebody removes', () => {
  it('makes it again, and goes on', async () => {
    const { connection, knex } = await testDatabase()
    const folder = testFolder()
    const requestLog = startRequestLog(folder.path, connection)
    await requestLog.record(seen({ path: '/before' }))
    await requestLog.drain()
    fs.rmSync(path.join(folder.path, 'spool'), { recursive: true })

    await eventually('it records again', async () => {
      return requestLog.record(seen({ path: '/after' }))
    })
    await requestLog.drain()
    await requestLog.stop()
    const paths = await knex('request_logs').whereIn('path', ['/before', '/after']).pluck('path')
    expect(paths).to.have.members(['/before', '/after'])
    folder.remove()
  })
})
