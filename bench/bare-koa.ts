import type { AddressInfo } from 'node:net'
import Router from '@koa/router'
import Koa from 'koa'

// What the tracked service is measured against: Koa and a router, with the route of /livez.
const router = new Router()
router.get('/livez', (ctx) => {
  ctx.body = 'alive\n'
})

const server = new Koa().use(router.routes()).listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  console.log(JSON.stringify({ msg: 'listening', url: `http://127.0.0.1:${port}` }))
})
