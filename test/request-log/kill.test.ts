import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { type TestDatabase, testDatabase } from '../support/database'
import { pipeline, startRecorder } from '../support/recorder'
import { startRequestLog, testFolder } from '../support/request-log'

const RUNS = 10
const AT_ONCE = 5
const CONNECTIONS = 8

describe('a request log whose process is killed', () => {
  const folder = testFolder()
  let database: TestDatabase

  before(async () => {
    database = await testDatabase()
    await database.clean()
  })

  after(() => folder.remove())

  it('has every answered request once, after ten kills under load', async () => {
    const answered: string[] = []
    for (let run = 0; run < RUNS; run += AT_ONCE) {
      const runs = Array.from({ length: AT_ONCE }, (_, i) => answerUntilKilled(`/run-${run + i}`))
      answered.push(...(await Promise.all(runs)).flat())
    }

    const requestLog = startRequestLog(folder.path, database.connection)
    await requestLog.drain(60_000)
    await requestLog.stop()

    const rows = await database.knex('request_logs').pluck('path')
    const written = new Set(rows)
    expect(answered.length).to.be.greaterThan(1_000)
    expect(rows.length - written.size, 'written twice').to.equal(0)
    expect(answered.filter((path) => !written.has(path)).length, 'missing').to.equal(0)
    expect(await database.knex('spool_segments'), 'nothing is left over').to.deep.equal([])
  })

  /** The requests that a server could answer before it was killed, at some moment of its work. */
  async function answerUntilKilled(run: string): Promise<string[]> {
    const { port, process } = await startRecorder(folder.path, database.connection)
    const clients = Array.from({ length: CONNECTIONS }, (_, i) => pipeline(port, `${run}/${i}`))
    const answered = Promise.all(clients)
    await sleep(300 + Math.random() * 1_500)
    process.kill('SIGKILL')
    await once(process, 'exit')
    return (await answered).flat()
  }
})
