import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { closeServer, listen, urlOf } from '../../src/http/server'
import { closeSlowClients } from '../../src/http/slow-clients'
import { eventually } from '../support/eventually'

/** What has come through a socket, when, and whether it has been closed by the other side. */
function watch(socket: Socket) {
  const seen = { text: '', openMs: 0, closed: false }
  const startedAt = performance.now()
  socket.on('error', () => {}) // 'close' follows.
  socket.on('data', (chunk) => {
    seen.text += chunk
  })
  socket.on('close', () => {
    seen.closed = true
    seen.openMs = performance.now() - startedAt
  })
  return seen
}

/** Sends one byte a second, or whatever is left after `head`, until the socket is closed. */
async function trickle(socket: Socket, head: string, rest: string, everyMs: number): Promise<void> {
  socket.write(head)
  for (const byte of rest) {
    await sleep(everyMs)
    if (socket.destroyed) return
    socket.write(byte)
  }
}

describe('slow clients', () => {
  const slow = { windowMs: 1_000, leastBytes: 500 }
  let server: Server
  let port: number

  async function start(handler: RequestListener): Promise<void> {
    server = createServer(handler)
    closeSlowClients(server, slow)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    port = (server.address() as AddressInfo).port
  }

  function open(): Socket {
    return connect(port, '127.0.0.1')
  }

  afterEach(() => {
    server.closeAllConnections()
    server.close()
  })

  const readBody: RequestListener = (request, response) => {
    request.on('error', () => {}) // It was cut off.
    request.on('end', () => response.end('thanks')).resume()
  }
  const post = (length: number) => `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`

  it('who trickle a body are told so and cut off', async () => {
    await start(readBody)
    const socket = open()
    const seen = watch(socket)
    await trickle(socket, post(1_000), 'x'.repeat(60), 100)
    await eventually('it is closed', () => seen.closed, 1_000)
    expect(seen.openMs).to.be.within(900, 5_000)
    const [head, body] = seen.text.split('\r\n\r\n')
    expect(head)
      .to.match(/^HTTP\/1\.1 408 /)
      .and.to.match(/application\/problem\+json/)
    expect(JSON.parse(body!.match(/{.*}/)![0])).to.include({ status: 408, code: 'too_slow' })
  })

  it('are cut off as well when they were answered before their body has come', async () => {
    await start((_request, response) => response.end('no'))
    const socket = open()
    const seen = watch(socket)
    await trickle(socket, post(1_000), 'x'.repeat(60), 100)
    await eventually('it is closed', () => seen.closed, 1_000)
    expect(seen.text).to.match(/^HTTP\/1\.1 200 /)
  })

  it('may take their time as long as the body comes', async () => {
    await start(readBody)
    const socket = open()
    const seen = watch(socket)
    socket.write(post(3_000))
    for (let i = 0; i < 15; i++) {
      await sleep(150)
      socket.write('x'.repeat(200))
    }
    await eventually('it is answered', () => seen.text !== '')
    expect(seen.text).to.match(/^HTTP\/1\.1 200 /)
    socket.destroy()
  })

  it('are not to blame when it is us who do not read', async () => {
    const length = 300_000
    await start(async (request, response) => {
      await sleep(2_500)
      request.on('end', () => response.end('thanks')).resume()
    })
    const socket = open()
    const seen = watch(socket)
    socket.write(post(length) + 'x'.repeat(length))
    await eventually('it is answered', () => seen.text !== '')
    expect(seen.text).to.match(/^HTTP\/1\.1 200 /)
    socket.destroy()
  })

  it('that do not read their answer are cut off', async () => {
    await start((_request, response) => response.end('x'.repeat(50_000_000)))
    const socket = open().pause()
    socket.on('error', () => {}) // Cut off.
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    const [peer] = (await once(server, 'connection')) as [Socket]
    await once(peer, 'close')
    socket.destroy()
  })

  it('are cut off too when it is not the first answer that they do not read', async () => {
    await start(({ url }, response) => response.end('x'.repeat(url === '/' ? 50_000_000 : 1)))
    const socket = open()
    socket.on('error', () => {}) // Cut off.
    socket.write('GET /short HTTP/1.1\r\nHost: x\r\n\r\n')
    const [peer] = (await once(server, 'connection')) as [Socket]
    await once(socket, 'data')
    socket.pause().write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    await once(peer, 'close')
    socket.destroy()
  })

  it('wait for an answer as long as it takes', async () => {
    await start((_request, response) => void setTimeout(() => response.end('at last'), 2_500))
    const seen = watch(open().setNoDelay())
    const socket = open()
    const waiting = watch(socket)
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    await eventually('it is answered', () => waiting.text !== '')
    expect(waiting.text).to.match(/at last$/)
    await eventually('who asks for nothing is closed', () => seen.closed, 1_000)
    socket.destroy()
  })
})

describe('the server under a hundred slow connections of each kind', () => {
  let server: Server
  const sockets: Socket[] = []

  before(async () => {
    server = await listen(
      (request, response) => {
        request.on('error', () => {}) // It was cut off.
        request.on('end', () => response.end('fine')).resume()
      },
      { port: 0, host: '127.0.0.1' },
    )
  })

  after(async () => {
    for (const socket of sockets) socket.destroy()
    await closeServer(server)
  })

  it('closes them within 15 s, and answers others meanwhile', async () => {
    const { port } = server.address() as AddressInfo
    const kinds = {
      header: ['GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ', 'y'.repeat(40)],
      body: ['POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n', 'y'.repeat(40)],
      nothing: ['', ''],
    } as const
    const all = Object.values(kinds).flatMap(([head, rest]) =>
      Array.from({ length: 100 }, () => {
        const socket = connect(port, '127.0.0.1')
        sockets.push(socket)
        const seen = watch(socket)
        void trickle(socket, head, rest, 500)
        return seen
      }),
    )
    const times: number[] = []
    while (all.some(({ closed }) => !closed) && times.length < 200) {
      const startedAt = performance.now()
      expect(await (await fetch(urlOf(server))).text()).to.equal('fine')
      times.push(performance.now() - startedAt)
      await sleep(100)
    }
    times.sort((a, b) => a - b)
    expect(Math.max(...all.map(({ closed, openMs }) => (closed ? openMs : Infinity)))).to.be.below(
      15_000,
    )
    expect(times[times.length >> 1], 'median of the others').to.be.below(100)
    const told = all.slice(0, 200).filter(({ text }) => text.startsWith('HTTP/1.1 408 '))
    expect(told).to.have.length(200)
  })
})
