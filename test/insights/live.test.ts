import { expect } from 'chai'
import { eventually } from '../support/eventually'
import { startTestService, type TestService } from '../support/service'

describe('GET /admin/api/live', () => {
  let service: TestService
  let key: string
  let isStopped = false

  before(async () => {
    service = await startTestService()
    key = await service.key('admin')
  })
  after(async () => {
    if (!isStopped) await service.stop()
  })

  it('is for admins only', async () => {
    expect((await service.send('/admin/api/live')).status).to.equal(401)
  })

  it('tells that requests were written and that a block came, and ends when the service stops', async () => {
    const answer = await service.send('/admin/api/live', { key })
    expect(answer.headers.get('content-type')).to.include('text/event-stream')
    expect(answer.headers.get('cache-control')).to.equal('no-store')
    let heard = ''
    let isOver = false
    const listening = (async () => {
      const decoder = new TextDecoder()
      for await (const chunk of answer.body!) heard += decoder.decode(chunk)
      isOver = true
    })()

    await service.send('/livez')
    await eventually('requests', () => heard.includes('event: requests\ndata: {}\n\n'))
    const order = { method: 'POST', key, json: { ipAddress: '192.0.2.77' } }
    expect((await service.send('/admin/api/blocks', order)).status).to.equal(201)
    await eventually('blocks', () => heard.includes('event: blocks\n'))
    expect(heard).to.not.include('192.0.2.77')

    await service.send('/admin/api/blocks?ipAddress=192.0.2.77', { method: 'DELETE', key })
    isStopped = true
    await service.stop()
    await listening
    expect(isOver).to.equal(true)
  })
})
