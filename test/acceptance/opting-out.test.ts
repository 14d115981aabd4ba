import { expect } from 'chai'
import { bindModels } from '../../models'
import { staysInOneHour } from '../support/clock'
import { eventually } from '../support/eventually'
import { startTestService, type TestService } from '../support/service'

const PERSON = '198.51.100.7'

describe('a person who does not want to be followed', () => {
  let service: TestService
  let key: string

  before(async () => {
    service = await startTestService({ TRUSTED_PROXIES: '127.0.0.1' })
    await service.database.clean()
    key = await service.key('check', 'ingest', 'admin')
  })
  after(() => service.stop())

  const from = (headers: Record<string, string>) => ({
    headers: { 'x-forwarded-for': PERSON, 'user-agent': 'a browser', ...headers },
  })

  async function stored(count: number) {
    const { RequestLog } = bindModels(service.database.knex)
    const rows = () => RequestLog.query().where('opted_out', true)
    await eventually('the requests are stored', async () => (await rows()).length >= count)
    const found = (await rows()).map((row) => {
      const { ipAddress, path, query, userAgent, account } = row
      return { ipAddress, path, query, userAgent, account }
    })
    await RequestLog.query().delete()
    return found
  }

  const NOTHING = {
    ipAddress: '198.51.100.0/24',
    path: '',
    query: '',
    userAgent: '',
    account: null,
  }

  it('is stored as a network without details, by Global Privacy Control', async () => {
    expect((await service.send('/secret?id=7', from({ 'sec-gpc': '1' }))).status).to.equal(404)
    expect(await stored(1)).to.deep.equal([NOTHING])
  })

  it('chooses so on a page, is remembered by a cookie, and can take it back', async () => {
    const html = { accept: 'text/html', 'sec-fetch-site': 'same-origin' }
    const page = await service.send('/privacy/opt-out', from(html))
    expect(await page.text()).to.include('action="/privacy/opt-out"')

    const out = await service.send('/privacy/opt-out', { method: 'POST', ...from(html) })
    expect([out.status, out.headers.get('location')]).to.deep.equal([303, '/privacy/opt-out'])
    const cookie = out.headers.get('set-cookie')!.split(';')[0]!
    const optedOut = await service.send('/privacy/opt-out', from({ cookie }))
    expect(await optedOut.json()).to.deep.equal({ optedOut: true })

    const back = await service.send('/privacy/opt-in', { method: 'POST', ...from({ cookie }) })
    expect(await back.json()).to.deep.equal({ optedOut: false })
    expect(back.headers.get('set-cookie')).to.match(/^portcullis-opt-out=;/)
    await stored(2)
  })

  it('cannot be opted in again by another site', async () => {
    const other = from({ 'sec-fetch-site': 'cross-site' })
    const answer = await service.send('/privacy/opt-in', { method: 'POST', ...other })
    expect(answer.status).to.equal(403)
  })

  it('is heard through a proxy, an application that asks, and one that reports', async () => {
    const gpc = { 'sec-gpc': '1', 'x-forwarded-uri': '/secret?id=7' }
    expect((await service.send('/v1/forward-auth', from(gpc))).status).to.equal(200)
    const visit = { ip: PERSON, method: 'GET', path: '/secret?id=7', account: 'ann' }
    const asked = { method: 'POST', key, json: { ...visit, optedOut: true } }
    expect((await service.send('/v1/check', asked)).status).to.equal(200)
    const record = { ...visit, status: 200, timestamp: Date.now(), optedOut: true }
    const reported = { method: 'POST', key, json: { records: [record] } }
    expect((await service.send('/v1/ingest', reported)).status).to.equal(202)
    expect(await stored(3)).to.deep.equal([NOTHING, NOTHING, NOTHING])
  })

  it('is left out of statistics', async () => {
    await service.send('/seen', from({}))
    await service.send('/unseen', from({ 'sec-gpc': '1' }))
    await eventually('both are stored', async () => {
      const { rows } = await service.database.knex.raw(
        "select count(*)::int as n from request_logs where path in ('/seen', '')",
      )
      return rows[0].n === 2
    })
    const overview = await (await service.send('/admin/api/overview', { key })).json()
    const paths = (overview as { topPaths: { path: string }[] }).topPaths.map(({ path }) => path)
    expect(paths).to.include('/seen').and.not.include('')
  })

  it('is refused and flagged all the same', async () => {
    await staysInOneHour(30_000)
    for (let i = 0; i < 3; i++) await service.send('/admin', from({ 'sec-gpc': '1' }))
    const run = { method: 'POST', key, json: { hour: new Date().toISOString() } }
    expect((await service.send('/admin/api/detection/run', run)).status).to.equal(200)
    const { SuspiciousIP } = bindModels(service.database.knex)
    const found = await SuspiciousIP.query().where('ip_address', '198.51.100.0/24')
    expect(found.map(({ reason }) => reason).join()).to.include('/admin')

    const order = { method: 'POST', key, json: { ipAddress: PERSON } }
    expect((await service.send('/admin/api/blocks', order)).status).to.equal(201)
    expect((await service.send('/', from({ 'sec-gpc': '1' }))).status).to.equal(403)
  })

  it('is told to machines', async () => {
    const answer = await service.send('/.well-known/gpc.json')
    expect(await answer.json()).to.include({ gpc: true })
  })
})
