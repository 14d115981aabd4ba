import { expect } from 'chai'
import { Doctor } from '../../src/health/doctor'
import { clientReader } from '../../src/http/client'
import { requireNetwork } from '../../src/net/network'
import { startTestService } from '../support/service'

interface Told {
  code: string
  settings: readonly string[]
  text: string
}

/** A service with these settings, as far as the doctor sees it. */
function open(trusted: string[] = [], clientIpHeader = 'x-forwarded-for') {
  const told: Told[] = []
  const settings = { trustedProxies: trusted.map(requireNetwork), clientIpHeader }
  const log = {
    warn: ({ code, settings }: Omit<Told, 'text'>, text: string) =>
      told.push({ code, settings, text }),
  }
  const doctor = new Doctor(settings, log as never)
  const readClient = clientReader(settings, doctor)
  function ask(peer: string, headers: Record<string, string> = {}, times = 1, url = '/') {
    for (let i = 0; i < times; i++)
      readClient({ socket: { remoteAddress: peer }, headers, url } as never)
  }
  return { doctor, told, ask, readClient }
}

const PROXY = '172.18.0.1'
const VISITOR = '198.51.100.7'

describe('the doctor', () => {
  it('is content with a service that people reach directly', () => {
    const { doctor, told, ask } = open()
    for (let i = 0; i < 300; i++) ask(`203.0.113.${i % 250}`)
    expect([told, doctor.warnings]).to.deep.equal([[], []])
  })

  it('is content with a proxy that is trusted and sends the header', () => {
    const { told, ask } = open([PROXY])
    for (let i = 0; i < 300; i++) ask(PROXY, { 'x-forwarded-for': `203.0.113.${i % 250}` })
    ask(PROXY, {}, 1_000)
    expect(told).to.deep.equal([])
  })

  it('names the setting when a private peer forwards and is not trusted, once', () => {
    const { told, doctor, ask } = open(['10.0.0.1'])
    ask(PROXY, { 'x-forwarded-for': VISITOR }, 500)
    expect(told).to.have.length(1)
    expect(told[0]).to.include({ code: 'untrusted_proxy' })
    expect(told[0]!.settings).to.deep.equal([`TRUSTED_PROXIES=10.0.0.1,${PROXY}`])
    expect(told[0]!.text).to.include(PROXY).and.include('only if this is your own proxy')
    expect(doctor.warnings[0]!.summary).to.not.match(/\d+\.\d+\.\d+/)
  })

  it('names the header as well when it is not the one that is believed', () => {
    const { told, ask } = open()
    ask('127.0.0.1', { 'cf-connecting-ip': VISITOR })
    expect(told[0]!.settings).to.deep.equal([
      'TRUSTED_PROXIES=127.0.0.1',
      'CLIENT_IP_HEADER=cf-connecting-ip',
    ])
  })

  it('tells each private proxy apart, and no more than twenty', () => {
    const { told, ask } = open()
    for (let i = 0; i < 5_000; i++) ask(`10.0.${i >> 8}.${i & 255}`, { forwarded: 'for=x' })
    expect(told).to.have.length(20)
  })

  it('never suggests to trust a public stranger', () => {
    const { told, ask } = open()
    ask('203.0.113.66', { 'x-forwarded-for': '127.0.0.1', forwarded: 'for=127.0.0.1' }, 99)
    for (let i = 0; i < 1_000; i++) ask(`198.51.100.${i % 250}`)
    ask('203.0.113.66', { 'x-forwarded-for': '127.0.0.1' }, 500)
    expect(told).to.deep.equal([])
  })

  it('tells, without a suggestion, when most requests come forwarded from public peers', () => {
    const { told, doctor, ask } = open()
    for (let i = 0; i < 200; i++) ask(`203.0.113.${i % 9}`, { 'cf-connecting-ip': VISITOR })
    expect(told).to.have.length(1)
    expect(told[0]).to.include({ code: 'untrusted_proxy' })
    expect(told[0]!.settings).to.deep.equal([])
    expect(doctor.warnings[0]!.summary).to.not.match(/\d+\.\d+\.\d+/)
  })

  it('names the header that a trusted proxy sends in place of the configured one', () => {
    const { told, ask } = open([PROXY], 'cf-connecting-ip')
    ask(PROXY, { 'x-forwarded-for': VISITOR }, 3)
    expect(told).to.have.length(1)
    expect(told[0]).to.include({ code: 'other_header' })
    expect(told[0]!.settings).to.deep.equal(['CLIENT_IP_HEADER=x-forwarded-for'])
  })

  it('tells of a trusted proxy that never sends the header, health checks aside', () => {
    const { told, ask } = open([PROXY])
    ask(PROXY, {}, 500, '/readyz')
    ask('203.0.113.1')
    ask(PROXY, {}, 99)
    expect(told).to.deep.equal([])
    ask(PROXY)
    expect(told.map(({ code }) => code)).to.deep.equal(['no_header'])
  })

  it('tells of a trusted proxy whose header does not end in an address', () => {
    const { told, ask } = open([PROXY], 'x-real-ip')
    ask(PROXY, { 'x-real-ip': `${VISITOR}, ${PROXY}` }, 3)
    expect(told).to.have.length(1)
    expect(told[0]).to.include({ code: 'unreadable_header' })
    expect(told[0]!.text).to.include('one address alone')
  })

  it('tells when a hundred requests came from one private address, until there is another', () => {
    const { told, doctor, ask } = open()
    ask('10.9.9.9', {}, 200, '/livez')
    ask('10.9.9.9', {}, 200, '/v1/check/192.0.2.1')
    ask(PROXY, {}, 99)
    expect(told).to.deep.equal([])
    ask(PROXY, {}, 200)
    expect(told).to.have.length(1)
    expect(told[0]).to.include({ code: 'one_address' })
    expect(told[0]!.settings).to.deep.equal([`TRUSTED_PROXIES=${PROXY}`])
    expect(doctor.warnings).to.have.length(1)

    ask('203.0.113.1')
    expect(doctor.warnings).to.deep.equal([])
    ask(PROXY, {}, 200)
    expect(told).to.have.length(1)
  })

  it('does not mind one public address, nor who asks with a key', () => {
    const { told, ask, readClient } = open()
    ask('203.0.113.1', {}, 500)
    expect(told).to.deep.equal([])
    const request = {
      socket: { remoteAddress: '10.0.0.5' },
      headers: { 'x-forwarded-for': VISITOR },
      url: '/v1/forward-auth/nginx',
    }
    readClient(request as never)
    readClient(request as never, { trustPeer: true })
    expect(told).to.deep.equal([])
  })

  it('warns from the start when everybody is trusted', () => {
    expect(open(['0.0.0.0/0']).told.map(({ code }) => code)).to.deep.equal(['everybody_trusted'])
    expect(open(['::/0']).told.map(({ code }) => code)).to.deep.equal(['everybody_trusted'])
  })

  it('is asked in /readyz?verbose by anyone, without addresses, and in the overview by admins', async () => {
    const service = await startTestService({ LOG_LEVEL: 'silent' })
    try {
      const key = await service.key('admin')
      const forwarded = { headers: { 'x-forwarded-for': VISITOR, 'x-real-ip': VISITOR } }
      await service.send('/', forwarded)

      const text = await (await service.send('/readyz?verbose')).text()
      expect(text).to.match(/^ready\n(ok .*\n)+warn clients: .*TRUSTED_PROXIES.*\n$/)
      expect(text).to.not.match(/127\.0\.0\.1|198\.51/)
      expect(await (await service.send('/readyz')).text()).to.not.include('warn')
      const json = await service.send('/readyz?verbose', {
        headers: { accept: 'application/json' },
      })
      expect(json.status).to.equal(200)
      expect(((await json.json()) as Answer).warnings[0]).to.have.keys('code', 'summary')

      const overview = await service.send('/admin/api/overview', { key })
      const [warning] = ((await overview.json()) as Answer).warnings
      expect(warning).to.deep.include({
        code: 'untrusted_proxy',
        settings: ['TRUSTED_PROXIES=127.0.0.1'],
      })

      const whoami = await service.send('/admin/api/whoami', { key, ...forwarded })
      expect(await whoami.json()).to.deep.equal({
        address: '127.0.0.1',
        peer: '127.0.0.1',
        because: 'the peer of the socket; no proxy is trusted; ignored: x-forwarded-for, x-real-ip',
        ignored: ['x-forwarded-for', 'x-real-ip'],
      })
    } finally {
      await service.stop()
    }
  })
})

interface Answer {
  warnings: Record<string, unknown>[]
}
