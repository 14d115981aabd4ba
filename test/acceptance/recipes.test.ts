import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { expect } from 'chai'
import { bindModels } from '../../models'
import { eventually } from '../support/eventually'
import { freePort } from '../support/port'
import { startTestService, type TestService } from '../support/service'

/** A recipe as a person starts it, once it listens. */
async function startRecipe(name: string, service: TestService, key: string) {
  const port = await freePort()
  const recipe = path.join(__dirname, `../../docs/recipes/${name}.ts`)
  const app = spawn(process.execPath, ['-r', 'ts-node/register/transpile-only', recipe], {
    env: {
      ...process.env,
      PORT: String(port),
      PORTCULLIS_URL: service.url,
      PORTCULLIS_KEY: key,
      BEHIND_PROXY: 'yes',
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  await once(app.stdout, 'data')
  return { app, url: `http://127.0.0.1:${port}` }
}

describe('the recipe for a Koa application', () => {
  let service: TestService
  let app: ChildProcess
  let url: string
  let key: string

  before(async () => {
    service = await startTestService({ RATE_LIMITS: 'free=3/1m anonymous' })
    await service.database.clean()
    key = await service.key('check', 'admin')
    ;({ app, url } = await startRecipe('koa-app', service, key))
  })
  after(() => app.kill())

  it('has its visits judged and recorded', async () => {
    const { RequestLog } = bindModels(service.database.knex)
    let visitors = 0
    await eventually('the visit is stored', async () => {
      // Again and again: on a busy machine the application may have no patience with the answer.
      const headers = { 'x-forwarded-for': `192.0.2.${1 + (visitors++ % 250)}` }
      expect((await fetch(`${url}/hello?x=1`, { headers })).status).to.equal(200)
      const visit = await RequestLog.query().findOne('source', 'check')
      if (!visit) return false
      expect(visit).to.include({ path: '/hello', query: 'x=1', method: 'GET' })
      return true
    })
  })

  it('refuses who is blocked', async () => {
    const json = { ipAddress: '198.51.100.7', for: '1h' }
    await service.send('/admin/api/blocks', { method: 'POST', key, json })

    const statusFor = async (address: string) => {
      return (await fetch(url, { headers: { 'x-forwarded-for': address } })).status
    }
    expect(await statusFor('198.51.100.7')).to.equal(403)
    expect(await statusFor('198.51.100.8')).to.equal(200)
  })

  it('refuses who asks too often, and says when to come back', async () => {
    const visit = () => fetch(url, { headers: { 'x-forwarded-for': '198.51.100.9' } })
    let refused = await visit()
    await eventually('a visit is one too many', async () => {
      if (refused.status !== 429) refused = await visit()
      return refused.status === 429
    })
    expect(Number(refused.headers.get('retry-after'))).to.be.within(1, 60)
  })

  it('serves on without Portcullis', async () => {
    await service.stop()
    expect((await fetch(url)).status).to.equal(200)
  })
})

describe('the recipe for a localised Koa application', () => {
  let service: TestService
  let app: ChildProcess
  let url: string

  before(async () => {
    service = await startTestService()
    const key = await service.key('check')
    await eventually(
      'places are known',
      async () => {
        const answer = await service.send('/v1/check/84.128.0.1?place=yes', { key })
        return (await answer.text()).includes('"DE"')
      },
      20_000,
    )
    ;({ app, url } = await startRecipe('localised-app', service, key))
  })
  after(() => app.kill())

  const leadsTo = async (headers: Record<string, string>) => {
    const browser = { 'user-agent': 'Mozilla/5.0 (X11; Linux) Firefox/140.0', accept: 'text/html' }
    const answer = await fetch(url, {
      headers: { ...browser, 'x-forwarded-for': '84.128.0.1', ...headers },
      redirect: 'manual',
    })
    return answer.headers.get('location')
  }

  it('sends a visitor from Germany to the German version', async () => {
    await eventually('it asks in time', async () => (await leadsTo({})) === '/de/')
  })

  it('listens to the browser and to the cookie first', async () => {
    expect(await leadsTo({ 'accept-language': 'fr' })).to.equal('/fr/')
    expect(await leadsTo({ 'accept-language': 'fr', cookie: 'language=en' })).to.equal('/en/')
  })

  it('sends everybody to the version for everybody without Portcullis', async () => {
    await service.stop()
    expect(await leadsTo({})).to.equal('/en/')
  })
})
