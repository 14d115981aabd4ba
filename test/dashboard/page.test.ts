import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect } from 'chai'
import { eventually } from '../support/eventually'
import { startTestService, type TestService } from '../support/service'

const ASSETS = path.join(__dirname, '../../dist/dashboard/assets')

/** What the first load may weigh, compressed: page, style, code and map. */
const BUDGET_BYTES = 90 * 1024

describe('the dashboard’s page', () => {
  let service: TestService
  let html: string

  before(async () => {
    service = await startTestService()
    html = await (await service.send('/admin/')).text()
  })
  after(async () => {
    await service.stop()
    await service.database.clean()
  })

  it('weighs at most 90 KB on the first load', () => {
    const packed = readdirSync(ASSETS).filter((name) => name.endsWith('.gz'))
    const bytes = packed.reduce(
      (sum, name) => sum + readFileSync(path.join(ASSETS, name)).length,
      0,
    )
    expect(bytes + Buffer.byteLength(html)).to.be.within(10_000, BUDGET_BYTES)
  })

  it('may load and ask nothing but this service, and turns no text into script', async () => {
    const policy = (await service.send('/admin/')).headers.get('content-security-policy')
    expect(policy).to.include("default-src 'none'")
    expect(policy).to.include("require-trusted-types-for 'script'")
    expect(policy).not.to.match(/unsafe|https?:|\*/)
  })

  it('is asked for anew, and its assets are kept for ever under names that hold their hash', async () => {
    expect((await service.send('/admin/')).headers.get('cache-control')).to.equal('no-cache')
    for (const [, name] of html.matchAll(/(?:src|href)="(assets\/[^"]+)"/g)) {
      expect(name).to.match(/-[A-Z0-9]{8}\.(js|css)$/)
      const asset = await service.send(`/admin/${name}`)
      expect(asset.status).to.equal(200)
      expect(asset.headers.get('cache-control')).to.include('immutable')
    }
  })

  it('is sent compressed as the browser likes it best, and plain to those who ask for that', async () => {
    const [, name] = /src="(assets\/[^"]+)"/.exec(html)!
    const encodings = ['br', 'gzip', 'identity'].map(async (encoding) => {
      const headers = { 'accept-encoding': encoding }
      const answer = await service.send(`/admin/${name}`, { headers })
      expect(answer.headers.get('vary')).to.match(/accept-encoding/i)
      return [answer.headers.get('content-encoding'), (await answer.text()).length]
    })
    const [[br, length], [gzip, same], [plain, asWell]] = (await Promise.all(encodings)) as [
      [string, number],
      [string, number],
      [null, number],
    ]
    expect([br, gzip, plain]).to.deep.equal(['br', 'gzip', null])
    expect([same, asWell]).to.deep.equal([length, length])
  })

  it('is found at /admin too, and knows no other files', async () => {
    const answer = await service.send('/admin')
    expect([answer.status, answer.headers.get('location')]).to.deep.equal([302, 'admin/'])
    expect((await service.send('/admin/assets/..%2Findex.html')).status).to.equal(404)
    expect((await service.send('/admin/assets/app.js')).status).to.equal(404)
  })

  it('does not hide who asks for it: a stranger who looks for an admin page is evidence', async () => {
    await service.send('/admin/')
    const { knex } = service.database
    const seen = () => knex('address_rollups').where({ sensitive_path: '/admin', evidence: true })
    await eventually('it is rolled up', async () => (await seen()).length > 0)
  })

  it('holds a map with the small countries, whose outlines are on the map', () => {
    const name = readdirSync(ASSETS).find((file) => /^world-.*\.json$/.test(file))!
    const packed = readFileSync(path.join(ASSETS, `${name}.gz`))
    const world = JSON.parse(gunzipSync(packed).toString())
    expect(world.countries).to.include.keys('DE', 'US', 'RU', 'CN', 'BR', 'FR', 'AU')
    expect(world.points).to.include.keys('SG', 'HK', 'MT', 'LU', 'GF', 'BH', 'VA')
    for (const [letters, [x, y]] of Object.entries<[number, number]>(world.points)) {
      expect(letters).to.match(/^[A-Z]{2}$/)
      expect(x).to.be.within(0, world.width)
      expect(y).to.be.within(0, world.height)
    }
  })
})
