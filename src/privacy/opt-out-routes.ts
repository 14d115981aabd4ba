import Router from '@koa/router'
import type { Context } from 'koa'
import { z } from 'zod'
import { type Abouts, describe } from '../http/about'
import { answerPage } from '../http/page'
import { requireSameOrigin } from '../http/same-origin'
import { OPT_OUT_COOKIE, type OptOutReader } from './opt-out'

const PAGE = '/privacy/opt-out'
const KEPT_MS = 365 * 86_400_000

/** The day on which what `/.well-known/gpc.json` says became true. */
const GPC_SINCE = '2026-11-21'

const PAGE_OR_JSON = ['text/html', 'application/json']

const Choice = z.object({ optedOut: z.boolean() })
const Gpc = z.object({ gpc: z.literal(true), lastUpdate: z.string() })

const ABOUT: Abouts = {
  'GET /.well-known/gpc.json': {
    who: 'anyone',
    says: 'Global Privacy Control is honoured.',
    answers: Gpc,
  },
  [`GET ${PAGE}`]: {
    who: 'anyone',
    says: 'The choice of this browser.',
    gives: PAGE_OR_JSON,
    answers: Choice,
  },
  [`POST ${PAGE}`]: {
    who: 'anyone',
    says: 'Opts this browser out.',
    gives: PAGE_OR_JSON,
    answers: Choice,
  },
  'POST /privacy/opt-in': {
    who: 'anyone',
    says: 'Opts this browser in again.',
    gives: PAGE_OR_JSON,
    answers: Choice,
  },
}

/** Opting out by cookie, for people; and what we make of Global Privacy Control, for machines. */
export function optOutRoutes(isOptedOut: OptOutReader): Router {
  const router = describe(new Router(), ABOUT)

  router.get('/.well-known/gpc.json', (ctx) => {
    ctx.body = { gpc: true, lastUpdate: GPC_SINCE }
  })

  router.get(PAGE, (ctx) => answer(ctx, isOptedOut(ctx.headers)))

  router.post(PAGE, (ctx) => {
    requireSameOrigin(ctx)
    remember(ctx, '1')
    confirm(ctx, true)
  })

  router.post('/privacy/opt-in', (ctx) => {
    requireSameOrigin(ctx)
    remember(ctx, null)
    confirm(ctx, false)
  })

  return router
}

function remember(ctx: Context, value: '1' | null): void {
  ctx.cookies.set(OPT_OUT_COOKIE, value, { sameSite: 'lax', httpOnly: true, maxAge: KEPT_MS })
}

/** A person is sent back to the page, so that reloading it sends nothing again. */
function confirm(ctx: Context, optedOut: boolean): void {
  if (wantsPage(ctx)) {
    ctx.status = 303
    ctx.redirect(PAGE)
  } else {
    answer(ctx, optedOut)
  }
}

function answer(ctx: Context, optedOut: boolean): void {
  ctx.vary('Accept')
  if (wantsPage(ctx)) answerPage(ctx, 'Your privacy choice', optedOut ? OPTED_OUT : OPTED_IN)
  else ctx.body = { optedOut }
}

function wantsPage(ctx: Context): boolean {
  return ctx.accepts('json', 'html') === 'html'
}

const OPTED_OUT = `
<p>You have opted out. Your requests are still checked against the blocklist, and abuse is still
detected; they are stored without your full address, path, browser and account, and are left out
of statistics.
<form method="post" action="/privacy/opt-in"><button>Opt in again</button></form>
<p><small>A browser that sends Global Privacy Control stays opted out whatever you choose here.</small>
<p><a href="/privacy">What is stored, and for how long</a>`

const OPTED_IN = `
<p>Your requests are recorded for security, as <a href="/privacy">the privacy notice</a> says.
<p>If you opt out, they are stored without your full address, path, browser and account, and are
left out of statistics. A cookie of this site remembers your choice for a year.
<form method="post" action="${PAGE}"><button>Opt out</button></form>`
