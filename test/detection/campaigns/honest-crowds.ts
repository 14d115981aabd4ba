import type { Asked, Traffic } from './traffic'

const WORDS =
  'summer winter berlin recipe garden guide review travel house bike music photo letter market budget school engine river'.split(
    ' ',
  )
const APP = 'AcmeApp/5.1 (iPhone; iOS 18.1) CFNetwork/1568'

/** Crowds of honest clients that do the same odd thing in the same hour, none of them a campaign. */
export const HONEST_CROWDS: Record<string, (traffic: Traffic, size: number) => void> = {
  'a broken link on a page that everybody reads'(t, size) {
    const broken = t.one(['/files/report.pdf', '/download/setup.zip', '/archive/photos.tar.gz'])
    t.crowd(size, () => [...read(t), { path: broken, status: 404, hasReferer: true }])
    // And those who open it from a message.
    t.crowd(size / 3, () => [{ path: broken, status: 404 }])
  },
  'a release whose pages ask for parts that are gone'(t, size) {
    t.crowd(size, () => [
      ...read(t),
      { path: `/assets/chunk-${t.below(4)}f3a9c1d.js`, status: 404, hasReferer: true },
      { path: '/api/v1/config.json', status: 404, hasReferer: true },
    ])
  },
  'a mail that sends people to one page'(t, size) {
    t.crowd(size, () => [{ path: '/spring-offer', query: `utm_source=mail&r=${t.below(99_999)}` }])
    t.crowd(size / 5, () => [{ path: `/unsubscribe/${t.below(1e9)}`, method: 'POST' }])
  },
  'a mail whose links have expired, opened by people and by scanners of mail'(t, size) {
    const link = () => ({ path: `/confirm/${hexadecimal(t, 32)}`, status: t.one([404, 410]) })
    t.crowd(size, () => t.times(t.between(1, 3), { ...link(), method: t.one(['GET', 'HEAD']) }))
  },
  'a fleet of monitors'(t, size) {
    const agent = 'Mozilla/5.0 (compatible; AcmeUptime/2.0; +https://uptime.example/)'
    t.crowd(size / 4, () => t.times(60, { path: '/health', method: 'HEAD' }), agent)
    t.crowd(size / 4, () => t.times(12, { path: '/status-old', status: 404 }), agent)
  },
  'people who set new passwords after a breach'(t, size) {
    const post = (path: string, status: number): Asked => ({ path, method: 'POST', status })
    t.crowd(size, () => {
      const failed = t.times(t.between(1, 3), post('/login', 401))
      const login = [{ path: '/login' }, { path: '/assets/app.js' }, ...failed]
      if (t.chance(0.2)) return linked(login)
      const reset = [{ path: '/forgot-password' }, post('/forgot-password', 200)]
      if (t.chance(0.2)) return linked([...login, ...reset])
      const mail = { path: `/reset-password/${hexadecimal(t, 32)}`, hasReferer: false }
      const back = [post('/reset-password', 302), post('/login', 302), { path: '/dashboard' }]
      return linked([...login, ...reset, mail, { path: '/assets/app.js' }, ...back])
    })
  },
  'people who sign in to a WordPress with browsers that have the parts of its pages and name none'(
    t,
    size,
  ) {
    const attempt = { path: '/wp-login.php', method: 'POST', status: 302 }
    t.crowd(size, () => [{ path: '/wp-login.php' }, attempt, { path: '/wp-admin/' }])
  },
  'an app whose sessions were ended for all'(t, size) {
    t.crowd(
      size,
      () => [
        ...t.times(t.between(1, 3), { path: '/api/v2/feed', status: 401 }),
        ...t.times(t.between(1, 2), { path: '/api/auth/refresh', method: 'POST', status: 401 }),
        ...(t.chance(0.7) ? [{ path: '/api/auth/login', method: 'POST' }] : []),
        ...t.times(t.chance(0.7) ? t.between(1, 5) : 0, { path: '/api/v2/feed' }),
      ],
      APP,
    )
  },
  'a misprinted address on a poster'(t, size) {
    t.crowd(size, () => t.times(t.between(1, 2), { path: '/sumer-sale', status: 404 }))
  },
  'pages of an old site, found by search engines'(t, size) {
    t.crowd(size, () => {
      const old = {
        path: `/${t.between(2006, 2014)}/${words(t, 4)}.html`,
        status: 404,
        hasReferer: t.chance(0.7),
      }
      const parts = t.chance(0.8) ? t.times(2, { path: '/assets/style.css', hasReferer: true }) : []
      return [old, ...parts, ...(t.chance(0.3) ? read(t) : [])]
    })
  },
  'downloads of old versions, linked from everywhere'(t, size) {
    t.crowd(size, () => {
      const version = `${t.below(3)}.${t.below(20)}.${t.below(9)}`
      const path = `/downloads/${t.one(WORDS)}-${t.one(WORDS)}-${version}.${t.one(['zip', 'tar.gz', 'exe'])}`
      const parts = t.chance(0.8) ? t.times(2, { path: '/assets/style.css', hasReferer: true }) : []
      return [{ path, status: 404, hasReferer: t.chance(0.7) }, ...parts]
    })
  },
  'downloads that are gone, from a server that shows no page for it'(t, size) {
    t.crowd(size, () => [
      {
        path: `/files/${words(t, 2)}.${t.one(['zip', 'tar.gz', 'exe', 'pdf'])}`,
        status: 404,
        hasReferer: t.chance(0.6),
      },
    ])
  },
  'names of people who have left, linked from everywhere'(t, size) {
    t.crowd(size / 4, () => [
      { path: `/users/${words(t, 2)}`, status: 404, hasReferer: t.chance(0.5) },
      ...(t.chance(0.8) ? t.times(2, { path: '/assets/style.css', hasReferer: true }) : []),
    ])
  },
  'programs for mail that look for their server'(t, size) {
    const xml = { path: '/autodiscover/autodiscover.xml', method: 'POST', status: 404 }
    t.crowd(size, () => [xml], 'Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0)')
    const sync = { path: '/Microsoft-Server-ActiveSync', method: 'OPTIONS', status: 404 }
    t.crowd(size / 2, () => t.times(t.between(1, 2), sync), 'Apple-iPhone16C1/2201.90')
  },
  'pictures that users have deleted'(t, size) {
    t.crowd(size, () => [
      ...read(t),
      { path: `/avatars/${hexadecimal(t, 16)}.png`, status: 404, hasReferer: true },
    ])
  },
  'servers that fetch a link for its preview'(t, size) {
    const path = '/articles/that-went-around'
    const agent = () => `http.rb/5.2 (Mastodon/4.${t.below(4)}.${t.below(9)}; +https://m.example/)`
    t.crowd(size, () => {
      const userAgent = agent()
      return [
        { path, method: 'HEAD', userAgent },
        { path, userAgent },
      ]
    })
  },
  'people whose cards are refused in a sale'(t, size) {
    t.crowd(size, () => [
      ...read(t),
      ...linked([
        { path: '/cart' },
        { path: '/checkout' },
        { path: '/assets/app.js' },
        ...t.times(t.chance(0.15) ? t.between(1, 3) : 0, {
          path: '/checkout/pay',
          method: 'POST',
          status: 402,
        }),
        { path: '/checkout/pay', method: 'POST', status: t.chance(0.9) ? 302 : 402 },
      ]),
    ])
  },
  'applications that stay open and save what is written'(t, size) {
    t.crowd(size, () =>
      linked(
        t.times(t.between(1, 30), {
          path: `/api/documents/${t.below(999)}`,
          method: t.one(['POST', 'PUT', 'PATCH']),
          status: t.chance(0.97) ? 200 : 409,
        }),
      ),
    )
  },
}

function read(t: Traffic): Asked[] {
  return [{ path: t.page() }, { path: '/assets/style.css', hasReferer: true }]
}

function linked(asked: Asked[]): Asked[] {
  return asked.map((request) => ({ hasReferer: true, ...request }))
}

function words(t: Traffic, count: number): string {
  return t
    .times(count, {})
    .map(() => t.one(WORDS))
    .join('-')
}

function hexadecimal(t: Traffic, length: number): string {
  return t
    .times(length, {})
    .map(() => t.below(16).toString(16))
    .join('')
}
