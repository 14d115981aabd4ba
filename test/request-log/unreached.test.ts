import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { eventually } from '../support/eventually'
import { startTestService, type TestService } from '../support/service'

interface Row {
  method: string
  path: string
  status: number
}

describe('requests that never reach a route', () => {
  let service: TestService

  before(async () => {
    service = await startTestService()
    await service.database.knex('request_logs').delete()
  })
  after(() => service.stop())

  async function dial(): Promise<Socket> {
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1')
    socket.on('error', () => {})
    await once(socket, 'connect')
    return socket
  }

  /** Sends bytes, and reads until the server closes; the first line of the answer. */
  async function send(text: string): Promise<string> {
    const socket = await dial()
    let answer = ''
    socket.setEncoding('latin1').on('data', (data) => {
      answer += data
    })
    socket.write(text)
    await once(socket, 'close')
    return answer.split('\r\n')[0]!
  }

  async function recorded(path: string, status: number): Promise<Row> {
    let row: Row | undefined
    const found = async () => {
      row = await service.database
        .knex('request_logs')
        .where({ path, status })
        .first('method', 'path', 'status')
      return row !== undefined
    }
    await eventually(`${path} is in the log with ${status}`, found, 20_000)
    return row!
  }

  async function refusedUnread(): Promise<string> {
    const answer = await service.send('/readyz', { headers: { accept: 'application/json' } })
    const { parts } = (await answer.json()) as { parts: Record<string, { says: string }> }
    return parts['refused unread']!.says
  }

  it('are recorded when nobody can read them, and counted', async () => {
    const answer = await send('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n')

    expect(answer).to.equal('HTTP/1.1 400 Bad Request')
    expect(await recorded('-', 400)).to.include({ method: '-' })
    expect(await refusedUnread()).to.include('1 malformed')
  })

  it('are recorded when their headers are too large', async () => {
    const answer = await send(`GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`)

    expect(answer).to.equal('HTTP/1.1 431 Request Header Fields Too Large')
    expect(await recorded('-', 431)).to.include({ method: '-' })
    expect(await refusedUnread()).to.include('1 too large')
  })

  it('are recorded when they ask for a tunnel', async () => {
    const answer = await send('CONNECT example.com:443 HTTP/1.1\r\nhost: example.com\r\n\r\n')

    expect(answer).to.equal('HTTP/1.1 405 Method Not Allowed')
    expect(await recorded('example.com:443', 405)).to.include({ method: 'CONNECT' })
    expect(await refusedUnread()).to.include('1 a tunnel')
  })

  it('are recorded when they name no host, or want another protocol, or expect the unknown', async () => {
    const close = 'connection: close\r\n\r\n'
    expect(await send(`GET /hostless HTTP/1.1\r\n${close}`)).to.include(' 400 ')
    const hosts = `host: a\r\nHost: b\r\n${close}`
    expect(await send(`GET /hosts HTTP/1.1\r\n${hosts}`)).to.include(' 400 ')
    expect(await send(`GET /nowhere HTTP/1.1\r\nhost: a/b\r\n${close}`)).to.include(' 400 ')
    expect(await send(`GET /livez HTTP/1.1\r\nhost: [::1]:80\r\n${close}`)).to.include(' 200 ')
    expect(await send(`GET /old HTTP/1.0\r\n${close}`)).to.include(' 404 ')
    const upgrade = 'connection: upgrade, close\r\nupgrade: websocket\r\n\r\n'
    expect(await send(`GET /socket HTTP/1.1\r\nhost: a\r\n${upgrade}`)).to.include(' 404 ')
    const expectation = `host: a\r\nexpect: the unknown\r\n${close}`
    expect(await send(`GET /expect HTTP/1.1\r\n${expectation}`)).to.include(' 404 ')

    for (const [path, status] of Object.entries({
      '/hostless': 400,
      '/hosts': 400,
      '/nowhere': 400,
      '/livez': 200,
      '/old': 404,
      '/socket': 404,
      '/expect': 404,
    })) {
      expect(await recorded(path, status)).to.include({ method: 'GET' })
    }
  })

  it('do not count twice when it is the body that is broken', async () => {
    const before = await refusedUnread()
    const chunked = 'content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n'
    expect(await send(`POST /login HTTP/1.1\r\nhost: a\r\n${chunked}`)).to.include(' 400 ')

    await eventually('it is in the log', async () => {
      return (await service.database.knex('request_logs').where({ path: '/login' })).length === 1
    })
    expect(await refusedUnread()).to.equal(before)
  })

  it('are no requests when nothing was asked', async () => {
    const before = await refusedUnread()
    const socket = await dial()
    socket.end()
    const reset = await dial()
    reset.resetAndDestroy()
    await sleep(50)

    expect(await refusedUnread()).to.equal(before)
  })
})
