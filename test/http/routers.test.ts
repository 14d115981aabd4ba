import type { AddressInfo } from 'node:net'
import Router from '@koa/router'
import { expect } from 'chai'
import Koa, { type Middleware } from 'koa'
import { routeRequests } from '../../src/http/routers'

const PATHS = [
  '/',
  '/a',
  '/A',
  '/a/',
  '//a',
  '/a/b',
  '/a/1',
  '/a/b/c',
  '/any',
  '/any/x',
  '/%61',
  '/no',
]
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'PROPFIND']

describe('routing', () => {
  const say = (what: string): Middleware => {
    return (ctx) => {
      ctx.body = `${what} ${JSON.stringify(ctx.params ?? {})} ${ctx.state.guarded ?? ''}`
    }
  }
  const guard: Middleware = async (ctx, next) => {
    if (ctx.query.refuse) ctx.throw(401)
    ctx.state.guarded = true
    await next()
    ctx.set('x-guard', 'left')
  }
  const routers = () => [
    new Router().get('/', say('root')).get('/a', say('a')).post('/a', guard, say('post a')),
    new Router().get('/a/b', guard, say('a/b')).get('/a/:id', say('a/:id')).all('/any', say('any')),
    new Router().delete('/a', say('delete a')).get('/a/b/:c', say('c')).get('/any{/:x}', say('x')),
  ]
  const theirs = new Router()
  for (const router of routers()) theirs.use(router.routes())
  const servers = [
    new Koa().use(routeRequests(routers())),
    new Koa().use(theirs.routes()).use(theirs.allowedMethods()),
  ].map((app) => {
    app.silent = true
    return app.listen(0, '127.0.0.1')
  })

  after(() => {
    for (const server of servers) server.close()
  })

  for (const path of PATHS) {
    it(`answers ${path} as the router itself does, whatever the method`, async () => {
      for (const method of METHODS) {
        for (const query of ['', '?refuse=1']) {
          const [ours, theirs] = await Promise.all(
            servers.map(async (server) => {
              const { port } = server.address() as AddressInfo
              const answer = await fetch(`http://127.0.0.1:${port}${path}${query}`, { method })
              const { allow, 'x-guard': guard } = Object.fromEntries(answer.headers)
              return { status: answer.status, allow, guard, body: await answer.text() }
            }),
          )
          expect(ours, `${method} ${path}${query}`).to.deep.equal(theirs)
        }
      }
    })
  }
})
