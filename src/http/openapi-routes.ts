import { readFileSync } from 'node:fs'
import path from 'node:path'
import Router from '@koa/router'
import { projectRoot } from '../platform/project-root'
import { describe } from './about'
import { describeApi } from './openapi'
import { answerPage } from './page'
import { referenceOf } from './reference'

const ABOUT = {
  'GET /openapi.json': { who: 'anyone', says: 'This description of the API.' },
  'GET /openapi': {
    who: 'anyone',
    says: 'This description of the API, for people.',
    gives: ['text/html'],
  },
} as const

/** The description of the other routes and its own, for programs and for people. */
export function openApiRoutes(others: readonly Router[]): Router {
  const router = describe(new Router(), ABOUT)
  router.get('/openapi.json', (ctx) => {
    ctx.body = description
  })
  router.get('/openapi', (ctx) => answerPage(ctx, 'The API of Portcullis', reference))

  const description = describeApi([...others, router], versionHere())
  const reference = referenceOf(description)
  return router
}

function versionHere(): string {
  return JSON.parse(readFileSync(path.join(projectRoot(), 'package.json'), 'utf8')).version
}
