import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { expect } from 'chai'
import { bindModels } from '../../models'
import { scripts } from '../../package.json'
import { type TestDatabase, testDatabase } from '../support/database'
import { eventually } from '../support/eventually'
import { runScript } from '../support/script'

const MAIN = path.join(__dirname, '../../src/main.ts')

describe('the service as a process', () => {
  let dataDir: string
  let database: TestDatabase

  before(async () => {
    dataDir = await mkdtemp(path.join(os.tmpdir(), 'portcullis-process-'))
    database = await testDatabase()
    await database.clean()
  })
  after(() => rm(dataDir, { recursive: true, force: true }))

  function start(settings: NodeJS.ProcessEnv): ChildProcess {
    return spawn(process.execPath, ['-r', 'ts-node/register/transpile-only', MAIN], {
      env: {
        ...process.env,
        DATA_DIR: dataDir,
        DATABASE_URL: database.url,
        PORT: '0',
        ...settings,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  /** Waits until it listens; answers where. */
  async function listening(service: ChildProcess): Promise<string> {
    for await (const line of createInterface({ input: service.stdout! })) {
      const { msg, url } = JSON.parse(line)
      if (msg === 'listening') return url
    }
    throw new Error('it ended before it listened')
  }

  it('names every wrong setting in one message, and does not start', async () => {
    const service = start({
      PORT: 'web',
      TRUSTED_PROXIES: '10.0.0.0/8,proxy.local',
      DETECTION_SCHEDULE: 'hourly',
      DATABASE_URL: 'mysql://user:secret@db/x',
      HOST: 'not a host',
      GEO_CITY_DB: __filename,
      DATA_DIR: '/proc/portcullis', // Node's mkdir would try for ever.
    })
    const [message, [code]] = await Promise.all([text(service.stderr!), once(service, 'exit')])
    expect(code).to.equal(2)
    const wrong = [
      'PORT',
      'TRUSTED_PROXIES',
      'DETECTION_SCHEDULE',
      'DATABASE_URL',
      'HOST',
      'GEO_CITY_DB',
      'DATA_DIR',
    ]
    for (const name of wrong) expect(message).to.include(name)
    expect(message).to.include('proxy.local').and.not.include('secret')
  })

  it('turns unready on SIGTERM, answers what is in flight, and ends well', async () => {
    const service = start({})
    const url = await listening(service)
    const scopes = ['--scopes', 'ingest', '--json']
    const made = await runScript('create-key', ['slow', ...scopes], { DATABASE_URL: database.url })
    const { key } = JSON.parse(made.stdout) as { key: string }
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'text/plain' }
    await eventually('the key is known', async () => {
      return (await fetch(`${url}/v1/ingest`, { method: 'POST', headers })).status === 202
    })

    const slow = request(`${url}/v1/ingest`, { method: 'POST', headers })
    const answered = once(slow, 'response')
    slow.write('192.0.2.1 - - [20/Nov/2026:10:00:00 +0000] "GET /one HTTP/1.1" 200 1\n')
    await eventually('the request has arrived', async () => (await fetch(`${url}/livez`)).ok)

    const signalled = performance.now()
    service.kill('SIGTERM')
    await eventually('it is unready', async () => (await fetch(`${url}/readyz`)).status === 503)
    slow.end('192.0.2.1 - - [20/Nov/2026:10:00:01 +0000] "GET /two HTTP/1.1" 200 1\n')

    const [response] = await answered
    expect(JSON.parse(await text(response))).to.include({ accepted: 2, rejected: 0 })
    const [code] = await once(service, 'exit')
    expect(code).to.equal(0)
    expect(performance.now() - signalled).to.be.below(10_000)

    const { RequestLog } = bindModels(database.knex)
    const stored = await RequestLog.query().where('source', 'ingest').orderBy('timestamp')
    expect(stored.map((row) => row.path)).to.deep.equal(['/one', '/two'])
  })

  it('stops well when a signal comes twice, as Ctrl-C does through npm', async () => {
    const service = start({})
    await listening(service)
    service.kill('SIGINT')
    service.kill('SIGINT')
    const [code] = await once(service, 'exit')
    expect(code).to.equal(0)
  })

  it('is the process that npm signals, without a shell between', () => {
    expect(scripts.start).to.match(/^exec node /)
  })
})
