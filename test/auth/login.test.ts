import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { expect } from 'chai'
import { testDatabase } from '../support/database'
import { cookieOf, PASSWORD, type People, startPeople } from '../support/people'

describe('signing in', () => {
  let people: People
  let client = 0
  /** A client of its own, so that no limit is met. */
  const from = () => ({ 'x-forwarded-for': `198.51.100.${++client}` })

  before(async () => {
    const database = await testDatabase()
    await database.clean()
    people = await startPeople(database)
    await people.accounts.add('Ada@example.org', PASSWORD, 'admin')
  })

  after(() => people?.stop())

  const session = (cookie: string, headers: Record<string, string> = {}) =>
    fetch(`${people.url}/session`, { headers: { cookie, ...headers } })

  const signOut = (cookie: string, headers: Record<string, string> = {}) =>
    fetch(`${people.url}/logout`, { method: 'POST', headers: { cookie, ...headers } })

  it('answers the account and a cookie that the session is known by', async () => {
    const response = await people.logIn('ada@example.org', PASSWORD, from())
    expect(response.status).to.equal(200)
    expect(response.headers.get('cache-control')).to.equal('no-store')
    expect(await response.json()).to.deep.equal({
      account: { email: 'ada@example.org', role: 'admin' },
    })

    const known = await session(cookieOf(response))
    expect(await known.json()).to.deep.equal({
      account: { email: 'ada@example.org', role: 'admin' },
    })
  })

  it('knows nobody without a session', async () => {
    for (const cookie of ['', 'portcullis=', `portcullis=${'x'.repeat(43)}`]) {
      const response = await session(cookie)
      expect(response.status).to.equal(401)
      expect(response.headers.get('www-authenticate')).to.match(/^Bearer/)
    }
  })

  it('answers an unknown address and a wrong password alike', async () => {
    const wrong = await people.logIn('ada@example.org', 'not the password', from())
    const unknown = await people.logIn('nobody@example.org', PASSWORD, from())
    expect([wrong.status, unknown.status]).to.deep.equal([401, 401])
    expect(await wrong.json()).to.deep.equal(await unknown.json())
    expect(cookieOf(wrong)).to.equal('')
  })

  it('refuses what is not a sign-in, with a problem document', async () => {
    const send = (body: string, type = 'application/json') =>
      fetch(`${people.url}/login`, {
        method: 'POST',
        headers: { 'content-type': type, ...from() },
        body,
      })
    const answers = [
      [await send('{"email":'), 400],
      [await send('{"email":"ada@example.org"}'), 400],
      [await send('{"email":["ada@example.org"],"password":{}}'), 400],
      [await send('{"email":"a\\u0000b","password":"x"}'), 401],
      [await send(`{"email":"a","password":"${'x'.repeat(1_025)}"}`), 400],
      [await send(`{"email":"a","password":"${'x'.repeat(10_000)}"}`), 413],
      [await send('email=ada&password=x', 'application/x-www-form-urlencoded'), 415],
    ] as const
    for (const [response, status] of answers) {
      expect(response.status).to.equal(status)
      expect(response.headers.get('content-type')).to.match(/^application\/problem\+json/)
    }
  })

  it('ends with signing out, and when somebody signs in anew', async () => {
    const first = cookieOf(await people.logIn('ada@example.org', PASSWORD, from()))
    const again = await people.logIn('ada@example.org', PASSWORD, { ...from(), cookie: first })
    const second = cookieOf(again)
    expect((await session(first)).status).to.equal(401)
    expect((await session(second)).status).to.equal(200)

    const out = await signOut(second)
    expect(out.status).to.equal(204)
    expect(cookieOf(out)).to.equal('portcullis=')
    expect((await session(second)).status).to.equal(401)
  })

  it('ends when it is old, when it was not used, and with a new password', async () => {
    const { Session } = people.models
    const cookie = cookieOf(await people.logIn('ada@example.org', PASSWORD, from()))
    const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000)
    const now = new Date()

    await Session.query().patch({ lastSeenAt: ago(11) })
    expect((await session(cookie)).status).to.equal(200)
    await Session.query().patch({ lastSeenAt: ago(13) })
    expect((await session(cookie)).status).to.equal(401)
    await Session.query().patch({ lastSeenAt: now, expiresAt: ago(0) })
    expect((await session(cookie)).status).to.equal(401)

    const other = cookieOf(await people.logIn('ada@example.org', PASSWORD, from()))
    await people.accounts.resetPassword('ada@example.org', PASSWORD)
    expect((await session(other)).status).to.equal(401)
  })

  it('stores neither password nor token', async () => {
    const cookie = cookieOf(await people.logIn('ada@example.org', PASSWORD, from()))
    const stored = JSON.stringify([
      await people.models.Account.query(),
      await people.models.Session.query(),
    ])
    expect(stored).not.to.contain(PASSWORD)
    expect(stored).not.to.contain(cookie.split('=')[1])
  })

  describe('keeps the cookie safe', () => {
    const attributes = (response: Response) =>
      response.headers
        .getSetCookie()[0]
        ?.split('; ')
        .slice(1)
        .map((text) => text.toLowerCase())

    it('over https, with a name that browsers protect', async () => {
      const https = { 'x-forwarded-proto': 'https' }
      const response = await people.logIn('ada@example.org', PASSWORD, { ...from(), ...https })
      const cookie = cookieOf(response)
      expect(cookie).to.match(/^__Host-portcullis=[\w-]{43}$/)
      expect(attributes(response)).to.include.members([
        'path=/',
        'samesite=strict',
        'secure',
        'httponly',
      ])
      expect((await session(cookie, https)).status).to.equal(200)
      // Not under the plain name, which other hosts and plain http could have planted.
      const planted = cookie.replace('__Host-', '')
      expect((await session(planted, https)).status).to.equal(401)
    })

    it('over http within one machine, with a plain name', async () => {
      const response = await people.logIn('ada@example.org', PASSWORD, from())
      expect(cookieOf(response)).to.match(/^portcullis=[\w-]{43}$/)
      expect(attributes(response)).to.include.members(['path=/', 'samesite=strict', 'httponly'])
      expect(attributes(response)).not.to.include('secure')
    })

    it('in the clear, by not signing in at all', async () => {
      const [status, body] = await logInAs('192.0.2.1:3000')
      expect(status).to.equal(403)
      expect(JSON.parse(body)).to.include({ code: 'https_required' })
      expect((await logInAs('localhost:3000'))[0]).to.equal(200)
      expect((await logInAs('[::1]:3000'))[0]).to.equal(200)
    })

    /** Not with fetch, which writes the Host header itself. */
    async function logInAs(host: string): Promise<[status: number | undefined, body: string]> {
      const headers = { host, 'content-type': 'application/json', ...from() }
      const sent = request(`${people.url}/login`, { method: 'POST', headers })
      sent.end(JSON.stringify({ email: 'ada@example.org', password: PASSWORD }))
      const [response] = (await once(sent, 'response')) as [IncomingMessage]
      return [response.statusCode, await text(response)]
    }
  })

  it('is refused to pages of other sites', async () => {
    const foreign: Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site', origin: people.url },
    ]
    for (const headers of foreign) {
      const response = await people.logIn('ada@example.org', PASSWORD, { ...from(), ...headers })
      expect(response.status).to.equal(403)
      expect(await response.json()).to.include({ code: 'cross_origin' })
      expect((await signOut('', headers)).status).to.equal(403)
    }
    const own = { ...from(), origin: people.url }
    expect((await people.logIn('ada@example.org', PASSWORD, own)).status).to.equal(200)
  })
})
