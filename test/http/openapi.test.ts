import { expect } from 'chai'
import type { OpenApi } from '../../src/http/openapi'
import { startTestService, type TestService } from '../support/service'

describe('the description of the API', () => {
  let service: TestService
  let api: OpenApi

  before(async () => {
    // A route that is not described stops the start, so that all are here.
    service = await startTestService()
    api = (await (await service.send('/openapi.json')).json()) as OpenApi
  })
  after(() => service.stop())

  it('is OpenAPI 3.1, with all that people and programs ask', () => {
    expect(api.openapi).to.equal('3.1.1')
    expect(api.paths).to.include.keys(
      '/v1/check/{ip}',
      '/v1/forward-auth',
      '/v1/forward-auth/{original}',
      '/admin/api/suspicious/{id}/review',
      '/openapi.json',
    )
    for (const operations of Object.values(api.paths)) {
      for (const { summary, operationId } of Object.values(operations)) {
        expect(summary).to.match(/[.?]$/)
        expect(operationId).to.match(/^[a-z][A-Za-z0-9]+$/)
      }
    }
    const ids = Object.values(api.paths).flatMap((one) => {
      return Object.values(one).map(({ operationId }) => operationId)
    })
    expect(new Set(ids).size).to.equal(ids.length)
  })

  it('says what a route takes, in the words of the schema that validates it', () => {
    const post = api.paths['/admin/api/blocks']?.post as unknown as {
      requestBody: { content: { 'application/json': { schema: Record<string, unknown> } } }
    }
    const { schema } = post.requestBody.content['application/json']
    expect(schema).to.include({ type: 'object', additionalProperties: false })
    expect(schema.properties).to.include.keys('ipAddress', 'reason', 'for', 'force')
    expect(schema.required).to.deep.equal(['ipAddress'])

    const list = api.paths['/admin/api/requests']?.get
    const names = list?.parameters.map(({ name }) => name)
    expect(names).to.include.members(['limit', 'cursor', 'ip', 'path', 'status', 'from', 'to'])
  })

  it('says who may ask', () => {
    expect(api.paths['/livez']?.get?.security).to.deep.equal([])
    expect(api.paths['/v1/check']?.post?.security).to.deep.include({ bearer: ['check'] })
    expect(api.paths['/admin/api/keys']?.get?.security).to.deep.include({ session: [] })
  })

  it('is right about every route that it lists: none of them is unknown', async () => {
    for (const [path, operations] of Object.entries(api.paths)) {
      for (const method of Object.keys(operations)) {
        const url = path.replace(/\{\w+\}/g, '1')
        const answer = await service.send(url, { method: method.toUpperCase() })
        expect(answer.status, `${method} ${path}`).to.not.equal(405)
        if (answer.status === 404) {
          expect(await answer.text(), `${method} ${path}`).to.not.include('There is nothing at')
        }
      }
    }
  })

  it('can be read by people', async () => {
    const page = await (await service.send('/openapi')).text()
    expect(page).to.include('<code>POST /admin/api/blocks</code>')
  })
})
