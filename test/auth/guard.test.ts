import { expect } from 'chai'
import { testDatabase } from '../support/database'
import { eventually } from '../support/eventually'
import { cookieOf, PASSWORD, type People, startPeople } from '../support/people'

describe('Guard', () => {
  let people: People
  let cookies: { admin: string; viewer: string }
  let keys: { admin: string; check: string }

  before(async () => {
    const database = await testDatabase()
    await database.clean()
    people = await startPeople(database)
    const signIn = async (role: 'admin' | 'viewer') => {
      await people.accounts.add(`${role}@example.org`, PASSWORD, role)
      return cookieOf(await people.logIn(`${role}@example.org`))
    }
    cookies = { admin: await signIn('admin'), viewer: await signIn('viewer') }
    keys = {
      admin: await people.keys.create('an admin key', ['admin']),
      check: await people.keys.create('a check key', ['check']),
    }
    await eventually('the keys are known', () => people.keys.find(keys.check) !== undefined)
  })

  after(() => people?.stop())

  const ask = (path: string, headers: Record<string, string> = {}, init: RequestInit = {}) =>
    fetch(people.url + path, { ...init, headers })

  const status = async (...call: Parameters<typeof ask>) => (await ask(...call)).status

  const bearer = (key: string) => ({ authorization: `Bearer ${key}` })

  describe('asks for a key', () => {
    it('as a bearer token or in X-Api-Key', async () => {
      const answers = [
        await ask('/key', bearer(keys.check)),
        await ask('/key', { authorization: `bearer  ${keys.check}` }),
        await ask('/key', { 'x-api-key': keys.check }),
      ]
      for (const response of answers) {
        expect(await response.json()).to.deep.equal({
          kind: 'key',
          keyId: 2,
          name: 'a check key',
          scopes: ['check'],
          tier: null,
        })
      }
    })

    it('with 401 when there is none that is valid', async () => {
      const last = keys.check.at(-1) === 'A' ? 'B' : 'A'
      const forged = keys.check.slice(0, -1) + last
      for (const key of ['', 'x', keys.check.slice(0, -1), forged, `${keys.check}A`]) {
        const response = await ask('/key', { 'x-api-key': key })
        expect(response.status).to.equal(401)
        expect(response.headers.get('www-authenticate')).to.match(/^Bearer/)
      }
      expect(await status('/key', { cookie: cookies.admin })).to.equal(401)
    })

    it('with 403 when it is for something else', async () => {
      const response = await ask('/key', bearer(keys.admin))
      expect(response.status).to.equal(403)
      expect(await response.json()).to.include({ code: 'forbidden' })
    })
  })

  describe('asks for an admin', () => {
    const json = { 'content-type': 'application/json' }
    const change = (headers: Record<string, string>, body?: string) =>
      status('/admin', headers, { method: 'POST', body })

    it('signed in, or a key with the scope admin', async () => {
      expect(await status('/admin')).to.equal(401)
      expect(await status('/admin', bearer(keys.check))).to.equal(403)
      expect(await status('/admin', bearer(keys.admin))).to.equal(200)

      const response = await ask('/admin', { cookie: cookies.admin })
      expect(response.headers.get('cache-control')).to.equal('no-store')
      expect(await response.json()).to.include({ kind: 'session', name: 'admin@example.org' })
    })

    it('and lets viewers look but not change', async () => {
      const { cookie } = { cookie: cookies.viewer }
      expect(await status('/admin', { cookie })).to.equal(200)
      expect(await change({ cookie, ...json }, '{}')).to.equal(403)
      expect(await status('/admin', { cookie }, { method: 'DELETE' })).to.equal(403)
    })

    it('who changes things in JSON, or without a body', async () => {
      const { cookie } = { cookie: cookies.admin }
      expect(await change({ cookie, ...json }, '{}')).to.equal(200)
      expect(await change({ cookie })).to.equal(200)
      expect(await status('/admin', { cookie }, { method: 'DELETE' })).to.equal(200)
      expect(await change({ cookie, 'content-type': 'text/plain' }, '{}')).to.equal(415)
    })

    it('whose changes were not caused by another site', async () => {
      const foreign = { cookie: cookies.admin, ...json, origin: 'https://evil.example' }
      expect(await change(foreign, '{}')).to.equal(403)
      expect(await change({ ...foreign, origin: people.url }, '{}')).to.equal(200)
    })

    it('and does not fall back to the session when a wrong key is shown', async () => {
      expect(await status('/admin', { cookie: cookies.admin, 'x-api-key': 'x' })).to.equal(401)
    })
  })
})
