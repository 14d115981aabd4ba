import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import Koa from 'koa'
import { clientReader, identifyClient } from '../../src/http/client'
import type { Client, State } from '../../src/http/state'
import { requireNetwork } from '../../src/net/network'

type Lines = Record<string, string | string[]>

/** Every header that some program somewhere believes. */
const FORGED: Lines = {
  'x-client-ip': '192.0.2.66',
  'x-forwarded-for': '192.0.2.66',
  'cf-connecting-ip': '192.0.2.66',
  'fastly-client-ip': '192.0.2.66',
  'true-client-ip': '192.0.2.66',
  'x-real-ip': '192.0.2.66',
  'x-cluster-client-ip': '192.0.2.66',
  'x-forwarded': '192.0.2.66',
  'forwarded-for': '192.0.2.66',
  forwarded: 'for=192.0.2.66',
  'x-appengine-user-ip': '192.0.2.66',
}

describe('identifyClient', () => {
  const servers: Server[] = []
  afterEach(() => {
    for (const server of servers.splice(0)) server.close()
  })

  it('believes no header when no proxy is trusted', async () => {
    const client = await ask([], 'x-forwarded-for', FORGED)
    expect(client).to.include({ address: '127.0.0.1', peer: '127.0.0.1' })
    expect(client.because).to.include('no proxy is trusted')
  })

  it('believes no header of a peer that is not a trusted proxy', async () => {
    const client = await ask(['10.0.0.0/8'], 'x-forwarded-for', FORGED)
    expect(client.address).to.equal('127.0.0.1')
    expect(client.because).to.include('not a trusted proxy')
  })

  it('believes a trusted proxy, and of its headers the configured one only', async () => {
    const client = await ask(['127.0.0.0/8'], 'x-forwarded-for', {
      ...FORGED,
      'x-forwarded-for': '192.0.2.66, 198.51.100.7',
    })
    expect(client).to.include({ address: '198.51.100.7', peer: '127.0.0.1' })
    expect(client.because).to.match(
      /^x-forwarded-for from the trusted proxy 127\.0\.0\.1; its right/,
    )
  })

  it('stays with the proxy when the configured header is missing', async () => {
    const { 'cf-connecting-ip': _, ...others } = FORGED
    const client = await ask(['127.0.0.1'], 'cf-connecting-ip', others)
    expect(client.address).to.equal('127.0.0.1')
    expect(client.because).to.include('sent no cf-connecting-ip')
  })

  it('reads single-value headers and RFC 7239', async () => {
    const single = await ask(['127.0.0.1'], 'cf-connecting-ip', {
      ...FORGED,
      'cf-connecting-ip': '2001:DB8::7',
    })
    expect(single.address).to.equal('2001:db8::7')

    const forwarded = await ask(['127.0.0.1'], 'forwarded', {
      ...FORGED,
      forwarded: 'for=192.0.2.66, for="[2001:db8::7]:4711";proto=https',
    })
    expect(forwarded.address).to.equal('2001:db8::7')
  })

  it('joins the lines of a header that comes more than once', async () => {
    const lines = { 'x-forwarded-for': ['192.0.2.66', '198.51.100.7', '127.0.0.2'] }
    const client = await ask(['127.0.0.0/8'], 'x-forwarded-for', lines)
    expect(client.address).to.equal('198.51.100.7')
  })

  it('stops at the first element that is not an address, and says so', async () => {
    const client = await ask(['127.0.0.0/8'], 'x-forwarded-for', {
      'x-forwarded-for': '198.51.100.7, unknown, 127.0.0.2',
    })
    expect(client.address).to.equal('127.0.0.2')
    expect(client.because).to.include('before 127.0.0.2 in it is not an address')
  })

  it('takes the first when every address is a trusted proxy', async () => {
    const client = await ask(['127.0.0.0/8'], 'x-forwarded-for', {
      'x-forwarded-for': '127.0.0.3, 127.0.0.2',
    })
    expect(client.address).to.equal('127.0.0.3')
    expect(client.because).to.include('every address')
  })

  it('keeps clients behind one proxy apart', async () => {
    const server = await serve(['127.0.0.1'], 'x-forwarded-for')
    for (const address of ['198.51.100.7', '198.51.100.8', '198.51.100.7']) {
      const client = await get(server, { 'x-forwarded-for': address })
      expect(client.address).to.equal(address)
    }
  })

  it('unmaps IPv4 peers of a dual-stack socket', async () => {
    const server = await serve([], 'x-forwarded-for', '::')
    expect(await get(server, {})).to.include({ address: '127.0.0.1', peer: '127.0.0.1' })
  })

  it('drops the zone of a link-local peer, and survives a socket that is gone', async () => {
    const linkLocal = await identify('fe80::1%eth0')
    expect(linkLocal.address).to.equal('fe80::1')

    const gone = await identify(undefined)
    expect(gone.address).to.equal('0.0.0.0')
    expect(gone.because).to.include('no address any more')
  })

  async function ask(trusted: string[], header: string, lines: Lines): Promise<Client> {
    return get(await serve(trusted, header), lines)
  }

  async function serve(trusted: string[], header: string, host = '127.0.0.1'): Promise<Server> {
    const app = new Koa<State>()
    const trustedProxies = trusted.map(requireNetwork)
    app.use(identifyClient(clientReader({ trustedProxies, clientIpHeader: header })))
    app.use((ctx) => {
      ctx.body = ctx.state.client
    })
    const server = createServer(app.callback()).listen(0, host)
    servers.push(server)
    await once(server, 'listening')
    return server
  }
})

async function get(server: Server, headers: IncomingHttpHeaders): Promise<Client> {
  const { port } = server.address() as AddressInfo
  const sent = request({ host: '127.0.0.1', port, headers, agent: false }).end()
  const [response] = await once(sent, 'response')
  return JSON.parse((await response.toArray()).join(''))
}

/** Sockets that a test cannot make: only the two properties that are read. */
async function identify(remoteAddress: string | undefined): Promise<Client> {
  const ctx = { req: { socket: { remoteAddress }, headers: {} }, state: {} as State }
  const config = { trustedProxies: [], clientIpHeader: 'x-forwarded-for' }
  await identifyClient(clientReader(config))(ctx as never, async () => {})
  return ctx.state.client
}
