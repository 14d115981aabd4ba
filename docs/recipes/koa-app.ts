import Koa, { type Context } from 'koa'

// A Koa application that asks Portcullis before it answers, and so has its visits watched as well.
// PORTCULLIS_KEY: npx ts-node scripts/create-key.ts my-app --scopes check
const { PORTCULLIS_URL = 'http://127.0.0.1:3000', PORTCULLIS_KEY = '', PORT = '8080' } = process.env

/** An answer later than this is not waited for: the visitor passes. */
const PATIENCE_MS = 100

// Behind one proxy of your own, that proxy's X-Forwarded-For tells who the visitor is.
const app = new Koa({ proxy: process.env.BEHIND_PROXY === 'yes', maxIpsCount: 1 })

app.use(async function askPortcullis(ctx, next) {
  const { verdict, retryAfter } = await verdictOn(ctx)
  if (verdict === 'block') ctx.throw(403, 'Access refused')
  if (verdict === 'limit') {
    ctx.throw(429, 'Too many requests', { headers: { 'Retry-After': String(retryAfter) } })
  }
  await next()
})

app.use((ctx) => {
  ctx.body = 'Hello\n'
})

interface Verdict {
  verdict: 'allow' | 'block' | 'limit'
  retryAfter: number | null
}

async function verdictOn(ctx: Context): Promise<Verdict> {
  try {
    const answer = await fetch(`${PORTCULLIS_URL}/v1/check`, {
      method: 'POST',
      headers: { authorization: `Bearer ${PORTCULLIS_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        ip: ctx.ip,
        method: ctx.method,
        path: ctx.originalUrl,
        userAgent: ctx.get('user-agent'),
      }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
    if (!answer.ok) throw new Error(`it answered ${answer.status}`)
    return (await answer.json()) as Verdict
  } catch (error) {
    console.error('Portcullis was not asked:', (error as Error).message)
    return { verdict: 'allow', retryAfter: null }
  }
}

app.listen(Number(PORT), '127.0.0.1', () => console.log('listening'))
