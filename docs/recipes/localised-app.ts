import Koa from 'koa'
import { redirectByRegion } from '../../src/geo/redirect'
import { parseRegions } from '../../src/geo/regions'

// A Koa application in three languages that sends visitors of `/` to theirs: by the cookie
// `language`, by what their browser speaks, or by the country that Portcullis finds.
// PORTCULLIS_KEY: npx ts-node scripts/create-key.ts my-app --scopes check
const { PORTCULLIS_URL = 'http://127.0.0.1:3000', PORTCULLIS_KEY = '', PORT = '8080' } = process.env

/** An answer later than this is not waited for: the visitor comes from nowhere. */
const PATIENCE_MS = 200

// Behind one proxy of your own, that proxy's X-Forwarded-For tells who the visitor is.
const app = new Koa({ proxy: process.env.BEHIND_PROXY === 'yes', maxIpsCount: 1 })

app.use(async function locate(ctx, next) {
  // A getter: nobody is asked about visitors whose cookie or browser decides.
  Object.defineProperty(ctx.state, 'place', { get: () => placeOf(ctx.ip) })
  await next()
})

app.use(redirectByRegion({ regions: parseRegions('de,at,ch=/de/; fr,be=/fr/; *=/en/') }))

app.use((ctx) => {
  ctx.body = `This is ${ctx.path}\n`
})

async function placeOf(address: string): Promise<{ country: string | null }> {
  try {
    const answer = await fetch(`${PORTCULLIS_URL}/v1/check/${address}?place=yes`, {
      headers: { authorization: `Bearer ${PORTCULLIS_KEY}` },
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
    if (!answer.ok) throw new Error(`it answered ${answer.status}`)
    return ((await answer.json()) as { place: { country: string | null } }).place
  } catch (error) {
    console.error('Portcullis was not asked:', (error as Error).message)
    return { country: null }
  }
}

app.listen(Number(PORT), '127.0.0.1', () => console.log('listening'))
