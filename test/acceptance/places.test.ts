import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { eventually } from '../support/eventually'
import { startTestService, type TestService } from '../support/service'

const GERMAN = '84.128.0.1'
const BROWSER = {
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  accept: 'text/html',
}

describe('where visitors are', () => {
  let service: TestService
  let key: string

  before(async () => {
    service = await startTestService({
      TRUSTED_PROXIES: '127.0.0.1',
      REGION_REDIRECTS: 'de=/de/; *=/en/',
    })
    await service.database.clean()
    key = await service.key('admin', 'check')
    await eventually(
      'the files are read',
      async () => (await placeOf(GERMAN)).country === 'DE',
      20_000,
    )
  })
  after(() => service.stop())

  async function placeOf(address: string) {
    const response = await service.send(`/v1/check/${address}?place=yes`, { key })
    return ((await response.json()) as { place: Record<string, unknown> }).place
  }

  it('is told to an application that asks for it, with its verdict', async () => {
    const json = { ip: GERMAN, method: 'GET', path: '/', place: true }
    const response = await service.send('/v1/check', { method: 'POST', key, json })
    const answer = await response.json()
    expect(answer).to.include({ verdict: 'allow' })
    expect(answer).to.have.nested.property('place.asn', 3320)
    expect(answer).to.have.property('attribution').that.contains('https://db-ip.com')

    const plain = await service.send(`/v1/check/${GERMAN}`, { key })
    expect(await plain.json()).not.to.have.property('place')
  })

  it('is on the page of an address, with its operator, or with what it is reserved for', async () => {
    const page = async (address: string) => {
      return (await service.send(`/admin/api/addresses/${address}`, { key })).json()
    }
    expect(await page(GERMAN))
      .to.have.property('place')
      .that.includes({ country: 'DE', organisation: 'Deutsche Telekom AG', hosting: false })
    expect(await page('5.9.0.1')).to.have.nested.property('place.hosting', true)
    expect(await page('127.0.0.1')).to.have.nested.property('place.reserved', 'loopback')
    expect(await page('fe80::1')).to.have.nested.property('place.reserved', 'link-local')
  })

  it('is shown with whose data it is, everywhere', async () => {
    for (const path of ['requests', 'suspicious', 'overview', `addresses/${GERMAN}`]) {
      const response = await service.send(`/admin/api/${path}`, { key })
      expect(await response.json(), path)
        .to.have.property('attribution')
        .that.contains('https://db-ip.com')
    }
    expect(await (await service.send('/privacy')).text()).to.contain('https://db-ip.com')
  })

  it('decides to which version of a site a proxy sends them', async () => {
    const ask = (proxy: string, headers: object = {}) => {
      const told = { 'x-forwarded-for': GERMAN, 'x-forwarded-uri': '/?x=1', 'x-original-uri': '/' }
      return service.send(`/v1/forward-auth/${proxy}`, {
        headers: { ...BROWSER, ...told, ...headers },
      })
    }
    const sent = await ask('caddy')
    expect(sent.status).to.equal(302)
    expect(sent.headers.get('location')).to.equal('/de/?x=1')
    expect((await ask('caddy', { 'x-forwarded-uri': '/de/' })).status).to.equal(200)
    expect((await ask('caddy', { 'user-agent': 'Googlebot/2.1' })).status).to.equal(200)
    expect((await ask('nginx')).status, 'it could not pass a redirect on').to.equal(200)

    await eventually('the visit is stored as it was answered', async () => {
      const response = await service.send(`/admin/api/requests?ip=${GERMAN}&status=302`, { key })
      const { items } = (await response.json()) as { items: { path: string }[] }
      return items.length === 1 && items[0]?.path === '/'
    })
  })
})

describe('a provider of places', () => {
  let provider: http.Server
  let asked: string[]
  let geoApiUrl: string

  before(async () => {
    provider = http.createServer((request, response) => {
      asked.push(request.url ?? '')
      response.end('{"ip":"8.8.8.8","country":"GB","city":"Testville","org":"AS64496 Example"}')
    })
    await once(provider.listen(0, '127.0.0.1'), 'listening')
    geoApiUrl = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/{ip}?token=hidden`
  })
  beforeEach(() => {
    asked = []
  })
  after(() => provider.close())

  async function withProvider(
    settings: NodeJS.ProcessEnv,
    act: (service: TestService, key: string) => Promise<void>,
  ) {
    const service = await startTestService({
      TRUSTED_PROXIES: '127.0.0.1',
      GEO_API_URL: geoApiUrl,
      ...settings,
    })
    try {
      await service.database.clean()
      await act(service, await service.key('admin'))
    } finally {
      await service.stop()
    }
  }

  function visit(service: TestService, address: string, headers: object = {}) {
    return service.send('/livez', { headers: { 'x-forwarded-for': address, ...headers } })
  }

  async function isStored(service: TestService, key: string, network: string) {
    await eventually(
      'the visit is stored',
      async () => {
        const response = await service.send(`/admin/api/requests?ip=${network}`, { key })
        const { items } = (await response.json()) as { items: object[] }
        if (items.length === 0) return false
        expect(items[0]).to.include({ country: 'GB', city: 'Testville', asn: 64496 })
        return true
      },
      20_000,
    )
  }

  it('is heard from the first visit on, and asked neither about private addresses nor, for who opted out, about more than the network', async () => {
    await withProvider({}, async (service, key) => {
      await visit(service, '10.0.0.1')
      await visit(service, '8.8.4.4', { 'sec-gpc': '1' })
      await visit(service, '8.8.8.8')
      await isStored(service, key, '8.8.8.8')
      await isStored(service, key, '8.8.4.0/24')
      expect(asked.sort()).to.deep.equal(['/8.8.4.0?token=hidden', '/8.8.8.8?token=hidden'])
    })
  })

  it('hears of networks alone where addresses are stored cut, and the notice says so', async () => {
    await withProvider({ IP_STORAGE: 'truncated' }, async (service, key) => {
      await visit(service, '8.8.8.8')
      await isStored(service, key, '8.8.8.0/24')
      expect(asked).to.deep.equal(['/8.8.8.0?token=hidden'])

      const notice = await (await service.send('/privacy')).text()
      expect(notice).to.contain('networks of addresses (/24, /48) are sent to 127.0.0.1')
      expect(notice).not.to.contain('hidden')
    })
  })
})
