import { expect } from 'chai'
import { recallSite, rememberSite } from '../../../src/detection/site/memory'
import { Site } from '../../../src/detection/site/site'
import { type TestDatabase, testDatabase } from '../../support/database'

const HOUR = new Date('2026-03-08T10:00:00Z')
const DAY_MS = 86_400_000
const TEMPLATE = -12_346

describe('the memory of a site', () => {
  let database: TestDatabase
  before(async () => {
    database = await testDatabase()
  })
  beforeEach(() => database.clean())

  /** A site that served a template to two networks and has a fault that three saw. */
  function site(): Site {
    const site = new Site()
    for (const network of [0, 63]) site.learned.noteServed(TEMPLATE, network)
    for (const network of [1, 31, 32]) {
      site.learned.sawPerson(network)
      site.learned.noteFault('signature', network)
    }
    return site
  }

  it('lasts for a week, and is not counted twice when an hour is judged again', async () => {
    for (let i = 0; i < 2; i++) await rememberSite(database.knex, HOUR, site())
    for (const days of [0, 1, 7]) {
      const later = await recallSite(database.knex, new Date(HOUR.getTime() + days * DAY_MS))
      expect(later.isNovel(TEMPLATE)).to.equal(false)
      expect(later.isOwnFault('signature')).to.equal(true)
      expect(later.isOwnFault('other')).to.equal(false)
    }
    expect(await database.knex('site_knowledge')).to.have.length(3)

    const week = await recallSite(database.knex, new Date(HOUR.getTime() + 8 * DAY_MS))
    expect(week.isNovel(TEMPLATE)).to.equal(true)
    expect(week.isOwnFault('signature')).to.equal(false)
  })

  it('grows from hour to hour of a day, by several instances at once', async () => {
    const sites = Array.from({ length: 6 }, (_, network) => {
      const one = new Site()
      for (let template = 0; template < 300; template++) one.learned.noteServed(template, network)
      return one
    })
    await Promise.all(
      sites.map((one) => database.knex.transaction((trx) => rememberSite(trx, HOUR, one))),
    )
    const recalled = await recallSite(database.knex, HOUR)
    expect([0, 150, 299].some((template) => recalled.isNovel(template))).to.equal(false)
    expect(await database.knex('site_knowledge')).to.have.length(300)
  })

  it('knows only what came before the hour that is judged', async () => {
    await rememberSite(database.knex, HOUR, site())
    const before = await recallSite(database.knex, new Date(HOUR.getTime() - DAY_MS))
    expect(before.isNovel(TEMPLATE)).to.equal(true)
  })
})
