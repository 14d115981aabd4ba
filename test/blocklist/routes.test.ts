import { expect } from 'chai'
import { cursorOf } from '../../src/http/paging'
import { startTestService, type TestService } from '../support/service'

const BLOCKS = '/admin/api/blocks'
const ALLOWED = '/admin/api/allowed'

interface Entry {
  id: number
  ipAddress: string
  blockedAt: string
  expiresAt: string
}

interface List {
  items: Entry[]
  next: string | null
}

describe('the routes of the blocklist', () => {
  let service: TestService
  let admin: string
  let check: string

  before(async () => {
    service = await startTestService({ TRUSTED_PROXIES: '127.0.0.1' })
    await service.database.clean()
    admin = await service.key('admin')
    check = await service.key('check')
  })
  after(async () => {
    await service?.database.clean()
    await service?.stop()
  })
  afterEach(async () => {
    for (const path of [BLOCKS, ALLOWED]) {
      for (const { id } of (await list(path)).items) await send('DELETE', `${path}/${id}`)
    }
  })

  it('answer 201 with the block in canonical form', async () => {
    const order = { ipAddress: '2001:DB8:0::/32', reason: 'scans', for: '24h' }
    const response = await send('POST', BLOCKS, order)
    const block = (await response.json()) as Entry

    expect(response.status).to.equal(201)
    expect(block).to.include({ ipAddress: '2001:db8::/32', reason: 'scans', source: 'person' })
    const hours = (Date.parse(block.expiresAt) - Date.parse(block.blockedAt)) / 3_600_000
    expect(hours).to.be.closeTo(24, 0.01)
    expect((await list(BLOCKS)).items).to.deep.equal([block])
  })

  const refused: [body: unknown, status: number, detail: string][] = [
    [{ ipAddress: '127.1' }, 400, 'four numbers'],
    [{ ipAddress: '192.0.2.7/24' }, 400, 'write 192.0.2.0/24'],
    [{ ipAddress: '192.0.2.7', for: 'soon' }, 400, 'not a duration'],
    [{ ipAddress: '192.0.2.7', fro: '24h' }, 400, 'fro'],
    [{ ipAddress: '192.0.2.7', reason: '' }, 400, 'reason'],
    [{ reason: 'x' }, 400, 'ipAddress'],
    [{ ipAddress: '0.0.0.0/0' }, 409, '"force": true'],
    [{ ipAddress: '127.0.0.0/8' }, 409, 'loopback'],
    [{ ipAddress: '198.51.100.1' }, 409, 'the address you are coming from'],
  ]
  for (const [body, status, detail] of refused) {
    it(`refuse ${JSON.stringify(body)}`, async () => {
      const response = await send('POST', BLOCKS, body)
      expect(response.status).to.equal(status)
      expect(response.headers.get('content-type')).to.match(/^application\/problem\+json/)
      expect(await response.json())
        .to.have.property('detail')
        .that.includes(detail)
    })
  }

  it('keep a reason that terminals would obey as one that people can read', async () => {
    const reason = '\0\x1b[2J\x9b31m\u202e\ud800\nx'
    const response = await send('POST', BLOCKS, { ipAddress: '192.0.2.7', reason })
    expect(await response.json()).to.include({
      reason: '\\x00\\x1b[2J\\x9b31m\\u202e\\ud800\\x0ax',
    })
  })

  it('do what is refused when it is forced', async () => {
    const response = await send('POST', BLOCKS, { ipAddress: '64.0.0.0/7', force: true })
    expect(response.status).to.equal(201)
  })

  it('list page by page, the newest first, and what covers one address', async () => {
    for (const ipAddress of ['192.0.2.0/24', '192.0.2.7', '203.0.113.1']) {
      await send('POST', BLOCKS, { ipAddress })
    }
    const first = await list(`${BLOCKS}?limit=2`)
    const second = await list(`${BLOCKS}?limit=2&cursor=${first.next}`)
    expect(addresses(first)).to.deep.equal(['203.0.113.1', '192.0.2.7'])
    expect(addresses(second)).to.deep.equal(['192.0.2.0/24'])
    expect(second.next).to.equal(null)

    expect(addresses(await list(`${BLOCKS}?ip=192.0.2.7`))).to.deep.equal([
      '192.0.2.7',
      '192.0.2.0/24',
    ])
    expect(addresses(await list(`${BLOCKS}?ip=192.0.2.8`))).to.deep.equal(['192.0.2.0/24'])
    expect((await send('GET', `${BLOCKS}?ip=nonsense`)).status).to.equal(400)
    for (const cursor of ['nonsense', cursorOf([1.5]), cursorOf([1e300])]) {
      expect((await send('GET', `${BLOCKS}?cursor=${cursor}`)).status).to.equal(400)
    }
  })

  it('end a block by its id and by its network', async () => {
    const first = await send('POST', BLOCKS, { ipAddress: '192.0.2.7' })
    const { id } = (await first.json()) as Entry
    await send('POST', BLOCKS, { ipAddress: '192.0.2.0/24' })

    expect((await send('DELETE', `${BLOCKS}/${id}`)).status).to.equal(204)
    expect((await send('DELETE', `${BLOCKS}?ipAddress=192.0.2.0/24`)).status).to.equal(204)
    for (const gone of [
      `/${id}`,
      '/nonsense',
      '/99999999999999999999',
      '?ipAddress=192.0.2.0/24',
    ]) {
      expect((await send('DELETE', BLOCKS + gone)).status, gone).to.equal(404)
    }
    expect((await list(BLOCKS)).items).to.deep.equal([])
  })

  it('allow networks in the same way', async () => {
    const response = await send('POST', ALLOWED, { ipAddress: '192.0.2.0/28', reason: 'office' })
    const allowed = (await response.json()) as Entry
    expect(response.status).to.equal(201)
    expect(allowed).to.include({ ipAddress: '192.0.2.0/28', reason: 'office', allowedBy: 'test' })
    expect((await list(`${ALLOWED}?ip=192.0.2.1`)).items).to.deep.equal([allowed])
    expect((await send('DELETE', `${ALLOWED}/${allowed.id}`)).status).to.equal(204)
    expect((await send('DELETE', `${ALLOWED}?ipAddress=192.0.2.0/28`)).status).to.equal(404)
  })

  it('warn of an allowed network so wide that hardly anybody could be blocked', async () => {
    for (const ipAddress of ['0.0.0.0/0', '2000::/18']) {
      const answer = await send('POST', ALLOWED, { ipAddress })
      expect(answer.status, ipAddress).to.equal(201)
      expect(await answer.json()).to.have.property('warning')
      await send('DELETE', `${ALLOWED}?ipAddress=${ipAddress}`)
    }
  })

  it('are for admins only', async () => {
    expect((await service.send(BLOCKS)).status).to.equal(401)
    const order = { method: 'POST', json: { ipAddress: '192.0.2.7' } }
    expect((await service.send(BLOCKS, order)).status).to.equal(401)
    expect((await service.send(BLOCKS, { ...order, key: check })).status).to.equal(403)
    expect((await service.send('/v1/blocklist.txt')).status).to.equal(401)
  })

  it('give the active list to other programs', async () => {
    for (const ipAddress of ['2001:db8::/32', '203.0.113.0/24', '192.0.2.7']) {
      await send('POST', BLOCKS, { ipAddress, reason: 'scans' })
    }
    await send('POST', ALLOWED, { ipAddress: '203.0.113.1' })

    expect(await exported('txt')).to.match(
      /^192\.0\.2\.7\n203\.0\.113\.0\n203\.0\.113\.2\/31\n[\s\S]*\n203\.0\.113\.128\/25\n2001:db8::\/32\n$/,
    )
    expect(JSON.parse(await exported('json')).items[0]).to.deep.equal({
      ipAddress: '192.0.2.7',
      reason: 'scans',
      source: 'person',
      expiresAt: null,
    })
    expect((await exported('nginx')).split('\n')).to.deep.equal([
      'default 0;',
      '192.0.2.7 1;',
      '203.0.113.0/24 1;',
      '2001:db8::/32 1;',
      '203.0.113.1 0;',
      '',
    ])
    const nft = (await exported('nft')).replace(/\s+/g, ' ')
    expect(nft).to.include(
      'add element inet portcullis blocked4 { 192.0.2.7, 203.0.113.0, 203.0.113.2/31,',
    )
    expect(nft).to.include('add element inet portcullis blocked6 { 2001:db8::/32 }')
  })

  it('tell a poller that nothing has changed', async () => {
    await send('POST', BLOCKS, { ipAddress: '192.0.2.7' })
    const first = await service.send('/v1/blocklist.nft', { key: check })
    const etag = first.headers.get('etag') ?? ''
    const poll = () =>
      service.send('/v1/blocklist.nft', { key: check, headers: { 'if-none-match': etag } })
    expect(etag).to.match(/^".+"$/)
    expect((await poll()).status).to.equal(304)

    await send('POST', BLOCKS, { ipAddress: '192.0.2.8' })
    expect((await poll()).status).to.equal(200)
  })

  it('give an empty list when nothing is blocked', async () => {
    expect(await exported('txt')).to.equal('')
    expect(JSON.parse(await exported('json'))).to.deep.equal({ items: [], next: null })
    expect(await exported('nginx')).to.equal('default 0;\n')
    expect(await exported('nft')).to.not.include('add element')
  })

  function send(method: string, path: string, json?: unknown): Promise<Response> {
    const headers = { 'x-forwarded-for': '198.51.100.1' }
    return service.send(path, { method, key: admin, json, headers })
  }

  async function list(path: string): Promise<List> {
    return (await (await send('GET', path)).json()) as List
  }

  function addresses({ items }: List): string[] {
    return items.map(({ ipAddress }) => ipAddress)
  }

  async function exported(format: string): Promise<string> {
    return (await service.send(`/v1/blocklist.${format}`, { key: check })).text()
  }
})
