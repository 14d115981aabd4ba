import { once } from 'node:events'
import type { Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect } from 'chai'
import Koa from 'koa'
import proxyAddr from 'proxy-addr'
import { clientReader, identifyClient } from '../../src/http/client'
import { listen } from '../../src/http/server'
import type { Client, State } from '../../src/http/state'
import { parseAddress } from '../../src/net/address'
import { requireNetwork } from '../../src/net/network'
import { processorMs } from '../support/processor-time'
import { type Case, EVERY_HEADER, SITUATIONS } from './client-cases'

describe('the client of a request', () => {
  const servers: Server[] = []
  afterEach(() => {
    for (const server of servers.splice(0)) server.close()
  })

  async function serve(trusted: string[], header = 'x-forwarded-for', host = '::') {
    const app = new Koa<State>()
    const trustedProxies = trusted.map(requireNetwork)
    app.use(identifyClient(clientReader({ trustedProxies, clientIpHeader: header })))
    app.use((ctx) => {
      ctx.body = ctx.state.client
    })
    const server = await listen(app.callback(), { port: 0, host })
    servers.push(server)
    return server
  }

  for (const { name, trusted, header, from, cases } of SITUATIONS) {
    // The peer of an IPv4 socket is IPv4-mapped to a server that listens for both.
    it(`${name}: ${cases.length} requests, each seen as its own`, async () => {
      const server = await serve(trusted, header)
      for (const [lines, address, why] of cases) {
        expect((await ask(server, lines, from)).address, `${why}: ${shown(lines)}`).to.equal(
          address,
        )
      }
    })
  }

  it('is the same whether others have asked before, and how often', async () => {
    const { trusted, header, cases } = SITUATIONS[2]!
    const server = await serve(trusted, header)
    for (const [lines, address] of [...cases, ...cases.toReversed()]) {
      expect((await ask(server, lines)).address, shown(lines)).to.equal(address)
    }
  })

  it('is found as proxy-addr finds it, wherever that knows an address from nonsense', async () => {
    let compared = 0
    for (const { trusted, header, cases } of SITUATIONS) {
      if (header !== 'x-forwarded-for') continue
      const server = await serve(trusted)
      const trust = proxyAddr.compile(trusted)
      for (const [lines] of cases) {
        const elements = valuesOf(lines)
        if (!elements.every((element) => parseAddress(element))) continue
        const request = { socket: { remoteAddress: '127.0.0.1' }, headers: {} }
        const headers = elements.length > 0 ? { 'x-forwarded-for': elements.join(', ') } : {}
        const theirs = proxyAddr(
          { ...request, connection: request.socket, headers } as never,
          trust,
        )
        expect((await ask(server, lines)).address, shown(lines)).to.equal(parseAddress(theirs))
        compared++
      }
    }
    expect(compared).to.be.above(60)
  })

  it('is read from a long header as quickly as from a short one', async () => {
    const server = await serve(['127.0.0.0/8'])
    const value = Array(1_500).fill('127.0.0.1').join()
    const spentMs = await processorMs(async () => {
      for (let i = 0; i < 20; i++) await ask(server, [`X-Forwarded-For: ${value}`])
    })
    expect(spentMs).to.be.below(2_000)
  })

  it('says why it is believed', async () => {
    const reasons: [trusted: string[], lines: string[], because: string][] = [
      [[], [], 'the peer of the socket; no proxy is trusted'],
      [['10.0.0.1'], [], 'the peer of the socket; it is not a trusted proxy'],
      [
        ['127.0.0.1'],
        [],
        'the peer of the socket; a trusted proxy, but it sent no x-forwarded-for',
      ],
      [
        ['127.0.0.1'],
        ['X-Forwarded-For: 192.0.2.66, 198.51.100.7'],
        'x-forwarded-for from the trusted proxy 127.0.0.1; its right-most address that is not a trusted proxy',
      ],
      [
        ['127.0.0.0/8'],
        ['X-Forwarded-For: 198.51.100.7, unknown, 127.0.0.2'],
        'x-forwarded-for from the trusted proxy 127.0.0.1; what stands before 127.0.0.2 in it is not an address',
      ],
      [
        ['127.0.0.1'],
        ['X-Forwarded-For: unknown'],
        'the peer of the socket; its x-forwarded-for does not end in an address',
      ],
      [
        ['127.0.0.0/8'],
        ['X-Forwarded-For: 127.0.0.3, 127.0.0.2'],
        'x-forwarded-for from the trusted proxy 127.0.0.1; every address in it is a trusted proxy, so the first counts',
      ],
    ]
    for (const [trusted, lines, because] of reasons) {
      expect((await ask(await serve(trusted), lines)).because).to.equal(because)
    }
  })

  it('is believed of whoever has a key, and no further', () => {
    const readClient = clientReader({ trustedProxies: [], clientIpHeader: 'x-forwarded-for' })
    const request = {
      socket: { remoteAddress: '203.0.113.1' },
      headers: { 'x-forwarded-for': '192.0.2.66, 198.51.100.7', 'x-real-ip': '192.0.2.66' },
    }
    expect(readClient(request as never).address).to.equal('203.0.113.1')
    expect(readClient(request as never, { trustPeer: true }).address).to.equal('198.51.100.7')
    expect(readClient(request as never).address).to.equal('203.0.113.1')
  })

  it('survives every name of a header in the settings', async () => {
    for (const header of ['__proto__', 'constructor', 'set-cookie', ...EVERY_HEADER]) {
      const server = await serve(['127.0.0.1'], header.toLowerCase())
      expect((await ask(server, ['Accept: */*', 'Set-Cookie: a'])).address).to.equal('127.0.0.1')
    }
  })

  it('loses its zone when it is link-local, and survives a socket that is gone', async () => {
    const linkLocal = await identify('fe80::1%eth0')
    expect(linkLocal.address).to.equal('fe80::1')

    const gone = await identify(undefined)
    expect(gone.address).to.equal('0.0.0.0')
    expect(gone.because).to.include('no address any more')
  })
})

/** Sends a request with exactly these lines, and answers as whom it was seen. */
async function ask(server: Server, lines: string[], from = '127.0.0.1'): Promise<Client> {
  const { port } = server.address() as AddressInfo
  const host = from.includes(':') ? '::1' : '127.0.0.1'
  const socket = connect({ port, host, localAddress: from })
  await once(socket, 'connect')
  const head = ['GET / HTTP/1.1', 'Host: example.com', 'Connection: close', ...lines, '', '']
  socket.write(Buffer.from(head.join('\r\n'), 'latin1'))
  const answer = await text(socket)
  expect(answer, shown(lines)).to.match(/^HTTP\/1.1 200 /)
  return JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')).replace(/^[^{]*|[^}]*$/g, ''))
}

/** The elements of all x-forwarded-for lines. */
function valuesOf(lines: Case[0]): string[] {
  return lines
    .filter((line) => /^x-forwarded-for:/i.test(line))
    .flatMap((line) => line.slice(line.indexOf(':') + 1).split(','))
    .map((element) => element.replace(/^[ \t]+|[ \t]+$/g, ''))
}

function shown(lines: string[]): string {
  return JSON.stringify(lines).slice(0, 200)
}

/** Sockets that a test cannot make: only the two properties that are read. */
async function identify(remoteAddress: string | undefined): Promise<Client> {
  const ctx = { req: { socket: { remoteAddress }, headers: {} }, state: {} as State }
  const config = { trustedProxies: [], clientIpHeader: 'x-forwarded-for' }
  await identifyClient(clientReader(config))(ctx as never, async () => {})
  return ctx.state.client
}
