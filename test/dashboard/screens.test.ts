import { expect } from 'chai'
import type { Browser, Page } from 'puppeteer-core'
import { bindModels } from '../../models'
import {
  accessibilityFaults,
  DESKTOP,
  findChromium,
  type Look,
  launch,
  openPage,
  setLook,
  shows,
  type Watched,
} from '../support/browser'
import { testDatabase } from '../support/database'
import { eventually } from '../support/eventually'
import { startTestService, type TestService } from '../support/service'
import { skipLoudly } from '../support/skipped'
import { addCampaign, CAMPAIGN, EMAIL, FOUND, HOSTILE, SCREENS, setScene, signIn } from './scene'

/** As much of a browser's document as the functions here ask for, which run in the page. */
declare const document: {
  activeElement: Shown | null
  documentElement: { scrollWidth: number; clientWidth: number }
  querySelector(selector: string): Shown | null
}

declare const matchMedia: (query: string) => { matches: boolean }

/** As much of an element. */
interface Shown {
  id: string
  textContent: string
  offsetTop: number
  scrollTop: number
}

const PHONE: Look = { width: 390, scheme: 'light' }
/** What a window of 1,280 shows when it is zoomed to 200 %. */
const TWICE: Look = { width: 640, scheme: 'light' }
const DARK: Look = { width: 1_280, scheme: 'dark' }
const FORCED: Look = { width: 1_280, scheme: 'dark', isForced: true }

