import { expect } from 'chai'
import type { Browser, Page } from 'puppeteer-core'
import { findChromium, launch, openPage, shows, type Watched } from '../support/browser'
import { testDatabase } from '../support/database'
import { eventually } from '../support/eventually'
import { FAULTS, type Fault, type Gateway, startGateway } from '../support/gateway'
import { startTestService, type TestService } from '../support/service'
import { skipLoudly } from '../support/skipped'
import { SCREENS, setScene, signIn } from './scene'

/** As much of a browser's document as the functions here ask for, which run in the page. */
declare const document: { querySelector(selector: string): object | null }
declare const getSelection: () => object
declare const navigator: object

/** Everything but the page itself and its code. */
const ALL = /^\/(admin\/api\/|admin\/assets\/world-|session|login)/
const MAP = /^\/admin\/assets\/world-/
const LIVE = /^\/admin\/api\/live/
/** A screen that asks for nothing. */
const QUIET = ['address', 'The field at the top'] as const

describe('the dashboard while the service is away', () => {
  let service: TestService
  let gateway: Gateway
  let browser: Browser
  let watched: Watched
  let page: Page

  before(async function () {
    const chromium = findChromium()
    if (!chromium) skipLoudly(this, 'there is no chromium on the PATH')
    await (await testDatabase()).clean()
    service = await startTestService({ LOGIN_LIMIT_ANONYMOUS: '1000' })
    await setScene(service)
    gateway = await startGateway(service.url)
    browser = await launch(chromium)
  })
  after(async () => {
    await browser?.close()
    await gateway?.stop()
    await service?.stop()
    await service?.database.clean()
  })

  beforeEach(async () => {
    watched = await openPage(browser, gateway.url)
    page = watched.page
    await page.goto(`${gateway.url}/admin/`)
    await signIn(page)
    await shows(page, 'Origins')
    await goTo(...QUIET)
  })
  afterEach(async () => {
    gateway.fail(ALL, undefined)
    await watched?.close()
  })

  const goTo = async (screen: string, text: string) => {
    await page.goto(`${gateway.url}/admin/#${screen}`)
    await shows(page, text)
  }
  const allIsAnswered = () => eventually('all is answered', () => gateway.underWay() === 0)
  /** Presses what the page offers where something is missing, until nothing is. */
  const tryAgain = async () => {
    await eventually('nothing is missing any more', async () => {
      const buttons = await page.$$('.failure button')
      for (const button of buttons) await button.click().catch(() => {}) // It may be gone by now.
      return buttons.length === 0 && gateway.underWay() === 0
    })
  }

  for (const fault of Object.keys(FAULTS) as Fault[]) {
    it(`says what is missing where a request ${fault}, and shows it when it can be had`, async () => {
      for (const [screen, text] of SCREENS) {
        await goTo(...QUIET)
        gateway.fail(ALL, fault)
        await goTo(screen, 'Try again')
        await allIsAnswered()
        await page.waitForFunction(() => !document.querySelector('.wait'))

        gateway.fail(ALL, undefined)
        await tryAgain()
        await shows(page, text)
        expect(watched.faults, screen).to.deep.equal([])
      }
    })

    it(`opens with the way to go on where who is signed in ${fault}`, async () => {
      gateway.fail(ALL, fault)
      await page.reload()
      await shows(page, 'Portcullis cannot answer')
      gateway.fail(ALL, undefined)
      await page.locator('main button').click()
      await shows(page, QUIET[1])
      expect(watched.faults).to.deep.equal([])
    })

    it(`has all but the map where the map ${fault}, and the map as soon as it can be had`, async () => {
      await page.reload()
      await shows(page, QUIET[1])
      gateway.fail(MAP, fault)
      await goTo('overview', 'The map is not there yet')
      await shows(page, '/pages/3')
      await allIsAnswered()
      expect(watched.faults).to.deep.equal([])

      gateway.fail(MAP, undefined)
      await page.waitForSelector('.map svg')
      expect(watched.faults).to.deep.equal([])
    })

    it(`hears of changes again after the stream of them ${fault}`, async () => {
      gateway.fail(ALL, fault)
      await page.goto(`${gateway.url}/admin/#overview`)
      await page.reload()
      await shows(page, 'Portcullis cannot answer')
      gateway.fail(LIVE, fault)
      await page.locator('main button').click()
      await shows(page, 'every 2 s')
      gateway.fail(ALL, undefined)
      await shows(page, 'as they come')
      expect(watched.faults).to.deep.equal([])
    })
  }

  it('asks who is signed in, and no more for changes, when a session has ended in a tab behind others', async () => {
    gateway.fail(LIVE, 'is answered by 500')
    await page.reload()
    await shows(page, QUIET[1])
    await page.evaluate(() => void Object.defineProperty(document, 'hidden', { value: true }))
    await service.database.knex('sessions').delete()
    gateway.fail(LIVE, undefined)
    await page.waitForSelector('input[name=password]')
    expect(watched.faults).to.deep.equal([])
  })

  it('takes no notice of what comes when its screen has gone', async () => {
    gateway.hold(ALL)
    for (const [screen] of SCREENS) {
      const before = gateway.held()
      await page.goto(`${gateway.url}/admin/#${screen}`)
      await eventually('it has asked', () => gateway.held() > before || before >= 4)
    }
    await page.goto(`${gateway.url}/admin/#${QUIET[0]}`)
    gateway.fail(ALL, 'is cut off in mid-answer')
    await allIsAnswered()
    await shows(page, QUIET[1])
    expect(watched.faults).to.deep.equal([])
  })

  it('has its texts marked, to be copied by hand, where a browser lets no page copy', async () => {
    await goTo('settings', 'Make a key')
    await page.evaluate(() => {
      // As it is in a page that did not come by https.
      Object.defineProperty(navigator, 'clipboard', { value: undefined })
    })
    await page.locator('input[name=name]').fill('shop')
    await page.locator('xpath///button[text()="Make a key"]').click()
    await page.locator('xpath///button[text()="Copy"]').click()
    await shows(page, 'Marked')
    const marked = await page.evaluate(() => String(getSelection()))
    expect(marked).to.equal(await page.$eval('.snippet pre', (text) => text.textContent))
    expect(watched.faults).to.deep.equal([])
  })
})
