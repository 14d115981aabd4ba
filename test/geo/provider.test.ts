import { once } from 'node:events'
import fs from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { Writable } from 'node:stream'
import { expect } from 'chai'
import { readConfig } from '../../src/config'
import { DailyBudget } from '../../src/geo/budget'
import { Provider } from '../../src/geo/provider'
import { type Address, requireAddress } from '../../src/net/address'
import { createLogger } from '../../src/platform/logger'
import { eventually } from '../support/eventually'
import { testFolder } from '../support/request-log'

const HERE = requireAddress('81.2.69.142')
const ANSWER = { ip: HERE, city: 'London', country: 'GB', loc: '51.5,-0.1', org: 'AS20712 A&A' }
const LONDON = {
  country: 'GB',
  city: 'London',
  latitude: 51.5,
  longitude: -0.1,
  asn: 20712,
  organisation: 'A&A',
  hosting: false,
}

describe('an HTTP provider of places', () => {
  let server: http.Server
  let url: string
  let asked: http.IncomingMessage[]
  let answer: http.RequestListener
  let logged: string
  let providers: Provider[]

  beforeEach(async () => {
    asked = []
    logged = ''
    providers = []
    answer = (_request, response) => response.end(JSON.stringify(ANSWER))
    server = http.createServer((request, response) => {
      asked.push(request)
      answer(request, response)
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterEach(async () => {
    for (const provider of providers) provider.close()
    server.closeAllConnections()
    await once(server.close(), 'close')
  })

  const plenty = { left: true, spend: () => true }
  const log = createLogger(
    'info',
    new Writable({
      write(chunk, _encoding, done) {
        logged += chunk
        done()
      },
    }),
  )

  function open(
    options: ConstructorParameters<typeof Provider>[3] = {},
    budget = plenty,
  ): Provider {
    const settings = { url: `${url}/{ip}/json?key=hidden`, token: 's3cret', timeoutMs: 200 }
    const provider = new Provider(settings, budget, log, options)
    providers.push(provider)
    return provider
  }

  it('is asked about one address, with the token, and understood', async () => {
    expect(await open().ask(HERE)).to.deep.equal(LONDON)
    expect(asked[0]?.url).to.equal('/81.2.69.142/json?key=hidden')
    expect(asked[0]?.headers.authorization).to.equal('Bearer s3cret')
  })

  it('is asked about IPv6 addresses as they are written', async () => {
    await open().ask(requireAddress('2a00:1450::1'))
    expect(asked[0]?.url).to.equal('/2a00:1450::1/json?key=hidden')
  })

  it('may know nothing', async () => {
    answer = (_request, response) => response.end('{"ip":"81.2.69.142","bogon":true}')
    expect(await open().ask(HERE)).to.equal(null)
  })

  it('is asked about an address once at a time, and about few addresses at a time', async () => {
    const waiting: http.ServerResponse[] = []
    answer = (_request, response) => void waiting.push(response)
    const provider = open({ concurrency: 2, waiting: 3 })
    const answers = addresses(5).map((address) => provider.ask(address))
    expect(provider.ask(addresses(1)[0]!), 'the same question').to.equal(answers[0])
    expect(provider.ask(HERE), 'one too many').to.equal(undefined)

    for (let answered = 0; answered < 5; answered++) {
      await eventually('it is asked', () => waiting.length > 0)
      expect(waiting.length).to.be.at.most(2)
      waiting.shift()?.end(JSON.stringify(ANSWER))
    }
    await Promise.all(answers)
    expect(asked).to.have.length(5)
  })

  const failures: Record<string, http.RequestListener> = {
    'an error': (_request, response) => response.writeHead(503).end('{"country":"DE"}'),
    'a refusal': (_request, response) => response.writeHead(401).end('{}'),
    garbage: (_request, response) => response.end('<html>Welcome to our hotel</html>'),
    'something else': (_request, response) => response.end('{"hello":"world"}'),
    'an error with status 200': (_request, response) => {
      response.end('{"ip":"81.2.69.142","error":{"title":"Rate limit"}}')
    },
    'too much': (_request, response) => {
      response.on('error', () => {})
      const flood = () => void (response.destroyed || response.write('x'.repeat(16_384), flood))
      flood()
    },
    'a redirect': (_request, response) => {
      response.writeHead(302, { location: `${url}/elsewhere` }).end()
    },
    nothing: () => {},
    'an answer that does not end': (_request, response) => response.write('{"country":'),
    'a broken connection': (request) => request.socket.destroy(),
  }
  for (const [name, listener] of Object.entries(failures)) {
    it(`is left alone for a while after ${name}`, async () => {
      answer = listener
      const provider = open({ coolMs: 100 })
      const failure = await provider.ask(HERE)?.then(
        () => undefined,
        (error) => error,
      )
      expect(failure).to.be.instanceOf(Error)
      expect(asked, 'no redirect is followed').to.have.length(1)
      expect(provider.ask(HERE), 'left alone').to.equal(undefined)

      answer = (_request, response) => response.end(JSON.stringify(ANSWER))
      await eventually('it is asked again', async () => {
        return (await provider.ask(HERE)?.catch(() => null))?.city === 'London'
      })
    })
  }

  it('is left alone as long as it asks for with 429', async () => {
    answer = (_request, response) => response.writeHead(429, { 'retry-after': '3600' }).end()
    const provider = open({ coolMs: 1 })
    await provider.ask(HERE)?.catch(() => {})
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(provider.ask(HERE)).to.equal(undefined)
  })

  it('is told of in the log, but neither its token nor its address', async () => {
    answer = (_request, response) => response.writeHead(500).end()
    await open()
      .ask(HERE)
      ?.catch(() => {})
    expect(logged).to.contain('it answered 500')
    for (const secret of ['s3cret', 'hidden', HERE]) expect(logged).not.to.contain(secret)
  })

  it('is asked no more than its budget allows, restarts included', async () => {
    const folder = testFolder()
    const file = path.join(folder.path, 'budget.json')
    let now = Date.parse('2026-11-21T12:00:00Z')
    const ask = async (count: number) => {
      const provider = open({}, new DailyBudget(file, 50, () => now))
      for (const address of addresses(count)) await provider.ask(address)
    }
    await ask(45)
    expect(asked.length).to.equal(45)
    await ask(45) // Another process: what the first had reserved is gone with it.
    expect(asked.length).to.be.within(45, 50)
    expect(logged).to.contain('budget')

    const spent = asked.length
    now += 24 * 3_600_000
    await ask(7)
    expect(asked.length - spent, 'another day').to.equal(7)
    fs.writeFileSync(file, '{"day":')
    await ask(3)
    folder.remove()
  })
})

describe('the address of a provider', () => {
  it('holds the placeholder where it cannot decide who is asked', () => {
    for (const url of ['https://ipinfo.io/{ip}/json', 'http://geo:8080/?q={ip}&key=1']) {
      expect(readConfig({ GEO_API_URL: url }).geoApiUrl).to.equal(url)
    }
    const wrong = [
      'https://ipinfo.io/json',
      'https://{ip}.example.org/',
      'https://{ip}@example.org/',
      'https://user:pass@example.org/{ip}',
      'ftp://example.org/{ip}',
      'https://example.org/#{ip}',
      '/{ip}',
    ]
    for (const url of wrong) {
      expect(() => readConfig({ GEO_API_URL: url }), url).to.throw('GEO_API_URL')
    }
  })

  it('and its token are not repeated when they are wrong', () => {
    const settings = { GEO_API_URL: 'ftp://x/?key=hidden', GEO_API_TOKEN: 'two s3crets' }
    expect(() => readConfig(settings))
      .to.throw('GEO_API_TOKEN=(not shown)')
      .with.property('message')
      .that.does.not.match(/hidden|s3crets/)
  })
})

function addresses(count: number): Address[] {
  return Array.from({ length: count }, (_, i) => requireAddress(`81.2.69.${i}`))
}