describe('the dashboard in a browser', () => {
  let service: TestService
  let browser: Browser
  let watched: Watched
  let page: Page

  before(async function () {
    const chromium = findChromium()
    if (!chromium) skipLoudly(this, 'there is no chromium on the PATH')
    await (await testDatabase()).clean()
    service = await startTestService({
      LOGIN_LIMIT_ANONYMOUS: '1000',
      RATE_LIMITS: 'usual=100000/1m key; gold=200000/1m key',
    })
    browser = await launch(chromium)
  })
  after(async () => {
    await browser?.close()
    await service?.stop()
    await service?.database.clean()
  })

  const open = async () => {
    watched = await openPage(browser, service.url)
    page = watched.page
    await page.goto(`${service.url}/admin/`)
  }
  const goTo = async (screen: string, text: string) => {
    await page.goto(`${service.url}/admin/#${screen}`)
    await shows(page, text)
    await page.waitForFunction(() => !document.querySelector('.wait'))
  }
  const statuses = async () => {
    const found = await bindModels(service.database.knex).SuspiciousIP.query().orderBy('id')
    return found.map(({ status }) => status)
  }
  afterEach(async () => {
    expect(watched?.faults ?? []).to.deep.equal([])
    await watched?.close()
  })

  describe('before anybody is there', () => {
    it('makes the first account by the link that the start prints, and waits for the first event', async () => {
      watched = await openPage(browser, service.url)
      page = watched.page
      await page.goto(`${service.url}/admin/#setup=${service.setupToken}`)
      await shows(page, 'The first account')
      await signIn(page)
      await shows(page, 'Waiting for the first event')
      expect(await accessibilityFaults(page)).to.deep.equal([])

      // The way into the dashboard is in the log as well, and is not what is waited for.
      await eventually('the sign-in is in the log', async () => {
        const { rows } = await service.database.knex.raw(
          "select from request_logs where path = '/setup'",
        )
        return rows.length > 0
      })
      await page.reload()
      await shows(page, 'Waiting for the first event')
      await service.send('/shop')
      await shows(page, 'Origins')
    })
  })

  describe('with an hour to review', () => {
    beforeEach(async () => {
      await service.database.clean()
      await setScene(service)
      await open()
    })

    it('tells a wrong password as such, lets people in and out, and sends them back when a session ends', async () => {
      await signIn(page, 'not the password')
      await shows(page, 'E-mail address or password is wrong.')
      expect(await accessibilityFaults(page)).to.deep.equal([])
      await signIn(page)
      await shows(page, 'To review')

      await service.database.knex('sessions').delete()
      await page.goto(`${service.url}/admin/#blocklist`)
      await page.waitForSelector('input[name=password]')
    })

    for (const [name, look] of Object.entries({
      light: DESKTOP,
      dark: DARK,
      'on a phone': PHONE,
      'at twice the size': TWICE,
      'in colours of one’s own': FORCED,
    })) {
      it(`has no fault that axe-core finds on any screen, ${name}`, async () => {
        await signIn(page)
        await shows(page, 'Traffic')
        await setLook(page, look)
        const isForced = await page.evaluate(() => matchMedia('(forced-colors: active)').matches)
        expect(isForced).to.equal(look.isForced ?? false)
        const faults: string[] = []
        for (const [screen, text] of SCREENS) {
          await goTo(screen, text)
          for (const fault of await accessibilityFaults(page)) faults.push(`${screen}: ${fault}`)
          const overflow = await page.evaluate(
            () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
          )
          if (overflow > 0) faults.push(`${screen}: ${overflow} px wider than the window`)
        }
        expect(faults).to.deep.equal([])
      })
    }

    it('shows what clients and lists say as text, wherever it is shown', async () => {
      await signIn(page)
      await goTo('overview', HOSTILE.path)
      await shows(page, HOSTILE.agent)
      await goTo('review', HOSTILE.reason)
      await shows(page, HOSTILE.path)
      await goTo(`address?ip=${FOUND[0]}`, HOSTILE.path)
      await goTo(`overview?path=${encodeURIComponent(HOSTILE.path)}`, `path ${HOSTILE.path}`)
      const planted = await page.evaluate(() => {
        const { pwned } = globalThis as unknown as { pwned?: number }
        return [pwned ?? 0, document.querySelector('main img, main script, svg[onload]')]
      })
      expect(planted).to.deep.equal([0, null])
    })

    it('is reviewed by keyboard from end to end', async () => {
      await signIn(page)
      await goTo('review', 'Why it was flagged')
      const current = () => page.$eval('.item.current .ip', (item) => item.textContent)
      const press = async (key: string, shift = false) => {
        if (shift) await page.keyboard.down('Shift')
        await page.keyboard.press(key as 'j')
        if (shift) await page.keyboard.up('Shift')
      }
      expect(await current()).to.equal(FOUND[0])
      await press('j')
      expect(await current()).to.equal(FOUND[1])
      await press('k')
      expect(await current()).to.equal(FOUND[0])

      await press('b')
      await shows(page, `Blocked ${FOUND[0]} for 24h.`)
      expect(await statuses()).to.deep.equal(['blocked', 'open', 'open', 'open'])
      expect(await current()).to.equal(FOUND[1])
      await press('u')
      await shows(page, 'Taken back.')
      expect(await statuses()).to.deep.equal(['open', 'open', 'open', 'open'])

      await press('d')
      await shows(page, `Dismissed ${FOUND[0]}.`)
      await press('a')
      await shows(page, `Allowed ${FOUND[1]}.`)
      await press('x')
      await press('j')
      await press('x')
      await shows(page, '2 findings marked')
      await press('b', true)
      await shows(page, 'For how long')
      expect(await accessibilityFaults(page)).to.deep.equal([])
      await page.select('dialog select[name=for]', '7d')
      await page.focus('dialog button[type=submit]')
      await page.keyboard.press('Enter')
      await shows(page, 'Nothing waits for you.')
      await shows(page, 'Blocked 2 findings for 7d.')
      expect(await statuses()).to.deep.equal(['dismissed', 'allowed', 'blocked', 'blocked'])
      expect(await accessibilityFaults(page)).to.deep.equal([])
    })

    it('shows new findings by itself, and disturbs nobody who is reviewing', async () => {
      const models = bindModels(service.database.knex)
      const [worst] = await models.SuspiciousIP.query().where('ip_address', FOUND[0]!)
      const { id: _, ...like } = worst!.$toJson()
      const add = (ipAddress: string, risk: number) => {
        return models.SuspiciousIP.query().insert({ ...like, ipAddress, risk } as object)
      }
      for (let nth = 0; nth < 30; nth++) await add(`198.51.${nth}.9`, 0.5 - nth / 100)
      const key = await service.key('admin')
      await signIn(page)
      await goTo('review', 'Why it was flagged')
      for (let nth = 0; nth < 20; nth++) await page.keyboard.press('j')
      await page.keyboard.press('d')
      await shows(page, 'Dismissed 198.51')
      await page.keyboard.down('Shift')
      await page.keyboard.press('B')
      await page.keyboard.up('Shift')
      await shows(page, 'For how long')
      const seen = () => {
        return page.evaluate(() => {
          const row = document.querySelector('.item.current')!
          const list = document.querySelector('.queue')!
          const place = row.offsetTop - list.scrollTop
          const dialog = document.querySelector('dialog h2')!.textContent
          const toast = document.querySelector('.toast')!.textContent
          return { id: row.id, place, isScrolled: list.scrollTop > 0, dialog, toast }
        })
      }
      const before = await seen()
      expect(before)
        .to.include({ isScrolled: true })
        .and.to.have.property('toast')
        .that.includes('Undo')

      // Somebody else decides about the finding that is current here, while a worse one is found.
      await add('203.0.113.66', 0.99)
      const path = `/admin/api/suspicious/${before.id.replace('finding-', '')}/review`
      const json = { decision: 'dismiss' }
      expect((await service.send(path, { method: 'POST', key, json })).status).to.equal(200)
      await shows(page, '203.0.113.66')
      await shows(page, '1 new finding.')
      expect(await seen()).to.deep.equal(before)

      await page.keyboard.press('Escape')
      await page.waitForFunction(() => !document.querySelector('dialog'))
      await page.keyboard.press('u')
      await shows(page, 'Taken back.')
      expect(await accessibilityFaults(page)).to.deep.equal([])
    })

    it('gives the focus back to what opened a dialog', async () => {
      await signIn(page)
      await goTo('review', 'Why it was flagged')
      const focused = () => page.evaluate(() => document.activeElement?.textContent ?? '')
      await page.focus('.detail .actions button:nth-child(2)')
      const opener = await focused()
      await page.keyboard.press('Enter')
      await shows(page, 'For how long')
      expect(await focused()).not.to.equal(opener)
      await page.keyboard.press('Escape')
      await page.waitForFunction(() => !document.querySelector('dialog'))
      expect(await focused()).to.equal(opener)
    })

    it('looks up an incident from anywhere, and keeps notes about its address', async () => {
      await signIn(page)
      await goTo('blocklist', 'Never blocked or flagged')
      const models = bindModels(service.database.knex)
      const { incident } = (await models.SuspiciousIP.query().findOne('ip_address', FOUND[1]!))!
      await page.locator('.look-up input').fill(incident)
      await page.keyboard.press('Enter')
      await shows(page, 'Nobody has written anything down.')
      expect(page.url()).to.include(FOUND[1])

      await page.locator('textarea[name=note]').fill('\u202eback to front\n<b>bold</b>')
      await page.locator('main form button[type=submit]').click()
      await shows(page, '<b>bold</b>')
      await shows(page, EMAIL)
      expect(await accessibilityFaults(page)).to.deep.equal([])
      await page.locator('.notes button').click()
      await shows(page, 'Nobody has written anything down.')
    })

    it('lists its keys, and asks what is normal about what is dismissed', async () => {
      await signIn(page)
      await goTo('review', 'Why it was flagged')
      await page.keyboard.type('?')
      await shows(page, 'undo, within 10 seconds')
      expect(await accessibilityFaults(page)).to.deep.equal([])
      await page.keyboard.press('Escape')
      await page.waitForFunction(() => !document.querySelector('dialog'))
      await page.keyboard.down('Shift')
      await page.keyboard.press('D')
      await page.keyboard.up('Shift')
      await page.locator('dialog input[name=path]').fill('/pages/*')
      await page.locator('dialog button[type=submit]').click()
      await shows(page, `Dismissed ${FOUND[0]}.`)
      await goTo('detection', '/pages/*')
    })

    it('blocks a group as one, and shows first who else would be hit', async () => {
      await signIn(page)
      await goTo('review', 'Why it was flagged')
      await page.locator('.bulks summary').click()
      await page.locator('.bulks button').click()
      await shows(page, 'behaved well, and would be shut out too')
      await page.locator('dialog button.bad').click()
      await shows(page, 'Blocked 3 findings for 24h.')
      expect(await statuses()).to.deep.equal(['blocked', 'blocked', 'blocked', 'open'])
    })

    describe('with a campaign', () => {
      beforeEach(() => addCampaign(service))

      const campaign = async () => {
        const [found] = await service.database.knex('campaigns').select('status')
        const networks = await service.database.knex('blocked_ips').pluck('ip_address')
        return { status: found?.status, blocked: networks.toSorted() }
      }
      const ask = async () => {
        await signIn(page)
        await goTo(`review?campaign=${CAMPAIGN.id}`, 'Why they belong together')
        await shows(page, '1 address that behaved well in the last day')
      }

      it('shows its networks and who else is in them, and blocks it by keyboard once that is accepted', async () => {
        await ask()
        await shows(page, CAMPAIGN.neighbour)
        await goTo(`address?ip=${CAMPAIGN.members[1]}`, 'open, last seen')
        await page.locator(`.facts a[href*="${CAMPAIGN.id}"]`).click()
        await shows(page, CAMPAIGN.neighbour)
        expect(await accessibilityFaults(page)).to.deep.equal([])
        await page.keyboard.press('o')
        await page.waitForSelector(`.group .ip ::-p-text(${CAMPAIGN.members[0]})`)
        expect(await accessibilityFaults(page)).to.deep.equal([])

        await page.keyboard.press('b')
        await shows(page, 'Which networks')
        expect(await campaign()).to.deep.equal({ status: 'open', blocked: [] })
        expect(await accessibilityFaults(page)).to.deep.equal([])
        await page.select('dialog select[name=which]', 'all')
        await page.focus('dialog button[type=submit]')
        await page.keyboard.press('Enter')
        await shows(page, 'Blocked 2 networks for 24h.')
        const { status, blocked } = await campaign()
        expect(status).to.equal('blocked')
        expect(blocked).to.deep.equal(['192.0.2.0/24', '2001:db8:7::/64'])
        expect((await statuses()).slice(-2)).to.deep.equal(['blocked', 'blocked'])
        await page.waitForFunction(() => !document.querySelector('.item.head'))
      })

      it('leaves the networks of others alone, unless told otherwise', async () => {
        await ask()
        await page.keyboard.press('b')
        await shows(page, 'Which networks')
        await page.locator('dialog button[type=submit]').click()
        await shows(page, 'Blocked 1 network for 24h.')
        expect((await campaign()).blocked).to.deep.equal(['2001:db8:7::/64'])
      })

      it('dismisses it with its findings, says first that this stays, and takes it back', async () => {
        await ask()
        await page.keyboard.press('d')
        await shows(page, 'it stays dismissed while it goes on')
        await page.keyboard.press('Enter')
        await shows(page, 'Dismissed the campaign and its findings.')
        expect(await campaign()).to.deep.equal({ status: 'dismissed', blocked: [] })
        expect((await statuses()).slice(-2)).to.deep.equal(['dismissed', 'dismissed'])
        await page.keyboard.press('u')
        await shows(page, 'Taken back.')
        await shows(page, 'Why they belong together')
        expect(await campaign()).to.deep.equal({ status: 'open', blocked: [] })
        expect((await statuses()).slice(-2)).to.deep.equal(['open', 'open'])
      })

      it('leaves the queue when its findings have been decided one by one', async () => {
        await ask()
        await page.keyboard.press('x')
        await shows(page, '2 findings marked')
        await page.keyboard.press('d')
        await shows(page, 'Dismissed 2 findings.')
        await page.waitForFunction(() => !document.querySelector('.item.head'))
      })
    })

    it('narrows the overview to a value by a click, and keeps it in the address', async () => {
      await signIn(page)
      await goTo('overview', '/pages/3')
      await page.locator('.top-table a[title="/pages/3"]').click()
      await shows(page, 'path /pages/3')
      expect(page.url()).to.include('path=%2Fpages%2F3')
      await page.reload()
      await shows(page, 'path /pages/3')
    })

    it('blocks a network with a preview, finds it by an address, and takes it back', async () => {
      await signIn(page)
      await goTo('blocklist', 'Nobody is blocked.')
      await page.locator('input[name=network]').fill('203.0.113.0/24')
      await shows(page, 'Covers 256 addresses')
      await page.keyboard.press('Enter')
      await shows(page, 'Blocked 203.0.113.0/24.')
      await page.locator('main input[type=search]').fill('203.0.113.77')
      await page.keyboard.press('Enter')
      await shows(page, 'Unblock')
      const unblock = await page.waitForSelector('xpath///button[text()="Unblock"]')
      await unblock?.evaluate((button) => (button as unknown as { click(): void }).click())
      await shows(page, 'Nothing covers 203.0.113.77')
    })

    it('erases an address, and says what is gone and what stays', async () => {
      const key = await service.key('admin')
      const json = { ipAddress: FOUND[3], reason: 'asked for secrets' }
      const blocked = await service.send('/admin/api/blocks', { method: 'POST', key, json })
      expect(blocked.status).to.equal(201)
      await signIn(page)
      await goTo('settings', 'Somebody asks about their address')
      const erase = async (ip: string) => {
        await page.locator('input[placeholder="203.0.113.7"]').fill(ip)
        await page.locator('form button.bad').click()
        await shows(page, 'A running block of it stays.')
        await page.locator('dialog button.bad').click()
      }
      await erase(FOUND[3]!)
      await shows(page, `${FOUND[3]}: erased `)
      await shows(page, '1 finding')
      await shows(page, 'A running block, of it or of a network around it, stays in force.')
      expect(await accessibilityFaults(page)).to.deep.equal([])
      await erase('192.0.2.200')
      await shows(page, '192.0.2.200: nothing was stored.')
      await shows(page, 'No block that is running covers it.')
    })

    it('makes a key that is bound to a tier', async () => {
      await signIn(page)
      await goTo('settings', 'Name of the application')
      await page.locator('form input[placeholder=shop]').fill('till')
      await page.select('form select[name=tier]', 'gold')
      await page.locator('xpath///button[text()="Make a key"]').click()
      await shows(page, 'It is not shown again')
      const made = await bindModels(service.database.knex).ApiKey.query().findOne({ name: 'till' })
      expect(made).to.deep.include({ tier: 'gold', scopes: ['check'] })
    })

    it('binds a key to another tier, and says why when it cannot', async () => {
      const key = () =>
        bindModels(service.database.knex).ApiKey.query().orderBy('id', 'desc').first()
      await signIn(page)
      await goTo('settings', 'default (usual)')
      expect(await accessibilityFaults(page)).to.deep.equal([])
      const { name, prefix } = (await key())!
      const select = `select[aria-label="Tier of ${name}, ${prefix}"]`
      await page.select(select, 'gold')
      await shows(page, `The key of ${name} has the tier gold.`)
      expect((await key())?.tier).to.equal('gold')
      await page.setOfflineMode(true)
      await page.select(select, 'none')
      await shows(page, 'The service does not answer.')
      expect(
        await page.$eval(select, (field) => (field as unknown as { value: string }).value),
      ).to.equal('gold')
      await page.setOfflineMode(false)
    })

    it('says so when the service does not answer, and goes on when it does', async () => {
      await signIn(page)
      await goTo('overview', 'Traffic')
      await page.setOfflineMode(true)
      await page.goto(`${service.url}/admin/#detection`).catch(() => {})
      await shows(page, 'The service does not answer.')
      await page.setOfflineMode(false)
      const failures = async () => (await page.$$('.failure')).length
      const before = await failures()
      await page.locator('.failure button').click()
      await eventually('it goes on', async () => (await failures()) < before)
    })
  })
})
