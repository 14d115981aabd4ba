import { once } from 'node:events'
import type { Server } from 'node:http'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import Koa from 'koa'
import { readConfig } from '../../src/config'
import { locateClient } from '../../src/geo/middleware'
import { redirectByRegion } from '../../src/geo/redirect'
import { parseRegions } from '../../src/geo/regions'
import { NOWHERE } from '../../src/geo/source'
import { requireAddress } from '../../src/net/address'

const BROWSER = {
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
}
const HERE = requireAddress('8.8.8.8')

describe('redirectByRegion', () => {
  let server: Server
  let country: string | null
  let asked: number

  before(async () => {
    const app = new Koa()
    app.use(async (ctx, next) => {
      ctx.state.client = { address: HERE }
      await next()
    })
    app.use(
      locateClient({
        async find() {
          asked++
          return { ...NOWHERE, country }
        },
      }),
    )
    const regions = parseRegions('de,at=/de/; br=/pt-br/; fr,be=/fr/; us=/; *=/en/')
    app.use(redirectByRegion({ regions, pages: (path) => !path.startsWith('/api') }))
    app.use((ctx) => {
      ctx.body = ctx.path
    })
    server = app.listen(0)
    await once(server, 'listening')
  })
  after(() => server.close())
  beforeEach(() => {
    country = 'AT'
    asked = 0
  })

  /** Sends the target as it stands, which `fetch` would tidy up. */
  async function visit(target: string, headers: object = {}, method = 'GET') {
    const { port } = server.address() as AddressInfo
    const request = http.request({
      port,
      path: target,
      method,
      headers: { ...BROWSER, ...headers },
      agent: false,
    })
    request.end()
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    response.resume()
    return response
  }
  const leadsTo = async (target: string, headers?: object, method?: string) => {
    const { statusCode, headers: answer } = await visit(target, headers, method)
    return statusCode === 302 ? answer.location : undefined
  }

  it('sends a visitor to the version of their country, query and all', async () => {
    expect(await leadsTo('/?utm=a%20b&x')).to.equal('/de/?utm=a%20b&x')
    expect(await leadsTo('/about/us')).to.equal('/de/about/us')
    expect(await leadsTo('/', {}, 'HEAD')).to.equal('/de/')
  })

  it('sends those of other countries, or none, to the version for everybody', async () => {
    for (const other of ['JP', null]) {
      country = other
      expect(await leadsTo('/')).to.equal('/en/')
    }
  })

  it('hears what the browser speaks before it asks for the country', async () => {
    const languages: Record<string, string> = {
      'fr-CH, fr;q=0.9, en;q=0.8': '/fr/',
      'ja, en-GB;q=0.5, fr;q=0.4': '/en/',
      pt: '/pt-br/',
      'PT-BR': '/pt-br/',
      'fr;q=0, de;q=0.1': '/de/',
    }
    for (const [header, path] of Object.entries(languages)) {
      expect(await leadsTo('/', { 'accept-language': header }), header).to.equal(path)
    }
    expect(asked).to.equal(0)
    for (const header of ['ja', '*', 'd', 'de_DE', ';;', '']) {
      country = 'BE'
      expect(await leadsTo('/', { 'accept-language': header }), header).to.equal('/fr/')
    }
  })

  it('follows a choice that is kept in a cookie before anything else', async () => {
    const french = { 'accept-language': 'fr' }
    expect(await leadsTo('/', { ...french, cookie: 'a=b; language=de' })).to.equal('/de/')
    for (const value of ['xx', '//evil.example', '/evil', '', '%2f%2fevil', '*']) {
      expect(await leadsTo('/', { ...french, cookie: `language=${value}` })).to.equal('/fr/')
    }
  })

  it('leaves alone who is there already, and so never goes round in a circle', async () => {
    for (const path of ['/de/', '/de', '/de/about', '/fr/?x=1', '/pt-br/a']) {
      expect(await leadsTo(path), path).to.equal(undefined)
    }
    expect(await leadsTo('/deals')).to.equal('/de/deals')
    country = 'US'
    expect(await leadsTo('/'), 'their version is at the root').to.equal(undefined)
  })

  it('never leads to another host', async () => {
    const odd = [
      '//evil.example',
      '//evil.example/%2e%2e',
      '/\\evil.example',
      '/%5cevil.example',
      '/%2fevil.example',
      '/.//evil.example',
      '/x/..//evil.example',
      '/de/..//evil.example',
      'http://evil.example//evil.example',
      '/%0d%0aset-cookie:a=b',
    ]
    for (const target of odd) expect(await leadsTo(target), target).to.equal(undefined)

    const absolute = await leadsTo('http://evil.example/page?x')
    expect(absolute).to.equal('/de/page?x')
    const query = await leadsTo('/?next=//evil.example&y=%0d%0a')
    expect(query).to.equal('/de/?next=//evil.example&y=%0d%0a')
  })

  it('leaves robots, scripts and applications alone', async () => {
    const others: Record<string, object> = {
      'a robot': { 'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1)' },
      'nobody by name': { 'user-agent': '' },
      curl: { accept: '*/*', 'user-agent': 'curl/8.5.0' },
      'an application': { accept: 'application/json' },
      'a script of the page': { 'x-requested-with': 'XMLHttpRequest' },
      fetch: { 'sec-fetch-dest': 'empty', 'sec-fetch-mode': 'cors' },
      'an image': { 'sec-fetch-dest': 'image' },
    }
    for (const [name, headers] of Object.entries(others)) {
      expect(await leadsTo('/', headers), name).to.equal(undefined)
    }
    expect(await leadsTo('/', {}, 'POST')).to.equal(undefined)
    expect(await leadsTo('/api/x')).to.equal(undefined)
    expect(asked).to.equal(0)
  })

  it('keeps shared caches from giving one visitor’s way to another', async () => {
    const { headers } = await visit('/')
    expect(headers.vary).to.equal('Accept-Language, Cookie')
    expect(headers['cache-control']).to.equal('private, no-store')
    const stayed = await visit('/', { accept: 'application/json' })
    expect(stayed.headers.vary, 'the page as well').to.equal('Accept-Language, Cookie')
    expect((await visit('/de/')).headers.vary).to.equal(undefined)
  })
})

describe('the setting of regions', () => {
  it('is read with blanks and in any case', () => {
    const text = ' de , AT=/de/ ;; * = /en/;us=/'
    expect(readConfig({ REGION_REDIRECTS: text }).regionRedirects).to.deep.equal([
      { path: '/de/', language: 'de', countries: ['DE', 'AT'] },
      { path: '/en/', language: 'en', countries: ['*'] },
      { path: '/', language: '', countries: ['US'] },
    ])
  })

  it('takes no path that could lead elsewhere', () => {
    const paths = ['//evil.example/', '/\\evil/', 'https://evil.example/', 'de', '/de', '/a//b/']
    for (const path of [...paths, '/../', '/%2f/', '/de/?x/', '']) {
      expect(() => readConfig({ REGION_REDIRECTS: `de=${path}` }), path).to.throw(
        'REGION_REDIRECTS',
      )
    }
    for (const entry of ['germany=/de/', '=/de/', 'de=/de/=/x/', 'de,=/de/']) {
      expect(() => readConfig({ REGION_REDIRECTS: entry }), entry).to.throw('REGION_REDIRECTS')
    }
  })
})
