import { expect } from 'chai'
import { bindModels } from '../../models'
import { backtest, type TrialFlags, type TrialResult } from '../../src/detection/backtest/backtest'
import { Champions } from '../../src/detection/learned/champions'
import { createLogger } from '../../src/platform/logger'
import { store, visits } from '../detection/visits'
import { runScript } from '../support/script'
import { startTestService, type TestService } from '../support/service'

const HOUR_MS = 3_600_000
const HOUR = new Date(Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 26 * HOUR_MS)
const BUSY = '203.0.113.1'
const BUSIER = '203.0.113.2'
const QUIET = '203.0.113.3'
const PROBER = '203.0.113.4'

describe('trying other thresholds on the stored days', () => {
  let service: TestService
  let key: string

  before(async () => {
    service = await startTestService({ TRUSTED_PROXIES: '127.0.0.1' })
  })
  after(async () => {
    await service.database.clean()
    await service.stop()
  })
  beforeEach(async () => {
    await service.database.clean()
    key = await service.key('admin')
    const at = { timestamp: HOUR.getTime() }
    await store(service.database.knex, [
      ...visits(150, 1_000, { ...at, address: BUSY }),
      ...visits(500, 1_000, { ...at, address: BUSIER }),
      ...visits(60, 1_000, { ...at, address: QUIET }),
      ...visits(2, 1_000, { ...at, address: PROBER, path: '/%61dmin/x' }),
      ...visits(1, 1_000, { ...at, address: QUIET, path: '/reports/x' }),
    ])
    await send('POST', '/admin/api/detection/run', { hour: HOUR.toISOString() })
  })

  const send = async (method: string, path: string, json?: object) => {
    const answer = await service.send(path, { method, key, ...(json && { json }) })
    return { status: answer.status, body: JSON.parse(await answer.text()) }
  }
  /** As the route and the script do, without the thread, which takes its time to start from source. */
  const trial = (json: object): Promise<TrialResult> => {
    const settings = {
      maxRequestsPerHour: 100,
      sensitivePaths: ['/admin', '/login'],
      detectors: [],
    }
    const nobody = () => Promise.reject(new Error('asked'))
    const learned = { train: nobody, score: nobody }
    const parts = { knex: service.database.knex, settings, learned, log: createLogger('silent') }
    return backtest(parts, { days: 7, ...json })
  }
  const incidentsOf = async (query = '') => {
    const { items } = (await send('GET', `/admin/api/suspicious${query}`)).body
    return new Map<string, string>(
      items.map((item: Record<string, string>) => [item.ipAddress, item.incident]),
    )
  }
  const review = async (address: string, json: object): Promise<void> => {
    const { items } = (await send('GET', `/admin/api/suspicious?ip=${address}`)).body
    const answer = await send('POST', `/admin/api/suspicious/${items[0].id}/review`, json)
    expect(answer.status).to.equal(200)
  }
  const addresses = ({ items }: Pick<TrialFlags, 'items'>) =>
    items.map(({ address }) => address).sort()

  it('goes with a card of the model that judges', async () => {
    const { status, body } = await send('GET', '/admin/api/detection/model')
    expect(status).to.equal(200)
    expect(body).to.deep.include({ detectors: ['forest'], champion: null, before: [] })
    expect(body.thresholds.high).to.be.greaterThan(body.thresholds.medium)
    expect(body.features[0]).to.deep.include({ name: 'requests', label: 'requests', usual: null })

    await service.database.knex('learned_models').insert({
      ...{ detectors: 'forest', features: 'x', trained_on: 512, model: Buffer.from([1]) },
    })
    const { champion } = (await send('GET', '/admin/api/detection/model')).body
    expect(champion).to.include({ detectors: 'forest', trainedOn: 512 })
  })

  it('changes nothing when nothing is changed', async () => {
    const result = await trial({})
    expect(result).to.deep.include({ hours: 1, addresses: 4, flagged: { before: 3, after: 3 } })
    expect(result.byHour).to.deep.equal([{ hour: HOUR, before: 3, after: 3 }])
    expect([result.added.total, result.lost.total]).to.deep.equal([0, 0])
  })

  it('tells which flags would be lost, and what people said of them', async () => {
    await review(BUSY, { decision: 'block' })
    await review(PROBER, { decision: 'dismiss', normal: { path: '/x/y' } })
    const result = await trial({ maxRequestsPerHour: 1_000, sensitivePaths: ['/login'] })
    expect(result.flagged).to.deep.equal({ before: 3, after: 0 })
    expect(result.lost).to.include({ total: 3, dismissed: 1, confirmed: 1 })
    expect(addresses(result.lost)).to.deep.equal([BUSY, BUSIER, PROBER])
  })

  it('tells what people said of those that it would flag', async () => {
    await review(BUSY, { decision: 'block' })
    await review(PROBER, { decision: 'dismiss' })
    const { flagged, reviewed } = await trial({ maxRequestsPerHour: 120 })
    // Who was dismissed for as much is not flagged again, under this setting neither.
    expect(flagged).to.deep.equal({ before: 3, after: 2 })
    expect(reviewed).to.deep.equal({ dismissed: 0, confirmed: 1 })
  })

  it('tells which would be new: a lower limit, and paths that were not sensitive then', async () => {
    const lower = await trial({ maxRequestsPerHour: 50 })
    expect(addresses(lower.added)).to.deep.equal([QUIET])
    expect(lower.lost.total).to.equal(0)
    const paths = await trial({ sensitivePaths: ['/admin', '/login', '/reports'] })
    expect(addresses(paths.added)).to.deep.equal([QUIET])
    expect(paths.added.items[0]!.window).to.deep.equal(HOUR)
  })

  it('names an incident as the finding is named, however often its hour is judged', async () => {
    const incidents = await incidentsOf()
    expect([...incidents.values()].every((name) => /^[0-9a-hjkmnp-tv-z]{10}$/.test(name))).to.equal(
      true,
    )
    const { lost } = await trial({ maxRequestsPerHour: 1_000, sensitivePaths: ['/login'] })
    for (const { address, incident } of lost.items) {
      expect(incident, address).to.equal(incidents.get(address))
    }

    await service.database.knex('suspicious_ips').where({ ip_address: BUSY }).delete()
    const [added] = (await trial({})).added.items
    expect(added).to.include({ address: BUSY, incident: incidents.get(BUSY) })
    await send('POST', '/admin/api/detection/run', { hour: HOUR.toISOString() })
    expect(await incidentsOf()).to.deep.equal(incidents)

    const name = incidents.get(BUSIER)!
    expect([...(await incidentsOf(`?incident=${name.toUpperCase()}`)).keys()]).to.deep.equal([
      BUSIER,
    ])
    const wrong = await send('GET', '/admin/api/suspicious?incident=1a1fe3c1d2d7abc6')
    expect(wrong.status).to.equal(400)
  })

  it('judges by the model that judges the hours, and learns none of its own', async () => {
    const { knex } = service.database
    const model = Uint8Array.of(7, 7, 7)
    await new Champions(knex, ['forest']).promote({
      ...{ model, detectors: ['forest'], trainedOn: 512, failures: [] },
    })
    const asked: Uint8Array[] = []
    const learned = {
      train: () => Promise.reject(new Error('trains')),
      score: async (task: { model: Uint8Array }) => {
        asked.push(task.model)
        throw new Error('enough')
      },
    }
    const settings = { maxRequestsPerHour: 100, sensitivePaths: [], detectors: ['forest' as const] }
    await backtest({ knex, settings, learned, log: createLogger('silent') }, { days: 7 })
    expect(asked).to.deep.equal([model])
  })

  it('leaves out what is below a severity or a risk', async () => {
    expect((await trial({ severity: 'high' })).flagged).to.deep.equal({ before: 3, after: 0 })
    expect((await trial({ threshold: 1 })).lost.total).to.equal(3)
    expect((await trial({ threshold: 0 })).lost.total).to.equal(0)
  })

  it('shows the effect of what people have taught', async () => {
    await review(PROBER, { decision: 'dismiss', normal: { path: '/admin/**' } })
    const { lost } = await trial({})
    expect(lost).to.include({ total: 1, dismissed: 1 })
    expect(addresses(lost)).to.deep.equal([PROBER])
  })

  it('changes no finding and no run', async () => {
    const { SuspiciousIP, DetectionRun } = bindModels(service.database.knex)
    const state = () => Promise.all([SuspiciousIP.query().orderBy('id'), DetectionRun.query()])
    const before = JSON.stringify(await state())
    await trial({ maxRequestsPerHour: 10 })
    expect(JSON.stringify(await state())).to.equal(before)
  })

  it('runs one at a time, remembers the last, and refuses what makes no sense', async () => {
    const path = '/admin/api/detection/backtest'
    const answers = await Promise.all([send('POST', path, {}), send('POST', path, {})])
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([200, 409])
    const { body } = await send('GET', path)
    expect(body).to.deep.include({ state: 'done', error: null, progress: { hours: 1, of: 1 } })
    expect(body.result).to.deep.include({ addresses: 4, flagged: { before: 3, after: 3 } })
    for (const wrong of [{ days: 0 }, { days: 99 }, { threshold: 2 }, { limit: 3 }]) {
      expect((await send('POST', path, wrong)).status, JSON.stringify(wrong)).to.equal(400)
    }
    expect((await send('POST', path, { sensitivePaths: ['/'] })).status).to.equal(400)
    expect((await service.send(path, { method: 'POST', json: {} })).status).to.equal(401)
  })

  it('is a script as well', async () => {
    const env = { DATABASE_URL: service.database.url, DATA_DIR: service.dataDir }
    const args = ['--max-requests-per-hour', '200', '--days', '3']
    const { code, stdout } = await runScript('backtest', [...args, '--json'], env)
    expect(code).to.equal(0)
    const result = JSON.parse(stdout)
    expect(result.trial).to.deep.include({ days: 3, maxRequestsPerHour: 200 })
    expect(addresses(result.lost)).to.deep.equal([BUSY])

    expect((await runScript('backtest', ['--days', 'x'], env)).code).to.equal(2)
  })
}).timeout(180_000)
