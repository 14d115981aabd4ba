import { expect } from 'chai'
import { eventually } from '../support/eventually'
import { startTestService, type TestService } from '../support/service'

interface Decision {
  id: number
  value: string
  duration: string
}
interface Changes {
  new: Decision[]
  deleted: Decision[]
}

describe('the stream of decisions', () => {
  let service: TestService
  let admin: string

  before(async () => {
    service = await startTestService()
    await service.database.clean()
    admin = await service.key('admin')
    await send('POST', '/admin/api/allowed', { ipAddress: '127.0.0.1' })
  })
  after(() => service.stop())

  const send = (method: string, path: string, json?: object) =>
    service.send(path, { method, key: admin, ...(json && { json }) })
  const block = (ipAddress: string, more = {}) =>
    send('POST', '/admin/api/blocks', { ipAddress, ...more })

  async function pull(bouncer: string, startup = ''): Promise<Changes> {
    const answer = await service.send(`/v1/decisions/stream${startup}`, { key: bouncer })
    expect(answer.status).to.equal(200)
    expect(answer.headers.get('content-type')).to.match(/^application\/json/)
    return (await answer.json()) as Changes
  }
  const values = (decisions: Decision[]) => decisions.map(({ value }) => value)

  it('tells each bouncer what has changed since it asked', async () => {
    const [one, other] = [await service.key('bouncer'), await service.key('bouncer')]
    await block('192.0.2.1')
    expect(values((await pull(one, '?startup=true')).new)).to.deep.equal(['192.0.2.1'])
    await block('192.0.2.2', { for: '1h' })
    expect(values((await pull(other)).new)).to.deep.equal(['192.0.2.1', '192.0.2.2'])
    await send('DELETE', '/admin/api/blocks?ipAddress=192.0.2.1')

    const changes = await pull(one)
    expect(values(changes.new)).to.deep.equal(['192.0.2.2'])
    expect(values(changes.deleted)).to.deep.equal(['192.0.2.1'])
    expect(Number.parseInt(changes.new[0]!.duration, 10)).to.be.within(3_500, 3_600)
    expect(await pull(one)).to.deep.equal({ new: [], deleted: [] })
    expect(values((await pull(other)).deleted)).to.deep.equal(['192.0.2.1'])
    expect(values((await pull(one, '?startup=true')).new)).to.deep.equal(['192.0.2.2'])
  })

  it('takes a changed block for another decision', async () => {
    const bouncer = await service.key('bouncer')
    await block('198.51.100.0/24', { reason: 'first' })
    const [first] = (await pull(bouncer)).new.filter(({ value }) => value === '198.51.100.0/24')
    await block('198.51.100.0/24', { reason: 'second', for: '1h' })
    const changes = await pull(bouncer)
    expect(changes.deleted.map(({ id }) => id)).to.deep.equal([first!.id])
    expect(values(changes.new)).to.deep.equal(['198.51.100.0/24'])
    expect(changes.new[0]!.id).to.not.equal(first!.id)
  })

  it('tells of a block with an allowed network in it what is left of it', async () => {
    const bouncer = await service.key('bouncer')
    await block('203.0.113.0/30')
    await pull(bouncer)
    await send('POST', '/admin/api/allowed', { ipAddress: '203.0.113.2' })
    const changes = await pull(bouncer)
    expect(values(changes.deleted)).to.deep.equal(['203.0.113.0/30'])
    expect(values(changes.new)).to.have.members(['203.0.113.0/31', '203.0.113.3'])
  })

  it('does not take the question for the head alone for an answer', async () => {
    const bouncer = await service.key('bouncer')
    const head = await service.send('/v1/decisions/stream', { method: 'HEAD', key: bouncer })
    expect(head.status).to.equal(200)
    expect((await pull(bouncer)).new).to.not.deep.equal([])
  })

  describe('after a restart', () => {
    async function restart(meanwhile: (sql: (text: string) => Promise<unknown>) => Promise<void>) {
      await service.stop()
      await meanwhile((text) => service.database.knex.raw(text))
      service = await startTestService()
      await eventually('the service knows its keys', async () => {
        return (await service.send('/admin/api/blocks', { key: admin })).status === 200
      })
    }

    it('tells who goes on asking what has ended meanwhile', async () => {
      const bouncer = await service.key('bouncer')
      await block('192.0.2.77')
      await block('192.0.2.78')
      await pull(bouncer)
      await restart(async (sql) => {
        await sql(`delete from blocked_ips where ip_address = '192.0.2.77'`)
      })
      const changes = await pull(bouncer)
      expect(values(changes.deleted)).to.include('192.0.2.77')
      expect(values(changes.deleted)).to.not.include('192.0.2.78')
      expect(values(changes.new)).to.include('192.0.2.78')
      expect(await pull(bouncer)).to.deep.equal({ new: [], deleted: [] })
      expect((await pull(bouncer, '?startup=true')).deleted).to.deep.equal([])
    })

    it('tells who goes on asking that a network with somebody allowed in it is not refused whole', async () => {
      const bouncer = await service.key('bouncer')
      await block('198.51.100.64/30')
      await pull(bouncer)
      await restart(async (sql) => {
        await sql(
          `insert into allowed_networks (ip_address, reason, allowed_by) values ('198.51.100.65', 'test', 'test')`,
        )
      })
      const changes = await pull(bouncer)
      expect(values(changes.deleted)).to.include('198.51.100.64/30')
      expect(values(changes.new)).to.include('198.51.100.64').and.include('198.51.100.66/31')
      expect(values(changes.new)).to.not.include('198.51.100.64/30')
    })

    it('answers at once while the database says nothing, and tells what has ended later', async () => {
      const bouncer = await service.key('bouncer')
      await block('192.0.2.79')
      await pull(bouncer)
      await restart(async (sql) => {
        await sql(`delete from blocked_ips where ip_address = '192.0.2.79'`)
      })
      const trx = await service.database.knex.transaction()
      await trx.raw('lock table blocklist_changes in access exclusive mode')
      const silent = await pull(bouncer).finally(() => trx.rollback())
      expect(values(silent.deleted)).to.not.include('192.0.2.79')
      expect(values(silent.new)).to.include('192.0.2.78')
      expect(values((await pull(bouncer)).deleted)).to.include('192.0.2.79')
      expect(await pull(bouncer)).to.deep.equal({ new: [], deleted: [] })
    })
  })
})
