import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { type TestDatabase, testDatabase } from '../support/database'
import { eventually } from '../support/eventually'
import { startRequestLog, testFolder } from '../support/request-log'

const TS_NODE = require.resolve('ts-node/register/transpile-only')
const RECORDER = path.join(__dirname, 'fixtures/recorder.ts')
const RUNS = 10
const AT_ONCE = 5

describe('a request log whose process is killed', () => {
  const folder = testFolder()
  let database: TestDatabase

  before(async () => {
    database = await testDatabase()
    await database.clean()
  })

  after(() => folder.remove())

  it('has every answered request once, after ten kills under load', async function () {
    this.timeout(60_000)
    const answered: string[] = []
    for (let run = 0; run < RUNS; run += AT_ONCE) {
      const runs = Array.from({ length: AT_ONCE }, (_, i) => recordUntilKilled(`run-${run + i}`))
      answered.push(...(await Promise.all(runs)).flat())
    }

    const requestLog = startRequestLog(folder.path, database.connection)
    await requestLog.drain()
    await requestLog.stop()

    const rows = await database.knex('request_logs').pluck('path')
    const written = new Set(rows)
    expect(answered.length).to.be.greaterThan(1_000)
    expect(rows.length - written.size, 'written twice').to.equal(0)
    expect(answered.filter((path) => !written.has(path)).length, 'missing').to.equal(0)
    expect(await database.knex('spool_segments'), 'nothing is left over').to.deep.equal([])
  })

  /** The requests that a process could answer before it was killed, at some moment of its work. */
  async function recordUntilKilled(run: string): Promise<string[]> {
    const answers = path.join(folder.path, `${run}.answered`)
    const args = ['-r', TS_NODE, RECORDER, folder.path, run, JSON.stringify(database.connection)]
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', fs.openSync(answers, 'w'), 'inherit'],
    })
    await eventually('it works', () => fs.statSync(answers).size > 0, 20_000)
    await sleep(300 + Math.random() * 2_500)
    child.kill('SIGKILL')
    await once(child, 'exit')
    // What stands behind the last newline was not answered as a whole.
    return fs.readFileSync(answers, 'utf8').split('\n').slice(0, -1)
  }
})
